// Requests of identity providers on their way to SCIM: they wait for the disk, so they are answered on
// threads of their own, those of one tenant always on the same, in order.
#pragma once

#include <array>
#include <memory>

#include "base/clock.h"
#include "base/worker.h"
#include "http/handler.h"
#include "node/node.h"
#include "throttle/address_budget.h"

namespace porchlight::server {

class ScimHandler {
 public:
  // All must outlive it. `addresses`: what strangers may cost; `machine_clock` is for that, `clock` for what
  // is remembered.
  ScimHandler(const node::Node& node, throttle::AddressBudget& addresses, const Clock& clock,
              const Clock& machine_clock);
  // Finishes what is under way; those that still wait are answered that it is unavailable.
  ~ScimHandler();

  // Whether the request is for SCIM, which is there where a tenant has a token.
  bool owns(const http::Request& request) const;
  // Whether a body of that size may come (-1: not known); else the answer is 413.
  bool admit(std::int64_t body_bytes, http::Response& response) const;
  // Any loop's thread. The loop must outlive the handler.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

 private:
  static constexpr std::size_t kWorkers = 4;

  const node::Node& node_;
  throttle::AddressBudget& addresses_;
  const Clock& clock_;
  const Clock& machine_clock_;
  std::array<std::unique_ptr<Worker>, kWorkers> workers_;
};

}  // namespace porchlight::server
