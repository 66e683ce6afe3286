// A cell in one process and in virtual time: nodes with a view, a writer and a router each, over the same fake logs. A
// user of a tenant exists.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cluster/router.h"
#include "log/samples.h"
#include "state/view.h"
#include "state/writer.h"
#include "support/fake_log.h"
#include "support/fake_messages.h"
#include "support/fake_peers.h"
#include "support/schedule.h"

namespace porchlight::cluster {

inline const state::UserKey kUser{log::id_of(1), log::id_of(100)};
inline const std::uint32_t kUserShard = state::shard_of(kUser.tenant, kUser.user);

inline presence::SetMessage message(std::uint64_t number) { return {"text " + std::to_string(number)}; }

// The time of a schedule, with a wall clock that is `ahead`.
class ScheduleClock final : public Clock {
 public:
  explicit ScheduleClock(const Schedule& schedule) : schedule_(schedule) {}
  void set_ahead(Duration ahead) { ahead_ = ahead; }
  Time wall() const override { return log::at_ms(0) + schedule_.now().time_since_epoch() + ahead_; }
  SteadyTime steady() const override { return schedule_.now(); }

 private:
  const Schedule& schedule_;
  Duration ahead_{};
};

// For one thread. Node 0 owns all shards.
class RouterCell {
 public:
  struct Node {
    FakePeers peers;
    ScheduleClock clock;
    FakeMessages messages;
    std::unique_ptr<state::View> view;
    std::unique_ptr<state::Writer> writer;
    std::unique_ptr<Router> router;
  };

  explicit RouterCell(int count) : logs(state::kShards) {
    std::vector<log::ShardLog*> all;
    for (log::FakeLog& log : logs) all.push_back(&log);
    std::vector<NodeName> names;
    for (int node = 0; node < count; ++node) names.push_back("n" + std::to_string(node));
    for (int node = 0; node < count; ++node) {
      nodes.push_back(std::make_unique<Node>(FakePeers(names[node], names, names[0]), ScheduleClock(schedule),
                                             FakeMessages(network, node)));
      Node& made = *nodes.back();
      made.view = std::make_unique<state::View>();
      made.writer = std::make_unique<state::Writer>(*made.view, all);
      made.router = std::make_unique<Router>(*made.writer, *made.view, made.messages, made.peers, made.clock);
      made.view->add_listener(*made.router);
    }
    write(0, directory::UserPut{"ana@x.test", "Ana"});
    for (int node = 0; node < count; ++node) follow(node);
  }

  // A directory change of the user, by this node. It is durable at once.
  void write(int node, directory::EntityChange change) {
    nodes[node]->writer->submit({{kUser.tenant, kUser.user, std::move(change)}}, log::at_ms(0),
                                [](const state::Outcome&) {});
  }
  // Brings the view of the node to the end of the user's log.
  void follow(int node) {
    nodes[node]->writer->follow(kUserShard, [](const state::Outcome&) {});
  }
  // The node stops: nothing reaches it, and the others know.
  void stop(int node) {
    network.remove(node);
    for (auto& other : nodes) other->peers.remove(nodes[node]->peers.self());
    nodes[node]->router.reset();
    nodes[node]->writer.reset();
  }
  // Runs for that time. The views of running nodes follow each millisecond if `is_following`.
  void run_for(Duration time) {
    for (; time > Duration(0); time -= Duration(1)) {
      schedule.run_for(Duration(1));
      for (int node = 0; node < static_cast<int>(nodes.size()); ++node) {
        if (!nodes[node]->router) continue;
        if (is_following) follow(node);
        if (schedule.now().time_since_epoch() % Duration(100) == Duration(0))
          nodes[node]->router->tick(schedule.now());
      }
    }
  }
  // The events of the user's log.
  std::vector<log::Event> events() {
    std::vector<log::Event> all;
    const auto batches = logs[kUserShard].read(1, SIZE_MAX).value();
    for (const log::StoredBatch& stored : batches)
      all.insert(all.end(), stored.batch.events.begin(), stored.batch.events.end());
    return all;
  }

  Schedule schedule;
  FakeNetwork network{schedule};
  std::vector<log::FakeLog> logs;
  std::vector<std::unique_ptr<Node>> nodes;
  bool is_following = true;
};

}  // namespace porchlight::cluster
