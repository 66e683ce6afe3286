// Requests of identity providers to the SCIM service. They wait for the disk, so they are answered on threads of
// their own; all requests of one tenant run on the same thread, in order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "node/node.h"
#include "server/request_queue.h"
#include "throttle/address_budget.h"

namespace porchlight::server {

class ScimHandler {
 public:
  // All must outlive the handler. `addresses` limits bad tokens by address and goes by `machine_clock`, which is
  // real time; `clock` is for what is stored.
  ScimHandler(const node::Node& node, throttle::AddressBudget& addresses, const Clock& clock,
              const Clock& machine_clock);
  // The destructor finishes the requests that run; those that wait get 503.

  // Whether a body of `body_bytes` (-1: unknown length) is read. If not, the answer is 413.
  bool admit(std::int64_t body_bytes, http::Response& response) const;
  // Any loop's thread. The loop must outlive the handler. 503 if too many requests wait; 400 while no tenant has a
  // token.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

 private:
  static constexpr std::size_t kQueues = 4;

  const node::Node& node_;
  throttle::AddressBudget& addresses_;
  const Clock& clock_;
  const Clock& machine_clock_;
  std::array<std::unique_ptr<RequestQueue>, kQueues> queues_;  // by tenant
};

}  // namespace porchlight::server
