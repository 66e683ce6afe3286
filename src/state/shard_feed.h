// How far the view has applied the log of one shard. The batches of this server and those of other writers of the log
// all reach the view through apply_next(), in the order of their numbers, each once.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"
#include "log/shard_log.h"
#include "state/outcome.h"
#include "state/view.h"

namespace porchlight::state {

// How long the outcome of a command is remembered, and how many of one shard at most: a command that arrives again
// within that time is not carried out again.
inline constexpr Duration kOutcomesKept = std::chrono::seconds(10);
inline constexpr std::size_t kOutcomesMax = 8192;

// What became of a batch that was offered.
enum class Taken : std::uint8_t {
  kApplied,
  kKnown,    // it was applied before
  kGap,      // batches before it are missing: read the log
  kDamaged,  // no batch, or one with a wrong checksum
  kNewer,    // of a format that this version does not know
  kOtherChain,  // it does not continue the batch before it: it is from another log, or one of the two was altered
  kUnknownEnd,  // nothing was read from the log yet, so the chain cannot be checked
};
inline constexpr std::size_t kTakenKinds = 7;

// Event ids of one thread differ in few bits (Random::serial_guid()), so they need a hash that mixes all of them.
struct EventIdHash {
  std::size_t operator()(const Guid& id) const {
    std::uint64_t halves[2];
    std::memcpy(halves, id.bytes.data(), sizeof halves);
    return absl::HashOf(halves[0], halves[1]);
  }
};

// Used on the threads of the shard's log, one at a time.
class ShardFeed {
 public:
  // The view must outlive the feed. It continues from the view's position.
  ShardFeed(View& view, std::uint32_t shard);

  // The number of the last batch applied.
  std::uint64_t seq() const { return seq_; }
  // The time of the last batch applied, or of the end that was set.
  Time at() const { return at_; }

  // Applies batch number `seq`, which was read from this log or acknowledged by it, if it is the next one; kKnown or
  // kGap otherwise. `chain` is the chain with it. Remembers the ids of its events from `now` on.
  Taken apply_next(std::uint64_t seq, const log::Batch& batch, std::uint64_t chain, SteadyTime now);
  // The same for the message of a batch (batch_codec.h) from another node: also checks that it is whole, and that it
  // continues what was applied.
  Taken offer(std::string_view message, SteadyTime now);
  // The log ends with the last batch applied, and these are its chain and time.
  void set_end(const log::Tail& tail);

  // The outcome of the command with this event id; null if it is not remembered. Valid until the next call.
  const Outcome* outcome_of(const Guid& event_id) const;
  // Remembers the outcome of a command that has no event, or whose event was applied before.
  void remember(const Guid& event_id, const Outcome& outcome, SteadyTime now);

 private:
  void forget_before(SteadyTime time);

  View& view_;
  const std::uint32_t shard_;
  std::uint64_t seq_;
  std::optional<std::uint64_t> chain_;  // with batch seq_; nullopt until the log was read
  Time at_{};
  absl::flat_hash_map<Guid, Outcome, EventIdHash> outcomes_;
  std::deque<std::pair<SteadyTime, Guid>> remembered_;  // the ids of outcomes_, oldest first
};

}  // namespace porchlight::state
