// Limits on open waits or streams, and on the people they follow: for each application of a tenant, for each user of
// it, for each user, and for all together. No tenant can use up the total.
#pragma once

#include <absl/container/btree_map.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"

namespace porchlight::watch {

// People of one wait: as many as a bulk read accepts.
inline constexpr std::size_t kWaitPeopleMax = 650;

// A tenant has at most this many times what is free: so one tenant has nine tenths of the total, and the next one nine
// tenths of the rest. (Dynamic thresholds, as switches share their buffers.)
inline constexpr std::size_t kTenantTimesFree = 9;

// "Waits" are waits or streams: each kind has a quota of its own.
struct WatchLimits {
  std::size_t waits = 10'000;
  std::size_t waits_per_app = 1'000;  // of one application in one tenant
  std::size_t people = 1'000'000;     // of all waits; a person counts once for each wait
  std::size_t people_per_app = 100'000;
  std::size_t waits_per_user = std::numeric_limits<std::size_t>::max();  // of one user in one application
  std::size_t apps_per_user = 10;  // all waits of a user: as many as this number of applications may have
};

// An open wait or stream, for administrators. Any thread.
class OpenWait {
 public:
  virtual ~OpenWait() = default;
  // "sse", "webSocket" or "wait".
  virtual std::string_view kind() const = 0;
  // Whether changes wait until the client has taken what was sent last.
  virtual bool is_behind() const = 0;
  // Ends it, soon.
  virtual void request_end() = 0;
};

// Counts and lists what is in use. Thread-safe.
class WatchQuota {
 public:
  // A wait that is listed.
  struct ListedWait {
    std::uint64_t number;  // never used again
    Guid app;
    std::optional<Guid> user;
    Time since;
    std::size_t people;
    std::shared_ptr<OpenWait> wait;
  };

  // The share of one wait. Its destructor returns it. The quota must outlive it. Not thread-safe itself.
  class Permit {
   public:
    Permit(Permit&& other) noexcept
        : quota_(std::exchange(other.quota_, nullptr)),
          tenant_(other.tenant_),
          app_(other.app_),
          user_(other.user_),
          people_(other.people_),
          number_(other.number_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (quota_ != nullptr) quota_->release(*this);
    }
    // Changes the number of people. Returns false and changes nothing if that exceeds a limit.
    bool resize(std::size_t people) { return quota_->resize(*this, people); }
    // Lists the wait from now on. `user`: as of acquire(), also where waits are not counted by user. Called once.
    void list(std::weak_ptr<OpenWait> wait, const std::optional<Guid>& user, Time now) {
      quota_->list(*this, std::move(wait), user, now);
    }

   private:
    friend class WatchQuota;
    Permit(WatchQuota& quota, const Guid& tenant, const Guid& app, const std::optional<Guid>& user,
           std::size_t people)
        : quota_(&quota), tenant_(tenant), app_(app), user_(user), people_(people) {}
    WatchQuota* quota_;
    Guid tenant_;
    Guid app_;
    std::optional<Guid> user_;
    std::size_t people_;
    std::uint64_t number_ = 0;  // 0: not listed
  };

  explicit WatchQuota(const WatchLimits& limits = {}) : limits_(limits) {}

  // A permit for one more wait for `people` people, or nullopt if that exceeds a limit. `user`: the signed-in
  // user who waits; nullopt for an application on its own.
  std::optional<Permit> acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                const std::optional<Guid>& user = {});
  // How many waits have a permit.
  std::size_t waits() const {
    const MutexLock lock(mutex_);
    return all_.waits;
  }
  // The same, of one tenant.
  std::size_t waits_of(const Guid& tenant) const {
    const MutexLock lock(mutex_);
    const auto found = by_tenant_.find(tenant);
    return found == by_tenant_.end() ? 0 : found->second.waits;
  }
  // Up to `limit` waits of a tenant that are listed under numbers above `after`, in order.
  std::vector<ListedWait> listed(const Guid& tenant, std::uint64_t after, std::size_t limit) const;

 private:
  // What is in use of one limit pair.
  struct QuotaUsage {
    std::size_t waits = 0;
    std::size_t people = 0;
  };
  // The waits of one user: all, and those of each application that has one.
  struct UserUsage {
    std::size_t waits = 0;
    absl::btree_map<Guid, std::size_t> waits_by_app;
  };
  // What is listed of a wait. It is alive as long as its permit, or is being destroyed.
  struct ListEntry {
    Guid app;
    std::optional<Guid> user;
    Time since;
    std::size_t people;
    std::weak_ptr<OpenWait> wait;
  };
  using InTenant = std::pair<Guid, Guid>;  // the tenant, and an application or a user of it
  bool has_room_for(const InTenant& user, const Guid& app) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void list(Permit& permit, std::weak_ptr<OpenWait> wait, const std::optional<Guid>& user, Time now);
  void release(const Permit& permit);
  bool resize(Permit& permit, std::size_t people);
  bool fits(const InTenant& app, const QuotaUsage& more) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void count(const Permit& permit, const QuotaUsage& added, const QuotaUsage& removed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WatchLimits limits_;
  mutable Mutex mutex_;
  QuotaUsage all_ ABSL_GUARDED_BY(mutex_);
  // Without entries for those who have no wait.
  absl::btree_map<Guid, QuotaUsage> by_tenant_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<InTenant, QuotaUsage> by_app_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<InTenant, UserUsage> by_user_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<std::pair<Guid, std::uint64_t>, ListEntry> listed_
      ABSL_GUARDED_BY(mutex_);  // by tenant, number
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace porchlight::watch
