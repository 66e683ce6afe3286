// The bytes of heartbeats, and what nodes conclude from them in virtual time.
#include "cluster/heartbeats.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "cluster/router_cell.h"

namespace porchlight::cluster {
namespace {

Heartbeat sample() {
  Heartbeat beat;
  beat.node = "n1";
  beat.number = 7;
  beat.is_current = true;
  beat.wall = log::at_ms(5);
  beat.positions[3] = 300;
  beat.received = {{"n0", 12}, {"n2", 1'000'000}};
  return beat;
}

TEST(HeartbeatBytes, AreReadAsTheyWereWritten) {
  EXPECT_EQ(decode_heartbeat(encode_heartbeat(sample())), sample());
}

TEST(HeartbeatBytes, OfAnyLengthAreRefusedIfTheyAreNotWhole) {
  const std::string bytes = encode_heartbeat(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode_heartbeat(bytes.substr(0, length))) << length;
  EXPECT_FALSE(decode_heartbeat(bytes + '\0'));
  EXPECT_FALSE(decode_heartbeat('\2' + bytes.substr(1))) << "of another format";
}

// A name becomes part of a subject.
TEST(HeartbeatBytes, NamesAreOfLettersAndDigits) {
  for (const auto& [name, is_good] : {std::pair{std::string("a0"), true},
                                      {std::string(kNodeNameBytesMax, 'z'), true},
                                      {std::string(kNodeNameBytesMax + 1, 'z'), false},
                                      {std::string(), false},
                                      {std::string("a.b"), false},
                                      {std::string(">"), false},
                                      {std::string("N1"), false}}) {
    Heartbeat beat = sample();
    beat.node = name;
    EXPECT_EQ(decode_heartbeat(encode_heartbeat(beat)).has_value(), is_good) << name;
    beat = sample();
    beat.received[name] = 1;
    EXPECT_EQ(decode_heartbeat(encode_heartbeat(beat)).has_value(), is_good) << name;
  }
}

TEST(HeartbeatBytes, NameABoundedNumberOfNodes) {
  Heartbeat beat = sample();
  beat.received.clear();
  for (std::size_t node = 0; node < kNodesMax; ++node) beat.received["n" + std::to_string(node)] = node;
  EXPECT_TRUE(decode_heartbeat(encode_heartbeat(beat)));
  beat.received["one"] = 1;
  EXPECT_FALSE(decode_heartbeat(encode_heartbeat(beat)));
}

class NoListener final : public HeartbeatListener {
 public:
  void on_behind(const NodeName&, const log::Position& position) override { behind.push_back(position); }
  void on_gone() override { ++gone; }
  std::vector<log::Position> behind;
  int gone = 0;
};

// Nodes with a view each, which send heartbeats while they are connected.
class HeartbeatsTest : public ::testing::Test {
 protected:
  struct Node {
    Node(HeartbeatsTest& test, int number)
        : clock(test.schedule_),
          messages(test.network_, number),
          heartbeats("n" + std::to_string(number), view, messages, clock, listener) {
      heartbeats.set_logs_read();
    }
    state::View view;
    ScheduleClock clock;
    FakeMessages messages;
    NoListener listener;
    Heartbeats heartbeats;
    bool is_cut = false;
  };

  HeartbeatsTest() {
    network_.set_plan([this](int from, int to, std::string_view) {
      return nodes_[from]->is_cut || nodes_[to]->is_cut ? FakeNetwork::Delivery{}
                                                        : FakeNetwork::Delivery{Duration(1)};
    });
    for (int number = 0; number < 3; ++number) nodes_.push_back(std::make_unique<Node>(*this, number));
  }
  void run_for(Duration time) {
    for (const SteadyTime end = schedule_.now() + time; schedule_.now() < end;) {
      for (const auto& node : nodes_) node->heartbeats.beat();
      schedule_.run_until(std::min(end, schedule_.now() + kBeatEvery));
    }
  }
  void cut(int node, bool is_cut) {
    nodes_[node]->is_cut = is_cut;
    nodes_[node]->messages.set_connected(!is_cut);
  }
  Heartbeats& of(int node) { return nodes_[node]->heartbeats; }

  Schedule schedule_;
  FakeNetwork network_{schedule_};
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(HeartbeatsTest, ANodeIsCurrentOnceItHasListened) {
  run_for(kCountedFor);
  EXPECT_FALSE(of(0).is_current());
  run_for(kBeatEvery + Duration(1));
  for (int node = 0; node < 3; ++node) EXPECT_TRUE(of(node).is_current()) << node;
  EXPECT_EQ(of(0).live(), (std::vector<NodeName>{"n0", "n1", "n2"}));
}

TEST_F(HeartbeatsTest, NodesAgreeOnTheOwner) {
  run_for(std::chrono::seconds(2));
  std::set<NodeName> owners;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    owners.insert(of(0).owner(shard));
    EXPECT_EQ(of(0).owner(shard), of(1).owner(shard));
    EXPECT_EQ(of(0).owner(shard), of(2).owner(shard));
  }
  EXPECT_EQ(owners.size(), 3u);
}

TEST_F(HeartbeatsTest, ANodeThatIsCutOffIsNotCurrentAndTheOthersStay) {
  run_for(std::chrono::seconds(3));
  cut(2, true);
  run_for(kUnconnectedMax + kBeatEvery);
  EXPECT_FALSE(of(2).is_current());
  for (Duration waited{}; waited < std::chrono::seconds(2); waited += kBeatEvery) {
    run_for(kBeatEvery);
    EXPECT_TRUE(of(0).is_current()) << waited.count();
  }
  EXPECT_EQ(of(0).live(), (std::vector<NodeName>{"n0", "n1"}));
  EXPECT_EQ(nodes_[0]->listener.gone, 1);
  cut(2, false);
  run_for(kCountedFor);
  EXPECT_FALSE(of(2).is_current());
  run_for(2 * kBeatEvery);
  EXPECT_TRUE(of(2).is_current());
}

TEST_F(HeartbeatsTest, WhatANodeLacksIsReported) {
  run_for(std::chrono::seconds(3));
  const log::Position position{7, 1};
  nodes_[1]->view.apply(position, {});
  EXPECT_FALSE(of(1).shown_by_all(position));
  run_for(2 * kBeatEvery);
  ASSERT_FALSE(nodes_[0]->listener.behind.empty());
  EXPECT_EQ(nodes_[0]->listener.behind.front(), position);
  EXPECT_EQ(of(0).position_of("n1", 7), 1u);
  EXPECT_TRUE(of(0).is_current()) << "not for long";
  run_for(kBehindMax);
  EXPECT_FALSE(of(0).is_current());
  for (const auto& node : nodes_) node->view.apply(position, {});
  run_for(2 * kBeatEvery);
  EXPECT_TRUE(of(0).is_current());
  EXPECT_TRUE(of(1).shown_by_all(position));
}

TEST_F(HeartbeatsTest, TheDistanceOfClocksIsKnown) {
  nodes_[1]->clock.set_ahead(std::chrono::seconds(4));
  run_for(std::chrono::seconds(1));
  EXPECT_NEAR(static_cast<double>(of(0).clock_distance().count()), 4000, 2);
}

}  // namespace
}  // namespace porchlight::cluster
