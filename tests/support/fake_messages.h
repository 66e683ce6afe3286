// Messages between nodes of one process, in virtual time. A plan decides what becomes of each delivery.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/messages.h"
#include "support/schedule.h"

namespace porchlight::cluster {

// Connects the FakeMessages of several nodes. For one thread.
class FakeNetwork {
 public:
  // What becomes of a delivery from one node to another, which may be a reply (its subject is empty): after how long it
  // arrives, each time it does. Empty: it is lost.
  using Delivery = std::vector<Duration>;
  using Plan = std::function<Delivery(int from, int to, std::string_view subject)>;

  explicit FakeNetwork(Schedule& schedule) : schedule_(schedule) {}
  // Without a plan each delivery arrives after a millisecond.
  void set_plan(Plan plan) { plan_ = std::move(plan); }
  // What a node that stopped had listened to is gone, and what is on its way to it is lost.
  void remove(int node);

 private:
  friend class FakeMessages;
  struct Listener {
    int node;
    std::shared_ptr<Messages::MessageHandler> handler;
  };
  void deliver(int from, int to, std::string_view subject, std::move_only_function<void()> arrive);

  Schedule& schedule_;
  Plan plan_;
  std::map<std::string, std::vector<Listener>, std::less<>> listeners_;  // by subject
  std::map<int, std::uint64_t> lives_;                                   // how often a node was removed
};

// The messages of one node. A request goes to the first other node that listens.
class FakeMessages final : public Messages {
 public:
  FakeMessages(FakeNetwork& network, int node) : network_(network), node_(node) {}

  void set_connected(bool connected) { connected_ = connected; }

  void publish(std::string_view subject, std::string bytes) override;
  void request(std::string_view subject, std::string bytes, SteadyTime deadline,
               NodeReplyCallback done) override;
  void listen(std::string_view subject, MessageHandler handler) override;
  bool connected() const override { return connected_; }

 private:
  FakeNetwork& network_;
  const int node_;
  bool connected_ = true;
};

}  // namespace porchlight::cluster
