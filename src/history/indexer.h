// Indexes the logs into the history database, shard by shard, a slice of the log at a time, up to the position of the
// view.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "history/history_store.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::history {

// For one thread.
class Indexer {
 public:
  // Continues from the checkpoints of the store. Returns an error with is_damaged if the logs do not continue them: a
  // log was cut off or replaced, or batches were trimmed before they were indexed. All arguments must outlive the
  // indexer.
  static StoreResult<Indexer> start(HistoryStore& store, const state::View& view,
                                    const std::vector<log::ShardLog*>& logs, const Clock& clock);

  // Indexes the next slice of a shard. Returns true if the shard is still behind the view.
  StoreResult<bool> advance(std::uint32_t shard);
  // Marks all shards as unknown before `time`, durably.
  StoreResult<void> forget_before(Time time);
  // How far a shard is indexed.
  const Checkpoint& checkpoint(std::uint32_t shard) const { return checkpoints_[shard]; }

 private:
  Indexer(HistoryStore& store, const state::View& view, const std::vector<log::ShardLog*>& logs,
          const Clock& clock)
      : store_(store), view_(view), logs_(logs), clock_(clock) {}

  StoreResult<void> check(std::uint32_t shard) const;
  StoreResult<void> seed_from_view(std::uint32_t shard);
  StoreResult<void> index(HistoryStore::Writes& writes, const log::StoredBatch& stored);
  StoreResult<StoredState*> latest(const state::UserKey& person);
  StoreResult<void> add_change(HistoryStore::Writes& writes, const Guid& tenant, const ChangeEntry& entry);

  struct UserKeyHash {
    std::size_t operator()(const state::UserKey& key) const {
      return std::hash<Guid>()(key.user) ^ (std::hash<Guid>()(key.tenant) << 1);
    }
  };

  HistoryStore& store_;
  const state::View& view_;
  const std::vector<log::ShardLog*>& logs_;
  const Clock& clock_;
  std::vector<Checkpoint> checkpoints_;  // by shard
  absl::flat_hash_map<state::UserKey, StoredState, UserKeyHash>
      people_;  // cache of newest entries, as last written
  absl::flat_hash_map<Guid, std::uint64_t, std::hash<Guid>> changes_;  // newest number by tenant
};

}  // namespace porchlight::history
