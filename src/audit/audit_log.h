// The audit log on disk: a database of its own, which is created with the first entry. Bounded by age and bytes; what
// is beyond is taken from the share that has most, so that no tenant can push out another's entries, and no denied
// request an entry of a change.
//
//   "E" | u64 be number -> entry (entry.h). Numbers ascend.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/entry.h"
#include "base/mutex.h"
#include "storage/database_copy.h"
#include "storage/kv_store.h"

namespace porchlight::audit {

// How long entries are kept, and how many bytes of them.
struct AuditLimits {
  Duration age_max = std::chrono::days(365);
  std::size_t bytes_max = 64 * 1024 * 1024;
  friend bool operator==(const AuditLimits&, const AuditLimits&) = default;
};

// Keeps every entry.
inline constexpr AuditLimits kKeepAllEntries = {.age_max = Duration::max(), .bytes_max = SIZE_MAX};

// Entries that one page looks at, whether they match or not.
inline constexpr std::size_t kAuditScanMax = 10'000;
// Denied requests of a tenant that are written per minute, and tenants that are counted for it.
inline constexpr std::size_t kDeniedPerMinute = 10;
inline constexpr std::size_t kDeniedTenantsMax = 1'000;

// What a reader asks for; absent: all.
struct AuditQuery {
  std::optional<Guid> tenant = {};  // whose data
  std::optional<Time> from = {};    // at or after
  std::optional<Time> to = {};      // before
  std::optional<Guid> actor = {};   // the user or application that made the change
  std::optional<Guid> target = {};
  std::uint64_t before = UINT64_MAX;  // entries with smaller numbers: where the page before ended
  std::size_t limit = 100;
};

// Newest first. `next`: `before` of the next page; nullopt after the last.
struct AuditPage {
  std::vector<std::pair<std::uint64_t, AuditEntry>> entries;
  std::optional<std::uint64_t> next;
};

// Any thread. Errors are sentences.
class AuditLog {
 public:
  explicit AuditLog(std::filesystem::path folder, AuditLimits limits = {});
  // For tests: on a store that is open.
  AuditLog(std::unique_ptr<storage::KvStore> store, AuditLimits limits);

  // Writes an entry with the outcome kStarted; it is on the disk when begin() returns. So a change that begins after it
  // has an entry, whatever happens. Returns its number.
  std::expected<std::uint64_t, std::string> begin(AuditEntry entry);
  // Replaces the entry of a change that has ended; it may be larger, and of another tenant. Not synced: after a power
  // cut the entry may say kStarted. Does nothing if the entry is gone, or the disk fails.
  void finish(std::uint64_t number, const AuditEntry& entry);
  // Writes an entry with the outcome kDenied, within kDeniedPerMinute. Not synced.
  void deny(AuditEntry entry);
  // Drops what is older than the limit, so that it does not wait for the next entry.
  void forget(Time now);
  // Copies the log to the folder `to`, which must not exist: all that was written before the call.
  storage::CopyResult copy_to(const std::filesystem::path& to);
  // An error if the log cannot be read.
  std::expected<AuditPage, std::string> page(const AuditQuery& query);

 private:
  struct Row {
    std::uint64_t number;
    Time at;
    std::size_t bytes;
  };
  // What is kept of the changes of a tenant's data, or of the requests that were denied to its users.
  struct AuditShare {
    std::deque<Row> rows;  // ascending
    std::size_t bytes = 0;
  };
  using ShareKey = std::pair<Guid, bool>;  // tenant, denied
  using Shares = std::map<ShareKey, AuditShare>;
  bool exists() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::expected<void, std::string> open() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::expected<std::uint64_t, std::string> add(const AuditEntry& entry, storage::SyncMode sync)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool put(std::uint64_t number, const AuditEntry& entry, storage::SyncMode sync)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static ShareKey share_of(const AuditEntry& entry);
  void count(const ShareKey& key, const Row& row) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void uncount(const ShareKey& key, std::uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void drop_oldest(AuditShare& share, storage::KvBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void drop_beyond(Time now, storage::KvBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool may_deny(const Guid& tenant, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::uint64_t> candidates(const AuditQuery& query) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::filesystem::path folder_;
  const AuditLimits limits_;
  Mutex mutex_;
  std::unique_ptr<storage::KvStore> store_ ABSL_GUARDED_BY(mutex_);  // null until the first use
  bool is_loaded_ ABSL_GUARDED_BY(mutex_) = false;                   // the store's rows are counted
  Shares shares_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;  // number
  std::map<Guid, std::size_t> denied_ ABSL_GUARDED_BY(mutex_);
  Time denied_since_ ABSL_GUARDED_BY(mutex_){};
};

}  // namespace porchlight::audit
