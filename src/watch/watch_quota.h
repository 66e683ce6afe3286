// How much may be waited for at once: by one application of a tenant, by one person, and by all.
#pragma once

#include <absl/container/btree_map.h>

#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/guid.h"

namespace porchlight::watch {

inline constexpr std::size_t kWaitPeopleMax = 650;  // one wait's, as many as a bulk read may name

struct WatchLimits {
  std::size_t waits = 10'000;
  std::size_t waits_per_app = 1'000;
  std::size_t people = 1'000'000;  // of all waits, counted for each
  std::size_t people_per_app = 100'000;
  std::size_t waits_per_user = std::numeric_limits<std::size_t>::max();
};

// From any thread.
class WatchQuota {
 public:
  // What a wait occupies, until it is gone. The seats must outlive it.
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
    // Has it be for so many people instead; false, and it stays as it is, where that is beyond a limit.
    bool resize(std::size_t people);

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

  // A seat for one more wait for so many people, or nothing where that is beyond a limit. `user`: whose wait
  // it is, where it is a person's.
  std::optional<Permit> acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                const std::optional<Guid>& user = {});

 private:
  struct QuotaUsage {
    std::size_t waits = 0;
    std::size_t people = 0;
  };
  void release(const Permit& permit);
  bool fits(const QuotaUsage& own, std::size_t more) const;

  const WatchLimits limits_;
  std::mutex mutex_;
  QuotaUsage all_;                                        // guarded by mutex_
  absl::btree_map<Permit::AppKey, QuotaUsage> by_app_;    // guarded by mutex_; those that wait
  absl::btree_map<Permit::AppKey, std::size_t> by_user_;  // guarded by mutex_; their waits
};

}  // namespace porchlight::watch
