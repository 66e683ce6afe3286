// Indexes the batches of the logs into the history database, a slice of some shards at a time, up to the position of
// the view. Batches that the view has just applied are in memory (recent_batches.h); others are read from the log.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
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
// Tenants whose newest changes are cached: those whose changes are asked for. At most 12 MB.
inline constexpr std::size_t kCachedTenants = 1024;
// The newest changes of such a tenant that are cached. A query of more reads the database, with a seek for each shard.
inline constexpr std::size_t kCachedChanges = 256;

// For one thread.
class Indexer {
 public:
  // Continues from the checkpoints of the store. Returns an error with is_damaged if the logs do not continue them: a
  // log was cut off or replaced, or batches were trimmed before they were indexed. Changes are kept for `changes_kept`
  // and up to an eighth of it longer. All references must outlive the indexer.
  static StoreResult<Indexer> start(HistoryStore& store, const state::View& view,
                                    const std::vector<log::ShardLog*>& logs, RecentBatches& recent,
                                    const Clock& clock, Duration changes_kept);

  // Indexes the next slice of these shards, the first ones first. Returns how many of them are complete: as far as the
  // view was when their turn came.
  StoreResult<std::size_t> advance(std::span<const std::uint32_t> shards);
  // Marks all shards as unknown before `time`, durably.
  StoreResult<void> forget_before(Time time);
  // Gives up changes that were indexed before `time`, durably. Returns whether there were any.
  StoreResult<bool> forget_changes_before(Time time);
  // How far a shard is indexed.
  const Checkpoint& checkpoint(std::uint32_t shard) const { return checkpoints_[shard]; }
  // The same of all shards.
  Positions indexed() const;
  // All changes after these batches are in the database.
  const Positions& changes_known_from() const { return marks_.known_from(); }
  // The users of the tenant who changed after the batches `known`; nullopt if they are more than kChangedPeopleMax. The
  // caller knows that the database has all those changes.
  StoreResult<std::optional<std::map<Guid, PersonChanges>>> changes_after(const Guid& tenant,
                                                                          const Positions& known);

 private:
  Indexer(HistoryStore& store, const state::View& view, const std::vector<log::ShardLog*>& logs,
          RecentBatches& recent, const Clock& clock, Duration changes_kept)
      : store_(store),
        view_(view),
        logs_(logs),
        recent_(recent),
        clock_(clock),
        changes_kept_(changes_kept) {}

  // Changes that are written together, and the checkpoints behind them.
  struct Slice {
    std::size_t events = 0;  // of its batches, at least one for each
    HistoryStore::Writes writes;
    std::vector<std::pair<std::uint32_t, Checkpoint>> reached;
  };

  StoreResult<void> check(std::uint32_t shard) const;
  StoreResult<void> seed_from_view(std::uint32_t shard);
  StoreResult<std::uint64_t> index_changes_only(std::uint32_t shard, std::uint64_t end);
  void mark_positions(Slice& slice);
  StoreResult<void> add_to(Slice& slice, std::uint32_t shard, std::uint64_t end);
  StoreResult<std::vector<RecentBatch>> next_batches(std::uint32_t shard, std::uint64_t from,
                                                     std::size_t limit);
  StoreResult<void> index(HistoryStore::Writes& writes, std::uint32_t shard, const RecentBatch& recent);
  StoreResult<StoredState*> latest(const state::UserKey& person, const log::PersonFold* before);
  void add_change(HistoryStore::Writes& writes, const Guid& tenant, const ChangePlace& place,
                  const ChangeEntry& entry);

  // The newest changes of a tenant.
  struct TenantChanges {
    Positions newest{};      // the batch of the newest one of each shard
    Positions read_until{};  // those of later batches are in `recent`
    std::deque<std::pair<ChangePlace, ChangeEntry>> recent;
  };
  StoreResult<TenantChanges*> changes_of(const Guid& tenant);

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
  const Duration changes_kept_;
  std::vector<Checkpoint> checkpoints_;  // by shard
  ChangeMarks marks_;
  std::vector<std::optional<Time>>
      newest_times_;  // by shard: no entry of its users is later; nullopt if unknown
  absl::flat_hash_map<state::UserKey, StoredState, UserKeyHash>
      people_;  // cache of newest entries, as last written
  absl::flat_hash_map<Guid, TenantChanges, std::hash<Guid>> changes_;  // cache, by tenant
};

}  // namespace porchlight::history
