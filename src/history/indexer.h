// Brings the database of the past up to where the view is, shard by shard, a slice of the log at a time.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "history/store.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::history {

class Indexer {
 public:
  // Goes on from the marks of the store. Damaged where what the logs hold does not follow on them: a log that
  // was cut off or replaced, or that has forgotten what was not read. All must outlive it.
  static OrBroken<Indexer> start(Store& store, const state::View& view,
                                 const std::vector<log::ShardLog*>& logs, const Clock& clock);

  // Reads on in a shard. True where it is not yet where the view is.
  OrBroken<bool> advance(std::uint32_t shard);
  const Mark& mark(std::uint32_t shard) const { return marks_[shard]; }

 private:
  Indexer(Store& store, const state::View& view, const std::vector<log::ShardLog*>& logs, const Clock& clock)
      : store_(store), view_(view), logs_(logs), clock_(clock) {}

  OrBroken<void> check(std::uint32_t shard) const;
  OrBroken<void> begin_with_view(std::uint32_t shard);
  OrBroken<void> index(Store::Writes& writes, const log::StoredBatch& stored);
  OrBroken<Kept*> latest(const state::UserKey& person);
  OrBroken<void> note(Store::Writes& writes, const Guid& tenant, const ChangeEntry& entry);

  struct Hash {
    std::size_t operator()(const state::UserKey& key) const {
      return std::hash<Guid>()(key.user) ^ (std::hash<Guid>()(key.tenant) << 1);
    }
  };

  Store& store_;
  const state::View& view_;
  const std::vector<log::ShardLog*>& logs_;
  const Clock& clock_;
  std::vector<Mark> marks_;                                            // by shard
  absl::flat_hash_map<state::UserKey, Kept, Hash> people_;             // the newest of some, as last written
  absl::flat_hash_map<Guid, std::uint64_t, std::hash<Guid>> changes_;  // by tenant: the newest number
};

}  // namespace porchlight::history
