// Batches of one node reach the view of another, whatever happens to the messages.
#include "cluster/follower.h"

#include <gtest/gtest.h>

#include "cluster/router_cell.h"
#include "log/batch_codec.h"
#include "state/dump.h"

namespace porchlight::cluster {
namespace {

// Two nodes over the same logs. Node 0 writes.
class FollowerTest : public ::testing::Test {
 protected:
  struct Node {
    Node(FollowerTest& test, int number)
        : clock(test.schedule_),
          messages(test.network_, number),
          writer(view, test.logs()),
          follower("n" + std::to_string(number), writer, view, messages, clock) {}
    state::View view;
    ScheduleClock clock;
    FakeMessages messages;
    state::Writer writer;
    Follower follower;
  };

  FollowerTest() {
    network_.set_plan([this](int, int, std::string_view subject) {
      return subject.starts_with(lost_) ? FakeNetwork::Delivery{} : FakeNetwork::Delivery{Duration(1)};
    });
    one_.writer.submit({{kUser.tenant, kUser.user, directory::UserPut{"ana@x.test", "Ana"}}}, log::at_ms(0),
                       [](const state::Outcome& outcome) { EXPECT_TRUE(outcome); });
    schedule_.run_for(Duration(10));
  }
  std::vector<log::ShardLog*> logs() {
    std::vector<log::ShardLog*> all;
    for (log::FakeLog& log : fakes_) all.push_back(&log);
    return all;
  }
  void write(std::uint64_t number) {
    one_.writer.submit(kUser, log::id_of(number), message(number), log::at_ms(0),
                       [](const state::Outcome& outcome) { EXPECT_TRUE(outcome); });
    schedule_.run_for(Duration(10));
  }
  bool are_equal() const { return state::dump(one_.view) == state::dump(two_.view); }
  std::uint64_t seq() const { return two_.view.position(kUserShard).seq; }

  Schedule schedule_;
  FakeNetwork network_{schedule_};
  std::vector<log::FakeLog> fakes_{state::kShards};
  std::string lost_ = "nothing";
  Node one_{*this, 0}, two_{*this, 1};
};

TEST_F(FollowerTest, EachBatchIsShown) {
  for (std::uint64_t number = 1; number < 20; ++number) write(number);
  EXPECT_TRUE(are_equal());
  EXPECT_EQ(fakes_[kUserShard].read_count(), 0u) << "no batch was read from the log";
}

TEST_F(FollowerTest, WhatWasLostIsAskedOfTheNodeThatHasIt) {
  lost_ = "log.";
  write(1);
  write(2);
  EXPECT_EQ(seq(), 1u);
  lost_ = "nothing";
  write(3);
  EXPECT_EQ(seq(), 4u);
  EXPECT_TRUE(are_equal());
  EXPECT_EQ(two_.follower.counters().asked_peers.value(), 1u);
  EXPECT_EQ(fakes_[kUserShard].read_count(), 0u);
}

TEST_F(FollowerTest, WhatNoNodeHasIsReadFromTheLog) {
  lost_ = "log.";
  write(1);
  two_.follower.on_behind("n9", {kUserShard, 2});
  schedule_.run_for(kBatchesWithin + Duration(1));
  EXPECT_EQ(seq(), 2u);
  write(2);
  two_.follower.on_gone();
  EXPECT_EQ(seq(), 3u);
  EXPECT_TRUE(are_equal());
}

TEST_F(FollowerTest, ABatchIsKeptForTenSeconds) {
  lost_ = "log.";
  write(1);
  schedule_.run_for(kBatchesKept + Duration(1));
  write(2);  // the first is forgotten
  two_.follower.on_behind("n0", {kUserShard, 3});
  schedule_.run_for(kBatchesWithin);
  EXPECT_EQ(two_.follower.counters().read_log.value(), 1u);
  EXPECT_TRUE(are_equal());
}

TEST_F(FollowerTest, MalformedMessagesAreCountedAndHarmNothing) {
  const std::string subject = "log." + std::to_string(kUserShard);
  FakeMessages other(network_, 2);
  for (const std::string& bytes : {std::string(), std::string("\xff"), std::string("\1>garbage")})
    other.publish(subject, bytes);
  other.publish(subject, std::string("\2n9") + "garbage");
  std::string reply = "none";
  other.request("have.n1", "\xff", schedule_.now() + Duration(5),
                [&](auto answer) { reply = answer ? *answer : "no reply"; });
  schedule_.run_for(Duration(10));
  EXPECT_EQ(two_.follower.counters().malformed.value(), 4u);
  EXPECT_EQ(two_.writer.counters().offered[static_cast<std::size_t>(state::Taken::kDamaged)].value(), 1u);
  EXPECT_EQ(reply, "no reply");
  write(1);
  EXPECT_TRUE(are_equal());
}

}  // namespace
}  // namespace porchlight::cluster
