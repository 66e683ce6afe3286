#include "state/shard_feed.h"

#include <algorithm>

#include "log/batch_codec.h"

namespace porchlight::state {

ShardFeed::ShardFeed(View& view, std::uint32_t shard)
    : view_(view), shard_(shard), seq_(view.position(shard).seq) {}

Taken ShardFeed::apply_next(std::uint64_t seq, const log::Batch& batch, std::uint64_t chain, SteadyTime now) {
  if (seq <= seq_) return Taken::kKnown;
  if (seq != seq_ + 1) return Taken::kGap;
  const log::Position position{shard_, seq};
  view_.apply(position, batch);
  seq_ = seq;
  chain_ = chain;
  at_ = std::max(at_, batch.at);
  for (const log::Event& event : batch.events) remember(event.id, position, now);
  return Taken::kApplied;
}

Taken ShardFeed::offer(std::string_view message, SteadyTime now) {
  auto decoded = log::decode_batch(message);
  if (!decoded) return decoded.error() == log::CodecError::kNewer ? Taken::kNewer : Taken::kDamaged;
  if (decoded->n <= seq_) return Taken::kKnown;
  if (decoded->n != seq_ + 1) return Taken::kGap;
  // An empty log has no chain to continue.
  if (!chain_ && seq_ > 0) return Taken::kUnknownEnd;
  if (log::next_chain(chain_.value_or(0), log::events_of(message)) != decoded->chain)
    return Taken::kOtherChain;
  return apply_next(decoded->n, decoded->batch, decoded->chain, now);
}

void ShardFeed::set_end(const log::Tail& tail) {
  chain_ = tail.chain;
  at_ = std::max(at_, tail.at);
}

const Outcome* ShardFeed::outcome_of(const Guid& event_id) const {
  const auto found = outcomes_.find(event_id);
  return found == outcomes_.end() ? nullptr : &found->second;
}

void ShardFeed::remember(const Guid& event_id, const Outcome& outcome, SteadyTime now) {
  if (!outcomes_.emplace(event_id, outcome).second) return;
  remembered_.emplace_back(now, event_id);
  forget_before(now - kOutcomesKept);
}

void ShardFeed::forget_before(SteadyTime time) {
  while (!remembered_.empty() && (remembered_.front().first < time || remembered_.size() > kOutcomesMax)) {
    outcomes_.erase(remembered_.front().second);
    remembered_.pop_front();
  }
}

}  // namespace porchlight::state
