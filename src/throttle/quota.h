// Request budgets per (application, tenant): never more than N accepted in any window (spec protocol §6).
#pragma once

#include <cstdint>
#include <memory>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::throttle {

// At most `requests` in any `window`, kept as one-second counters. Zero requests: no limit.
struct Budget {
  std::uint32_t requests;
  Duration window;
};

// The budgets of a presence service; each is a setting.
struct Budgets {
  Budget reads = {1500, std::chrono::seconds(30)};  // operations 1-5, per application and tenant
  Budget presence = {10000,
                     std::chrono::seconds(30)};       // every presence operation, per application and tenant
  Budget graph = {130000, std::chrono::seconds(10)};  // all of Graph, per application over all tenants
};

enum class Kind : std::uint8_t { kRead, kOther };

// What became of a request: taken, or come back after so many whole seconds (1 or more).
struct Grant {
  bool ok;
  std::uint32_t retry_after_s;
};

// The counters themselves; any thread.
class Quota {
 public:
  explicit Quota(Budgets budgets);
  ~Quota();
  // Takes one request out of every budget that applies, or out of none where one is used up. A refused
  // request counts in the windows as well, for early retries, but never beyond the wait that was told.
  Grant draw(const Guid& app, const Guid& tenant, Kind kind, SteadyTime now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
