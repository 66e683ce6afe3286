#include "history/recent_batches.h"

#include <utility>

namespace porchlight::history {

void RecentBatches::on_applying(log::Position position, const log::Batch& batch) {
  ShardBatches& kept = shards_[position.shard];
  const std::size_t events = batch.events.size();
  {
    const MutexLock lock(kept.mutex);
    const bool continues = kept.batches.empty() || kept.batches.back().stored.seq + 1 == position.seq;
    const bool has_room = events_ + events <= kRecentEventsMax;
    if (!has_room) dropped_ += kept.batches.size() + 1;
    if (!continues || !has_room) drop_all(kept);
    if (!has_room) return;
  }
  RecentBatch recent{{position.seq, batch}, {}};
  recent.before.reserve(events);
  for (const log::Event& event : batch.events) {
    auto person = view_.copy({event.tenant, event.subject});
    recent.before.push_back(person ? log::PersonFold{true, person->version, std::move(person->record)}
                                   : log::PersonFold{});
  }
  events_ += events;
  const MutexLock lock(kept.mutex);
  kept.batches.push_back(std::move(recent));
}

std::vector<RecentBatch> RecentBatches::take(std::uint32_t shard, std::uint64_t from, std::size_t limit) {
  ShardBatches& kept = shards_[shard];
  std::vector<RecentBatch> taken;
  const MutexLock lock(kept.mutex);
  while (!kept.batches.empty() && kept.batches.front().stored.seq < from) drop_first(kept);
  if (kept.batches.empty() || kept.batches.front().stored.seq != from) return taken;
  while (!kept.batches.empty() && taken.size() < limit) taken.push_back(drop_first(kept));
  return taken;
}

RecentBatch RecentBatches::drop_first(ShardBatches& kept) {
  RecentBatch first = std::move(kept.batches.front());
  kept.batches.pop_front();
  events_ -= first.stored.batch.events.size();
  return first;
}

void RecentBatches::drop_all(ShardBatches& kept) {
  while (!kept.batches.empty()) drop_first(kept);
}

}  // namespace porchlight::history
