// One node of a simulated cell: its clock, view, writer, follower and heartbeats, and what it posts to subscribers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/follower.h"
#include "cluster/heartbeats.h"
#include "cluster/router.h"
#include "history/history_reader.h"
#include "history/recent_batches.h"
#include "simulate/simulated_log.h"
#include "support/fake_messages.h"

namespace porchlight::simulate {

// Virtual time, and a wall clock that may be wrong.
class NodeClock final : public Clock {
 public:
  explicit NodeClock(const Schedule& schedule) : schedule_(schedule) {}
  void set_ahead(Duration ahead) { ahead_ = ahead; }
  Time wall() const override;
  SteadyTime steady() const override { return schedule_.now(); }

 private:
  const Schedule& schedule_;
  Duration ahead_{};
};

// What all nodes of a cell share.
struct Cell {
  Schedule& schedule;
  SharedLog& log;
  cluster::FakeNetwork& network;
};

// A notification: the state of a user at a position, posted to a subscriber.
struct Notification {
  state::UserKey user;
  log::Position position;
  std::uint64_t version;
};

// From its start to its stop or crash. For one thread.
class SimulatedNode {
 public:
  // Called for each notification that the node posts.
  using Post = std::function<void(const Notification&)>;

  // Begins with the log up to `positions`: the snapshot of its disk. `number` is new with each start. Keeps a history
  // in the folder, if one is named.
  SimulatedNode(const Cell& cell, std::string name, int number, NodeClock& clock,
                const std::vector<std::uint64_t>& positions, Post post,
                const std::filesystem::path& history = {});

  ~SimulatedNode();

  // From now on it reaches no other node and no log, and has no effect. It may be deleted some seconds later.
  void crash();

  state::Writer& writer() { return *writer_; }
  // Commands from clients of this node: they go to the owners of their shards.
  cluster::Router& router() { return *router_; }
  state::View& view() { return view_; }
  const state::View& view() const { return view_; }
  // Null if it has none.
  history::HistoryReader* history() { return history_.get(); }
  const cluster::Heartbeats& heartbeats() const { return *heartbeats_; }
  cluster::FakeMessages& messages() { return messages_; }
  bool has_crashed() const { return has_crashed_; }
  // The position of each shard.
  std::vector<std::uint64_t> positions() const;
  // Does nothing for this time, and is then as before.
  void stall(Duration time);
  SteadyTime stalled_until() const { return stalled_until_; }
  bool is_stalled() const { return cell_.schedule.now() < stalled_until_; }

 private:
  // Queues a notification for each change of presence, and posts it once all live nodes show the change.
  class Notifier;

  void replay(const std::vector<std::uint64_t>& positions);
  void read_to_the_end(std::uint32_t shard);
  void tick();

  const Cell cell_;
  const std::string name_;
  const int number_;
  NodeClock& clock_;
  state::View view_;
  std::vector<std::unique_ptr<log::ShardLog>> logs_;
  history::RecentBatches recent_{view_};
  std::unique_ptr<history::HistoryReader> history_;
  cluster::FakeMessages messages_;
  std::unique_ptr<state::Writer> writer_;
  std::unique_ptr<cluster::Follower> follower_;
  std::unique_ptr<cluster::Heartbeats> heartbeats_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<cluster::Router> router_;
  std::uint32_t unread_ = state::kShards;  // shards whose logs it has not read to their ends since the start
  SteadyTime stalled_until_{};
  bool has_crashed_ = false;
};

}  // namespace porchlight::simulate
