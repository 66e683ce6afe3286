// Requests to the authority. Those that hash a password wait for threads of their own with the lowest share of the
// processor, so that a flood of them delays nothing else; those that wait for the disk, for others; the rest is
// answered on the loop. In both queues tenants take turns, and within a tenant the networks of its clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "authority/authority.h"
#include "base/clock.h"
#include "server/request_queue.h"
#include "throttle/network_budget.h"

namespace porchlight::server {

// Requests that wait, in each of the two queues.
inline constexpr std::size_t kWaitingForAuthorityMax = 256;

// The requests of one host (counted_networks()), except those that are answered on the loop. A person who signs in
// sends about ten.
inline constexpr throttle::Budget kAuthorityRequests = {600, std::chrono::seconds(60)};

class AuthorityHandler {
 public:
  // Both must outlive the handler.
  AuthorityHandler(authority::Authority& authority, const Clock& clock);
  // The destructor finishes the requests that run; those that wait get 503.

  // Whether `host`, which may have a port, is a name of this server. Others get 421.
  bool serves(std::string_view host) const { return authority_.serves(host); }
  // Whether a body of `body_bytes` (-1: unknown length) is read. If not, the answer is 413.
  bool admit(std::int64_t body_bytes, http::Response& response) const;
  // Any loop's thread. The loop must outlive the handler. 429 beyond kAuthorityRequests. If too many requests wait,
  // one of the tenant and the network that has most gets 503.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

  // The requests that wait: those that hash a password, and the others. Any thread.
  std::size_t waiting_to_hash() const { return hashing_.waiting(); }
  std::size_t waiting_others() const { return others_.waiting(); }

 private:
  void answer(const http::Request& request, http::Response& response);
  // Counts a request. Returns how long its client must wait first: zero if it is within the budget.
  Duration count(const http::Request& request);
  // Whose request it is, in the queues.
  QueueOwner owner_of(const http::Request& request) const;

  authority::Authority& authority_;
  const Clock& clock_;
  throttle::NetworkBudget requests_{kAuthorityRequests};
  RequestQueue hashing_, others_;
};

}  // namespace porchlight::server
