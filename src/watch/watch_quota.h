// Limits on open waits or streams, and on the people they follow: for each application of a tenant, for each
// user, and for all together.
#pragma once

#include <absl/container/btree_map.h>

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/guid.h"
#include "base/mutex.h"

namespace porchlight::watch {

// People of one wait: as many as a bulk read accepts.
inline constexpr std::size_t kWaitPeopleMax = 650;

// "Waits" are waits or streams: each kind has a quota of its own.
struct WatchLimits {
  std::size_t waits = 10'000;
  std::size_t waits_per_app = 1'000;  // of one application in one tenant
  std::size_t people = 1'000'000;     // of all waits; a person counts once for each wait
  std::size_t people_per_app = 100'000;
  std::size_t waits_per_user = std::numeric_limits<std::size_t>::max();
};

// Counts what is in use. Thread-safe.
class WatchQuota {
 public:
  // The share of one wait. Its destructor returns it. The quota must outlive it. Not thread-safe itself.
  class Permit {
   public:
    Permit(Permit&& other) noexcept
        : quota_(std::exchange(other.quota_, nullptr)),
          app_(other.app_),
          user_(other.user_),
          people_(other.people_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (quota_ != nullptr) quota_->release(*this);
    }
    // Changes the number of people. Returns false and changes nothing if that exceeds a limit.
    bool resize(std::size_t people) { return quota_->resize(*this, people); }

   private:
    friend class WatchQuota;
    using AppKey = std::pair<Guid, Guid>;
    Permit(WatchQuota& quota, const AppKey& app, const std::optional<AppKey>& user, std::size_t people)
        : quota_(&quota), app_(app), user_(user), people_(people) {}
    WatchQuota* quota_;
    AppKey app_;
    std::optional<AppKey> user_;
    std::size_t people_;
  };

  explicit WatchQuota(const WatchLimits& limits = {}) : limits_(limits) {}

  // A permit for one more wait for `people` people, or nullopt if that exceeds a limit. `user`: the signed-in
  // user who waits; nullopt for an application on its own.
  std::optional<Permit> acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                const std::optional<Guid>& user = {});

 private:
  // What is in use of one limit pair.
  struct QuotaUsage {
    std::size_t waits = 0;
    std::size_t people = 0;
  };
  void release(const Permit& permit);
  bool resize(Permit& permit, std::size_t people);
  bool fits(const QuotaUsage& own, std::size_t more) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WatchLimits limits_;
  Mutex mutex_;
  QuotaUsage all_ ABSL_GUARDED_BY(mutex_);
  // Both by tenant first; without entries for those who have no wait.
  absl::btree_map<Permit::AppKey, QuotaUsage> by_app_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<Permit::AppKey, std::size_t> by_user_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::watch
