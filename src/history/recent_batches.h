// Batches that the view has applied and the history has not indexed, with what the history would otherwise read from
// the log and from its database for them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/mutex.h"
#include "log/person_fold.h"
#include "log/shard_log.h"
#include "state/user_key.h"
#include "state/view.h"

namespace porchlight::history {

// Events that may be kept, of all shards. Beyond, the batches of a shard are dropped: they are read from the log.
// Writes do not wait for the history instead: its disk may fail, and then nothing but reads of the past may stop.
inline constexpr std::size_t kRecentEventsMax = 16'384;

// A batch, and for each of its events the user who is its subject, as before the batch. Other subjects are like a user
// who does not exist.
struct RecentBatch {
  log::StoredBatch stored;
  std::vector<log::PersonFold> before;  // empty if the batch was read from the log
};

// May be used from any thread.
class RecentBatches final : public state::ChangeListener {
 public:
  // `view` calls it, and must outlive it.
  explicit RecentBatches(const state::View& view) : view_(view) {}

  // Keeps a copy of the batch.
  void on_applying(log::Position position, const log::Batch& batch) override;
  // Removes the batches up to `limit` from number `from` on, and those before. Empty if batch `from` is not kept.
  std::vector<RecentBatch> take(std::uint32_t shard, std::uint64_t from, std::size_t limit);
  // How many events are kept.
  std::size_t events() const { return events_; }
  // How many batches were dropped since the start because too many events waited.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct ShardBatches {
    Mutex mutex;
    std::deque<RecentBatch> batches ABSL_GUARDED_BY(mutex);  // without gaps
  };

  RecentBatch drop_first(ShardBatches& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kept.mutex);
  void drop_all(ShardBatches& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kept.mutex);

  const state::View& view_;
  std::array<ShardBatches, state::kShards> shards_;
  std::atomic<std::size_t> events_ = 0;  // of all shards
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace porchlight::history
