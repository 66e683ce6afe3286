// Batches that the view has applied and the history has not indexed: indexing them costs no read of the log.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <vector>

#include "base/mutex.h"
#include "log/shard_log.h"
#include "state/user_key.h"
#include "state/view.h"

namespace porchlight::history {

// Events that may be kept, of all shards. Beyond, the batches of a shard are dropped: they are read from the log.
inline constexpr std::size_t kRecentEventsMax = 16'384;

// May be used from any thread.
class RecentBatches final : public state::ChangeListener {
 public:
  // Keeps a copy of the batch.
  void on_applied(log::Position position, const log::Batch& batch) override;
  // Removes the batches up to `limit` from number `from` on, and those before. Empty if batch `from` is not kept.
  std::vector<log::StoredBatch> take(std::uint32_t shard, std::uint64_t from, std::size_t limit);

 private:
  struct ShardBatches {
    Mutex mutex;
    std::deque<log::StoredBatch> batches ABSL_GUARDED_BY(mutex);  // without gaps
  };

  log::StoredBatch drop_first(ShardBatches& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kept.mutex);
  void drop_all(ShardBatches& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kept.mutex);

  std::array<ShardBatches, state::kShards> shards_;
  std::atomic<std::size_t> events_ = 0;  // of all shards
};

}  // namespace porchlight::history
