// Brings the database of the past up to where the view is, shard by shard, a slice of the log at a time.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "history/history_store.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::history {

class Indexer {
 public:
  // Goes on from the marks of the store. Damaged where what the logs hold does not follow on them: a log that
  // was cut off or replaced, or that has forgotten what was not read. All must outlive it.
  static StoreResult<Indexer> start(HistoryStore& store, const state::View& view,
                                    const std::vector<log::ShardLog*>& logs, const Clock& clock);

  // Reads on in a shard. True where it is not yet where the view is.
  StoreResult<bool> advance(std::uint32_t shard);
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
      people_;                                                         // the newest of some, as last written
  absl::flat_hash_map<Guid, std::uint64_t, std::hash<Guid>> changes_;  // by tenant: the newest number
};

}  // namespace porchlight::history
