// Requests of identity providers to the SCIM service. They wait for the disk, so they are answered on threads of
// their own. All requests of one tenant run on the same thread, in order; the tenants of a thread take turns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "node/node.h"
#include "server/request_queue.h"

namespace porchlight::server {

// Each thread has a queue, in which so many requests may wait.
inline constexpr std::size_t kScimThreads = 4;
inline constexpr std::size_t kWaitingForScimMax = 64;

class ScimHandler {
 public:
  // Both must outlive the handler.
  ScimHandler(const node::Node& node, const Clock& clock);
  // The destructor finishes the requests that run; those that wait get 503.

  // Whether a body of `body_bytes` (-1: unknown length) is read: the token is checked before. If not, the answer is
  // 400, 401 or 413.
  bool admit(const http::Request& head, std::int64_t body_bytes, http::Response& response) const;
  // Any loop's thread. The loop must outlive the handler. If too many requests wait for a thread, the newest of the
  // tenant that has most gets 503. 400 while no tenant has a token.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

  // The requests that wait for any of the threads. Any thread.
  std::size_t waiting() const;

 private:
  void answer(const http::Request& request, const Guid& tenant, http::Response& response) const;
  // The name of a user or group in the directory; empty if it is not there.
  std::string name_of_target(const Guid& tenant, const Guid& id) const;
  // The tenant of the request's token. It cannot be guessed and costs a hash, so bad ones are not counted. Errors: 400
  // while no tenant has a token, 401.
  scim::ScimResult<Guid> identify(const http::Request& request) const;

  const node::Node& node_;
  const Clock& clock_;
  std::array<std::unique_ptr<RequestQueue>, kScimThreads> queues_;  // by tenant
};

}  // namespace porchlight::server
