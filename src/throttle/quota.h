// Request budgets per application and tenant: at most N requests are accepted in any window (spec protocol §6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/guid.h"
#include "base/time.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// The budgets; each is a setting. The defaults are those of Microsoft Graph.
struct Budgets {
  Budget reads = {1500, std::chrono::seconds(30)};      // presence reads, per application and tenant
  Budget presence = {10000, std::chrono::seconds(30)};  // all presence operations, per application and tenant
  Budget graph = {130000, std::chrono::seconds(10)};    // all operations, per application over all tenants
  friend bool operator==(const Budgets&, const Budgets&) = default;
};

// Which budgets a request draws on.
enum class RequestKind : std::uint8_t {
  kRead,     // a presence read: reads, presence and graph
  kOther,    // another presence operation: presence and graph
  kGeneral,  // not a presence operation: graph
};
inline constexpr std::size_t kRequestKinds = 3;

// The outcome of a request for quota.
struct Grant {
  bool ok;
  std::uint32_t retry_after_s;  // if refused: whole seconds until a retry succeeds, at least 1
  // For the RateLimit-* fields, the budget with the smallest remaining share: its size (0: all budgets are off), the
  // requests that remain, and the whole seconds until one of those counted leaves the window.
  std::uint32_t limit = 0;
  std::uint32_t remaining = 0;
  std::uint32_t reset_s = 0;
};

// The counters of all applications and tenants. May be used by any thread. Memory grows with the pairs of application
// and tenant that made a request within the last window; idle pairs are removed when the table has doubled.
class Quota {
 public:
  explicit Quota(Budgets budgets);
  ~Quota();
  // Takes one request out of every budget that applies, or out of none of them if one is used up. A refused request
  // counts too, so that early retries extend the wait, with two limits: it counts only in the budgets that refused it,
  // so that one tenant cannot use up the budget that all tenants share, and it counts no longer than `retry_after_s`,
  // so that a client that waits as long as it should is accepted.
  Grant try_acquire(const Guid& app, const Guid& tenant, RequestKind kind, SteadyTime now);
  // Counts an accepted request as `more` requests besides: the work that it asks for was not known before. They are not
  // refused, but later requests wait for them. Counts at most a half of each budget.
  void charge(const Guid& app, const Guid& tenant, RequestKind kind, std::uint32_t more, SteadyTime now);
  // Replaces the budgets. What was counted is forgotten, as by a restart.
  void set_budgets(const Budgets& budgets);
  // The number of pairs of application and tenant that are kept.
  std::size_t pairs_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
