// The Graph dialect as an HTTP handler: one per serving loop. Route -> token -> budget -> permission -> core
// -> answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/handler.h"
#include "identity/verifier.h"
#include "state/view.h"
#include "state/writer.h"
#include "throttle/address_budget.h"
#include "throttle/quota.h"

namespace porchlight::graph {

// What all loops' services share. It and everything referred to outlive them.
struct Shared {
  const Clock& clock;
  const Clock& machine_clock;  // real time even where `clock` stands still: what guards the machine itself
  ManualClock* manual_clock = nullptr;   // where the clock is one that callers may advance
  std::function<void()> clock_advanced;  // told after each advance: loops look at the clock again
  const state::View& view;
  state::Writer& writer;
  throttle::Quota& quota;
  throttle::AddressBudget& addresses;  // bad tokens per address
  const identity::Verifier& verifier;
  std::string public_base;  // "https://host[:port]" behind a proxy; empty: what the client used
  std::string jwks;         // our own public keys, as published
  std::string issuer;       // our own issuer; `{tenantid}` stands for the tenant
  std::string paging_key;   // the secret that seals $skiptoken
  std::string node_name;    // RoleInstance of x-ms-ags-diagnostic
};

class Service final : public http::Handler {
 public:
  explicit Service(const Shared& shared);
  explicit Service(Shared&&) = delete;  // it is referred to
  ~Service() override;
  void turn() override;
  bool admit(const http::Request& head, std::int64_t body_bytes, http::Response& response) override;
  http::Handled handle(const http::Request& request, http::Response& response,
                       http::Exchange exchange) override;
  void refuse(int status, std::string_view reason, http::Response& response) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::graph
