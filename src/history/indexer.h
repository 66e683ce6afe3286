// Indexes the batches of the logs into the history database, a slice of some shards at a time, up to the position of
// the view. Batches that the view has just applied are in memory (recent_batches.h); others are read from the log.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "history/history_store.h"
#include "history/recent_batches.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::history {

// Users whose newest entry is cached between two slices: a few megabytes.
inline constexpr std::size_t kCachedPeople = 16'384;

// For one thread.
class Indexer {
 public:
  // Continues from the checkpoints of the store. Returns an error with is_damaged if the logs do not continue them: a
  // log was cut off or replaced, or batches were trimmed before they were indexed. All arguments must outlive the
  // indexer.
  static StoreResult<Indexer> start(HistoryStore& store, const state::View& view,
                                    const std::vector<log::ShardLog*>& logs, RecentBatches& recent,
                                    const Clock& clock);

  // Indexes the next slice of these shards, the first ones first. Returns how many of them are complete: as far as the
  // view was when their turn came.
  StoreResult<std::size_t> advance(std::span<const std::uint32_t> shards);
  // Marks all shards as unknown before `time`, durably.
  StoreResult<void> forget_before(Time time);
  // How far a shard is indexed.
  const Checkpoint& checkpoint(std::uint32_t shard) const { return checkpoints_[shard]; }

 private:
  Indexer(HistoryStore& store, const state::View& view, const std::vector<log::ShardLog*>& logs,
          RecentBatches& recent, const Clock& clock)
      : store_(store), view_(view), logs_(logs), recent_(recent), clock_(clock) {}

  // Changes that are written together, and the checkpoints behind them.
  struct Slice {
    std::size_t events = 0;  // of its batches, at least one for each
    HistoryStore::Writes writes;
    std::vector<std::pair<std::uint32_t, Checkpoint>> reached;
  };

  StoreResult<void> check(std::uint32_t shard) const;
  StoreResult<void> seed_from_view(std::uint32_t shard);
  StoreResult<void> add_to(Slice& slice, std::uint32_t shard, std::uint64_t end);
  StoreResult<std::vector<RecentBatch>> next_batches(std::uint32_t shard, std::uint64_t from,
                                                     std::size_t limit);
  StoreResult<void> index(HistoryStore::Writes& writes, std::uint32_t shard, const RecentBatch& recent);
  StoreResult<StoredState*> latest(const state::UserKey& person, const log::PersonFold* before);
  StoreResult<void> add_change(HistoryStore::Writes& writes, const Guid& tenant, const ChangeEntry& entry);

  struct UserKeyHash {
    std::size_t operator()(const state::UserKey& key) const {
      return std::hash<Guid>()(key.user) ^ (std::hash<Guid>()(key.tenant) << 1);
    }
  };

  HistoryStore& store_;
  const state::View& view_;
  const std::vector<log::ShardLog*>& logs_;
  RecentBatches& recent_;
  const Clock& clock_;
  std::vector<Checkpoint> checkpoints_;  // by shard
  std::vector<std::optional<Time>>
      newest_times_;  // by shard: no entry of its users is later; nullopt if unknown
  absl::flat_hash_map<state::UserKey, StoredState, UserKeyHash>
      people_;  // cache of newest entries, as last written
  absl::flat_hash_map<Guid, std::uint64_t, std::hash<Guid>> changes_;  // newest number by tenant
};

}  // namespace porchlight::history
