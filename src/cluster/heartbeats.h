// What the nodes of a cell tell each other a few times a second, and what follows from it: which nodes are live, how
// far each has applied the log, and which of them is asked first for a shard.
//
//     message on subject "beat" = u8 format | name | varint number | u8 current | i64 wall_ms | 64 * varint position
//                               | varint count | count * (name | varint number)
//
// The list at the end names the heartbeats that the sender received last. By it, a node knows until when another node
// counts it: at least kCountedFor after it sent the heartbeat that is named. So a node that answers reads is counted by
// all nodes that post notifications, however long a message takes, and only the rates of clocks are trusted.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "cluster/messages.h"
#include "cluster/peers.h"
#include "state/view.h"

namespace porchlight::cluster {

// How often a node sends a heartbeat.
inline constexpr Duration kBeatEvery = std::chrono::milliseconds(200);
// A node is live for this long after its last heartbeat arrived.
inline constexpr Duration kLiveFor = std::chrono::seconds(1);
// A node counts for this long: notifications wait until it shows their changes. Longer than kLiveFor by the time of two
// messages and of the heartbeat between them, or the nodes would not answer reads for a while when one of them stops.
inline constexpr Duration kCountedFor = std::chrono::milliseconds(1500);
// A node does not answer reads if it was not connected, or knew of batches that it lacks, for this long.
inline constexpr Duration kUnconnectedMax = std::chrono::seconds(1);
inline constexpr Duration kBehindMax = std::chrono::seconds(2);

// Nodes of a cell, this one included: no more are known.
inline constexpr std::size_t kNodesMax = 64;

struct Heartbeat {
  NodeName node;
  std::uint64_t number = 0;  // greater than that of the node's heartbeat before
  bool is_current = false;   // whether it answers reads and posts notifications
  Time wall{};
  std::array<std::uint64_t, state::kShards> positions{};
  std::map<NodeName, std::uint64_t> received;  // the number of each live node's last heartbeat
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
std::string encode_heartbeat(const Heartbeat& beat);
// Accepts any bytes; nullopt if they are not a heartbeat of this format.
std::optional<Heartbeat> decode_heartbeat(std::string_view bytes);

// Called on the threads that call beat() and those of the messages. No lock is held.
class HeartbeatListener {
 public:
  // The node shows a batch that this node lacks.
  virtual void on_behind(const NodeName& node, const log::Position& position) = 0;
  // A node is no longer live. It may have appended batches that it told no other node of.
  virtual void on_gone() = 0;

 protected:
  ~HeartbeatListener() = default;
};

// May be used from any thread.
class Heartbeats final : public Peers {
 public:
  // All arguments must outlive the object, and `messages` must not call it after its end.
  Heartbeats(NodeName self, const state::View& view, Messages& messages, const Clock& clock,
             HeartbeatListener& listener);

  // Sends a heartbeat. The owner calls it each kBeatEvery.
  void beat();
  // The logs of all shards were read to their ends since the start.
  void set_logs_read() { has_read_logs_ = true; }
  // Whether this node may answer reads and post notifications: it is connected, is counted by all live nodes that do
  // the same, and lacks nothing that it knows of, or not for long.
  bool is_current() const;
  // The greatest distance of this node's wall clock from that of a live node.
  Duration clock_distance() const;

  const NodeName& self() const override { return self_; }
  std::vector<NodeName> live() const override;
  std::optional<std::uint64_t> position_of(const NodeName& node, std::uint32_t shard) const override;
  bool shown_by_all(const log::Position& position) const override;
  NodeName owner(std::uint32_t shard) const override;

 private:
  struct KnownNode {
    SteadyTime arrived{};
    std::uint64_t number = 0;  // of its last heartbeat
    bool is_current = false;
    SteadyTime counts_us_until{};
    Duration clock_ahead{};  // of its wall clock before ours, by its last heartbeat
    std::array<std::uint64_t, state::kShards> positions{};
  };
  struct Behind {
    std::uint64_t seq = 0;  // the last batch that a node is known to show
    SteadyTime since{};     // when this node began to lack such a batch
  };

  void receive(std::string_view bytes);
  std::vector<log::Position> note(const Heartbeat& beat) ABSL_LOCKS_EXCLUDED(mutex_);
  static bool is_live(const KnownNode& peer, SteadyTime now) { return now - peer.arrived < kLiveFor; }
  static bool is_counted(const KnownNode& peer, SteadyTime now) { return now - peer.arrived < kCountedFor; }
  SteadyTime sent_at(std::uint64_t number) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const NodeName self_;
  const state::View& view_;
  Messages& messages_;
  const Clock& clock_;
  HeartbeatListener& listener_;
  mutable Mutex mutex_;
  std::map<NodeName, KnownNode> peers_ ABSL_GUARDED_BY(mutex_);
  std::array<Behind, state::kShards> behind_ ABSL_GUARDED_BY(mutex_);
  // What this node must show before it answers reads: the positions of a node that did not count it before.
  std::array<std::uint64_t, state::kShards> required_ ABSL_GUARDED_BY(mutex_){};
  std::deque<SteadyTime> sent_ ABSL_GUARDED_BY(mutex_);  // when the last heartbeats were sent, oldest first
  SteadyTime connected_at_ ABSL_GUARDED_BY(mutex_);      // when this node was last connected
  std::uint64_t number_ ABSL_GUARDED_BY(mutex_);         // of the last heartbeat sent
  // Since when it is connected without a break of kUnconnectedMax. During kCountedFor from then on it may not know all
  // nodes that are current.
  SteadyTime connected_since_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> has_read_logs_ = false;
};

}  // namespace porchlight::cluster
