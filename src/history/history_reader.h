// Keeps the history database up to date and answers queries from it. The database is derived from the logs: it is
// opened on first use, and deleted and built again if it is damaged or does not match the logs.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "history/history_store.h"
#include "history/indexer.h"
#include "history/query_error.h"
#include "history/timeline.h"

namespace porchlight::history {

// For one thread, except indexed().
class HistoryReader {
 public:
  // As the constructor of History.
  HistoryReader(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
                std::vector<log::ShardLog*> logs, RecentBatches& recent,
                const presence::Policy& policy = presence::kDocumentedPolicy);

  // Indexes some batches, the shards in turn. Returns false if all are indexed or the database can't be
  // used now.
  bool index_next();

  // As in History. Each first indexes what was acknowledged so far of the shards concerned.
  std::expected<std::vector<std::optional<presence::Record>>, QueryError> records_at(
      const std::vector<state::UserKey>& people, Time at);
  std::expected<Timeline, QueryError> timeline(const state::UserKey& person, Time from, Time until,
                                               std::size_t limit);

  std::expected<Changes, QueryError> changes_after(const Guid& tenant,
                                                   const std::optional<KnownChanges>& known);

  // As in History.
  std::expected<void, QueryError> catch_up();
  std::expected<void, QueryError> forget_before(Time time);
  std::shared_ptr<HistoryStore> store() const;
  // As History::copy_to().
  std::expected<void, std::string> copy_to(const std::filesystem::path& to);

  // The last batch of a shard that is in the database; 0 while the database can't be used. Any thread.
  std::uint64_t indexed(std::uint32_t shard) const { return indexed_[shard].load(); }

 private:
  struct OpenIndex {
    std::shared_ptr<HistoryStore> store;
    Indexer indexer;
  };

  bool is_open();
  StoreResult<OpenIndex> open(HistoryStore::OpenMode mode);
  StoreResult<OpenIndex> open_or_recreate();
  bool is_open_to_write();
  void open_to_read();
  std::unexpected<QueryError> close(const StoreError& why);
  void record_checkpoints();
  std::expected<void, QueryError> catch_up(std::uint32_t shard);
  std::expected<void, QueryError> catch_up(const std::vector<state::UserKey>& people, Time asked);
  std::expected<void, QueryError> check(const KnownChanges& known) const;
  bool forget_old_changes();
  // The earliest time that queries may ask for. Any thread.
  Time cutoff() const { return std::max(clock_.wall() - retention_, forgotten_.load()); }
  // The earliest time at which a caller of changes_after() may have been up to date. Any thread.
  Time changes_cutoff() const { return std::max(cutoff(), clock_.wall() - changes_kept_); }
  Cutoffs cutoffs() const;
  void share_store();

  const std::filesystem::path dir_;
  const Duration retention_;
  const Duration changes_kept_;
  const Clock& clock_;
  const state::View& view_;
  const std::vector<log::ShardLog*> logs_;
  RecentBatches& recent_;
  const presence::Policy policy_;
  std::atomic<Time> forgotten_ = Time::min();  // of forget_before()
  mutable Mutex mutex_;
  std::shared_ptr<HistoryStore> shared_ ABSL_GUARDED_BY(mutex_);  // the open store if it takes writes
  Positions changes_known_from_ ABSL_GUARDED_BY(mutex_){};        // of the indexer
  std::vector<std::atomic<std::uint64_t>> indexed_;               // by shard
  std::optional<OpenIndex> opened_;  // nullopt while the database can't be used; or open for reads
  std::string reported_;             // the error that was logged last
  std::chrono::steady_clock::time_point next_try_{};
  std::vector<std::uint32_t> all_shards_;  // in the order of their turns
};

}  // namespace porchlight::history
