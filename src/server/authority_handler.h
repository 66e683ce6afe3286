// Requests to the authority. Password hashes and disk writes take long, so they are answered on threads of their own.
#pragma once

#include <cstdint>

#include "authority/authority.h"
#include "base/clock.h"
#include "server/request_queue.h"

namespace porchlight::server {

class AuthorityHandler {
 public:
  // Both must outlive the handler.
  AuthorityHandler(authority::Authority& authority, const Clock& clock);
  // The destructor finishes the requests that run; those that wait get 503.

  // Whether a body of `body_bytes` (-1: unknown length) is read. If not, the answer is 413.
  bool admit(std::int64_t body_bytes, http::Response& response) const;
  // Any loop's thread. The loop must outlive the handler. 503 if too many requests wait.
  http::HandleResult handle(const http::Request& request, http::Exchange exchange);

 private:
  void answer(const http::Request& request, http::Response& response);

  authority::Authority& authority_;
  const Clock& clock_;
  RequestQueue queue_;
};

}  // namespace porchlight::server
