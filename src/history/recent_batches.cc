#include "history/recent_batches.h"

#include <utility>

namespace porchlight::history {

void RecentBatches::on_applied(log::Position position, const log::Batch& batch) {
  ShardBatches& kept = shards_[position.shard];
  const MutexLock lock(kept.mutex);
  const bool continues = kept.batches.empty() || kept.batches.back().seq + 1 == position.seq;
  const bool has_room = events_ + batch.events.size() <= kRecentEventsMax;
  if (!continues || !has_room) drop_all(kept);
  if (!has_room) return;
  events_ += batch.events.size();
  kept.batches.push_back({position.seq, batch});
}

std::vector<log::StoredBatch> RecentBatches::take(std::uint32_t shard, std::uint64_t from,
                                                  std::size_t limit) {
  ShardBatches& kept = shards_[shard];
  std::vector<log::StoredBatch> taken;
  const MutexLock lock(kept.mutex);
  while (!kept.batches.empty() && kept.batches.front().seq < from) drop_first(kept);
  if (kept.batches.empty() || kept.batches.front().seq != from) return taken;
  while (!kept.batches.empty() && taken.size() < limit) taken.push_back(drop_first(kept));
  return taken;
}

log::StoredBatch RecentBatches::drop_first(ShardBatches& kept) {
  log::StoredBatch first = std::move(kept.batches.front());
  kept.batches.pop_front();
  events_ -= first.batch.events.size();
  return first;
}

void RecentBatches::drop_all(ShardBatches& kept) {
  while (!kept.batches.empty()) drop_first(kept);
}

}  // namespace porchlight::history
