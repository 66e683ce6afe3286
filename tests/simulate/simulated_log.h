// The log of a cell in virtual time: one content for all nodes, and for each node a way to it that may be slow, cut, or
// lose the outcome of an append. All is decided by a seed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "log/shard_log.h"
#include "state/user_key.h"
#include "support/schedule.h"

namespace porchlight::simulate {

// A fault put into the simulation on purpose, which a check must find.
enum class Plant : std::uint8_t {
  kNothing,
  kNoFence,            // the log takes appends of writers that have not seen its end
  kForgottenIds,       // no event id is remembered
  kEarlyOutcome,       // an append is acknowledged before it is durable
  kEarlyNotification,  // a notification is posted before its change is durable
  kEarlyLink,          // a delta link names changes that the node has not considered
  kEndlessHold,        // a hold of the log does not end
  kNoHold,             // readers do not hold presence while the log refuses writes
};

// How much goes wrong.
struct Faults {
  Duration delay_max{20};         // of a message, and of a step of the log
  unsigned lost_percent = 0;      // of the messages, and of the outcomes of appends
  unsigned repeated_percent = 0;  // of the messages
  Plant plant = Plant::kNothing;
};

// What is durable, of all shards. For one thread.
class SharedLog {
 public:
  SharedLog(Schedule& schedule, std::mt19937_64& random, const Faults& faults);

  const std::vector<log::StoredBatch>& batches(std::uint32_t shard) const { return shards_[shard].batches; }
  const log::Tail& tail(std::uint32_t shard) const { return shards_[shard].tail; }

  // While the disks are full, appends are refused.
  void set_full(bool full) { is_full_ = full; }
  // A node that is cut off reaches nothing.
  void set_cut(int node, bool cut);
  // Nothing that the log tells the node arrives until then.
  void stall(int node, SteadyTime until) { stalled_[node] = until; }
  // The node crashed: it reaches nothing any more. What it had sent is on its way, and all its calls fail soon, so that
  // its objects can be deleted.
  void crash(int node) { crashed_.insert(node); }

  // The log of a shard as the node uses it. A node that starts again has a new number.
  std::unique_ptr<log::ShardLog> open(int node, std::uint32_t shard);

 private:
  friend class NodeLog;
  struct Shard {
    std::vector<log::StoredBatch> batches;
    log::Tail tail;
  };

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  Duration delay() { return Duration(1 + pick(static_cast<unsigned>(faults_.delay_max.count()))); }
  bool is_lost() { return pick(100) < faults_.lost_percent; }
  bool write(std::uint32_t shard, const log::Batch& batch, std::uint64_t expected_last);

  Schedule& schedule_;
  std::mt19937_64& random_;
  const Faults& faults_;
  std::vector<Shard> shards_;
  bool is_full_ = false;
  std::set<int> cut_, crashed_;
  std::map<int, SteadyTime> stalled_;
};

}  // namespace porchlight::simulate
