// What the nodes of a cell tell each other a few times a second, and what follows from it: which nodes are live, how far
// each has applied the log, and which of them is asked first for a shard.
//
//     message on subject "beat" = u8 format | name | i64 wall_ms | 64 * varint position
//
// Only the rates of the nodes' clocks are trusted: a node counts as live by when its message arrived.
#pragma once

#include <array>
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
// A node that was not heard from for this long does not count: the others no longer wait for it.
inline constexpr Duration kLiveFor = std::chrono::milliseconds(1500);
// A node does not answer reads if it was not connected, or knew of batches that it lacks, for this long. Less than
// kLiveFor together with the time of a heartbeat: a node that answers is always counted as live.
inline constexpr Duration kUnconnectedMax = std::chrono::seconds(1);
inline constexpr Duration kBehindMax = std::chrono::seconds(2);

struct Heartbeat {
  NodeName node;
  Time wall{};
  std::array<std::uint64_t, state::kShards> positions{};
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
  // Whether this node may answer reads: it is connected, and lacks nothing that it knows of, or not for long.
  bool is_current() const;
  // The greatest distance of this node's wall clock from that of a live node.
  Duration clock_distance() const;

  const NodeName& self() const override { return self_; }
  std::vector<NodeName> live() const override;
  std::optional<std::uint64_t> position_of(const NodeName& node, std::uint32_t shard) const override;
  bool shown_by_all(const log::Position& position) const override;
  NodeName owner(std::uint32_t shard) const override;

 private:
  struct Peer {
    SteadyTime arrived{};
    Duration clock_ahead{};  // of its wall clock before ours, by its last heartbeat
    std::array<std::uint64_t, state::kShards> positions{};
  };
  struct Behind {
    std::uint64_t seq = 0;  // the last batch that a node is known to show
    SteadyTime since{};     // when this node began to lack such a batch
  };

  void receive(std::string_view bytes);
  bool is_live(const Peer& peer, SteadyTime now) const { return now - peer.arrived < kLiveFor; }

  const NodeName self_;
  const state::View& view_;
  Messages& messages_;
  const Clock& clock_;
  HeartbeatListener& listener_;
  mutable Mutex mutex_;
  std::map<NodeName, Peer> peers_ ABSL_GUARDED_BY(mutex_);
  std::array<Behind, state::kShards> behind_ ABSL_GUARDED_BY(mutex_);
  SteadyTime connected_at_ ABSL_GUARDED_BY(mutex_);  // when this node was last connected
};

}  // namespace porchlight::cluster
