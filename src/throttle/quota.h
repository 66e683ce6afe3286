// Request budgets per (application, tenant): never more than N accepted in any window (spec protocol §6).
#pragma once

#include <cstdint>
#include <memory>

#include "base/guid.h"
#include "base/time.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// The budgets of a presence service; each is a setting.
struct Budgets {
  Budget reads = {1500, std::chrono::seconds(30)};  // operations 1-5, per application and tenant
  Budget presence = {10000,
                     std::chrono::seconds(30)};       // every presence operation, per application and tenant
  Budget graph = {130000, std::chrono::seconds(10)};  // all of Graph, per application over all tenants
};

enum class RequestKind : std::uint8_t {
  kRead,     // of presence: draws on all three budgets
  kOther,    // another presence operation: on two
  kGeneral,  // what is no presence: on that of all of Graph alone
};

// What became of a request: taken, or come back after so many whole seconds (1 or more).
struct Grant {
  bool ok;
  std::uint32_t retry_after_s;
  // Of the budget that is nearest its end, for the RateLimit-* fields: its size (0: no budget is on), what
  // is left of it, and the whole seconds until some of it comes back.
  std::uint32_t limit = 0;
  std::uint32_t remaining = 0;
  std::uint32_t reset_s = 0;
};

// The counters themselves; any thread. Keeps what was asked for within the last window, and about as much
// again until it is next swept.
class Quota {
 public:
  explicit Quota(Budgets budgets);
  ~Quota();
  // Takes one request out of every budget that applies, or out of none where one is used up. A refused
  // request counts as well, so that early retries make it worse; but only in the budgets that refused it, so
  // that one tenant's flood is not another's, and never beyond the wait that was told, so that who waits
  // gets through.
  Grant try_acquire(const Guid& app, const Guid& tenant, RequestKind kind, SteadyTime now);
  // How many pairs of application and tenant are kept.
  std::size_t pairs_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
