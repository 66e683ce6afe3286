// Brings the batches of other nodes to this node's view, and this node's to theirs.
//
// A writer publishes each batch once the log has acknowledged it; the other nodes apply what is next in order. A node
// that misses one, which a later batch or a heartbeat shows, asks the node that has it, and the log last: the last
// acknowledged batches may not be readable from all servers of the log's engine at once.
//
//     message on "log.<shard>"     name of the sender | batch
//     request on "have.<node>"     varint shard | varint number: the batches behind it
//     reply                        (varint length | batch)*
#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "base/mutex.h"
#include "cluster/heartbeats.h"
#include "cluster/messages.h"
#include "cluster/peers.h"
#include "state/writer.h"

namespace porchlight::cluster {

// What a node keeps of its own batches for nodes that missed them.
inline constexpr Duration kBatchesKept = std::chrono::seconds(10);
inline constexpr std::size_t kBatchBytesKept = 64 * 1024 * 1024;
// What one reply holds of them.
inline constexpr std::size_t kReplyBytesMax = 512 * 1024;
// How long another node may take to reply. Then the log is read.
inline constexpr Duration kBatchesWithin = std::chrono::milliseconds(300);

struct FollowerCounters {
  SharedCounter asked_peers;  // requests for missing batches
  SharedCounter read_log;     // reads of the log because no node had them
  SharedCounter malformed;    // messages and requests that could not be read
};

// May be used from any thread. Its owner stops the messages and the writer before it ends.
class Follower final : public state::WrittenListener, public HeartbeatListener {
 public:
  // All arguments must outlive the follower.
  Follower(NodeName self, state::Writer& writer, const state::View& view, Messages& messages,
           const Clock& clock);

  void on_written(const log::Position& position, const log::Batch& batch, std::uint64_t chain) override;
  void on_behind(const NodeName& node, const log::Position& position) override;
  void on_gone() override;

  const FollowerCounters& counters() const { return counters_; }

 private:
  struct Kept {
    SteadyTime at;
    log::Position position;
    std::string message;
  };

  void receive(std::uint32_t shard, std::string_view bytes);
  void reply(Message& request);
  void fetch(std::uint32_t shard, const NodeName& node);
  void take(std::uint32_t shard, std::string_view reply);
  void read_log(std::uint32_t shard);
  void end_fetch(std::uint32_t shard);
  void keep(Kept kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const NodeName self_;
  state::Writer& writer_;
  const state::View& view_;
  Messages& messages_;
  const Clock& clock_;
  FollowerCounters counters_;
  Mutex mutex_;
  std::deque<Kept> kept_ ABSL_GUARDED_BY(mutex_);  // oldest first
  std::size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::array<bool, state::kShards> is_fetching_ ABSL_GUARDED_BY(mutex_){};
};

}  // namespace porchlight::cluster
