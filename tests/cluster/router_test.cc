// Commands that are sent to the owner of their shard, with all that messages and nodes may do to them.
#include "cluster/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "cluster/router_cell.h"
#include "support/rounds.h"

namespace porchlight::cluster {
namespace {

using log::at_ms;
using log::id_of;
using state::Outcome;
using state::WriteError;
using Fate = log::FakeLog::Fate;
using Delivery = FakeNetwork::Delivery;

const Outcome kUnavailable = std::unexpected(WriteError::kUnavailable);
constexpr Duration kPrompt(10);  // enough for a request and its reply without loss

// A plan with this for the first delivery between two nodes, and a millisecond for all others.
FakeNetwork::Plan first_delivery(int from, int to, Delivery first) {
  return [=, is_first = true](int f, int t, std::string_view) mutable {
    return f == from && t == to && std::exchange(is_first, false) ? first : Delivery{Duration(1)};
  };
}

// A user, and what became of commands.
class RouterTest : public ::testing::Test {
 protected:
  // The outcome of a command may only be a batch that the node shows.
  void submit(int node, std::uint64_t id, const presence::Command& command) {
    cell_.nodes[node]->router->submit(
        kUser, id_of(id), command, cell_.nodes[node]->clock.wall(), [this, node, id](const Outcome& outcome) {
          if (outcome) {
            EXPECT_GE(cell_.nodes[node]->view->position(kUserShard).seq, outcome->seq);
          }
          outcomes_[id].push_back(outcome);
          answered_at_[id] = cell_.schedule.now().time_since_epoch();
        });
  }
  // Nullopt before the command is answered.
  std::optional<Outcome> outcome(std::uint64_t id) {
    EXPECT_LE(outcomes_[id].size(), 1u) << "a command has one outcome";
    return outcomes_[id].empty() ? std::nullopt : std::optional(outcomes_[id].front());
  }
  // How often the command is in the log.
  std::size_t times_written(std::uint64_t id) {
    return static_cast<std::size_t>(std::ranges::count(cell_.events(), id_of(id), &log::Event::id));
  }
  const RouterCounters& counters(int node) { return cell_.nodes[node]->router->counters(); }
  static Outcome at(std::uint64_t seq) { return log::Position{kUserShard, seq}; }

  RouterCell cell_{3};
  std::map<std::uint64_t, std::vector<Outcome>> outcomes_;
  std::map<std::uint64_t, Duration> answered_at_;
};

TEST_F(RouterTest, TheOwnerCarriesOutItsOwnCommands) {
  submit(0, 7, message(1));
  EXPECT_EQ(outcome(7), at(2)) << "within the call";
  EXPECT_EQ(counters(0).forwarded.value(), 0u);
}

TEST_F(RouterTest, ACommandIsCarriedOutByTheOwnerAndByItsClock) {
  cell_.nodes[0]->clock.set_ahead(Duration(400));
  submit(1, 7, message(1));
  EXPECT_FALSE(outcome(7));
  cell_.run_for(kPrompt);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(std::get<presence::Event>(cell_.events().back().body).at, at_ms(401));
  EXPECT_EQ(counters(1).forwarded.value(), 1u);
  EXPECT_EQ(counters(1).taken_over.value(), 0u);
}

TEST_F(RouterTest, ARejectionIsReturned) {
  submit(1, 7, presence::ClearSession{{id_of(1), id_of(2)}});
  cell_.run_for(kPrompt);
  EXPECT_EQ(outcome(7), Outcome(std::unexpected(presence::Rejection::kSessionNotFound)));
}

TEST_F(RouterTest, ACommandForAPersonWhoWasRemovedMeanwhileFails) {
  cell_.network.set_plan(first_delivery(1, 0, {Duration(50)}));
  cell_.is_following = false;
  submit(1, 7, message(1));
  cell_.write(0, directory::UserRemoved{});
  cell_.run_for(Duration(60));
  EXPECT_TRUE(cell_.nodes[1]->view->contains(kUser)) << "this node does not know yet";
  EXPECT_EQ(outcome(7), Outcome(std::unexpected(WriteError::kNoSuchUser)));
}

TEST_F(RouterTest, ALostRequestIsSentAgain) {
  cell_.network.set_plan(first_delivery(1, 0, {}));
  submit(1, 7, message(1));
  cell_.run_for(kReplyWithin + kPrompt);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(times_written(7), 1u);
  EXPECT_EQ(counters(1).repeated.value(), 1u);
}

TEST_F(RouterTest, AfterALostReplyTheCommandIsNotCarriedOutAgain) {
  cell_.network.set_plan(first_delivery(0, 1, {}));
  submit(1, 7, message(1));
  cell_.run_for(kPrompt);
  EXPECT_EQ(times_written(7), 1u);
  submit(2, 8, message(2));
  cell_.run_for(kReplyWithin + kPrompt);
  EXPECT_EQ(outcome(8), at(3));
  EXPECT_EQ(outcome(7), at(2)) << "the position of its first arrival";
  EXPECT_EQ(times_written(7), 1u);
}

TEST_F(RouterTest, ARequestThatArrivesTwiceIsCarriedOutOnce) {
  cell_.network.set_plan([](int, int, std::string_view) { return Delivery{Duration(1), Duration(3)}; });
  submit(1, 7, message(1));
  cell_.run_for(kPrompt);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(times_written(7), 1u);
  EXPECT_EQ(cell_.nodes[0]->writer->counters().repeated.value(), 1u);
}

TEST_F(RouterTest, IfTheOwnerDoesNotListenTheCommandIsCarriedOutHereAtOnce) {
  cell_.network.remove(0);  // it is still taken for live
  submit(1, 7, message(1));
  cell_.run_for(kPrompt);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(counters(1).taken_over.value(), 1u);
}

TEST_F(RouterTest, IfTheOwnerIsNotLiveAnyMoreTheCommandIsCarriedOutHere) {
  cell_.network.set_plan(
      [](int, int to, std::string_view) { return to == 0 ? Delivery{} : Delivery{Duration(1)}; });
  submit(1, 7, message(1));
  cell_.nodes[1]->peers.remove("n0");
  cell_.run_for(kReplyWithin - Duration(1));
  EXPECT_FALSE(outcome(7));
  cell_.run_for(Duration(1));
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(counters(1).taken_over.value(), 1u);
  EXPECT_EQ(counters(1).repeated.value(), 0u);
}

TEST_F(RouterTest, WhatTheOwnerCarriedOutBeforeItStoppedIsNotCarriedOutAgain) {
  cell_.is_following = false;  // the node learns of it from the log only
  cell_.network.set_plan(first_delivery(0, 1, {}));
  submit(1, 7, message(1));
  cell_.run_for(kPrompt);
  EXPECT_EQ(times_written(7), 1u);
  cell_.stop(0);
  cell_.run_for(kReplyWithin);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(times_written(7), 1u);
}

// Appends of this node would conflict with those of the owner.
TEST_F(RouterTest, ASlowOwnerIsAskedAgainAndNotReplaced) {
  log::FakeLog& log = cell_.logs[kUserShard];
  log.set_plan([] { return Fate::kHeld; });
  submit(1, 7, message(1));
  cell_.run_for(kForwardedFor - Duration(1));
  EXPECT_FALSE(outcome(7));
  cell_.run_for(Duration(1));
  EXPECT_EQ(outcome(7), kUnavailable);
  EXPECT_EQ(counters(1).repeated.value(), 1u);
  EXPECT_EQ(counters(1).taken_over.value(), 0u);
  EXPECT_EQ(counters(1).timed_out.value(), 1u);
  EXPECT_EQ(log.held_count(), 1u);
  log.set_plan(nullptr);
  log.release();
  cell_.run_for(kPrompt);
  EXPECT_EQ(times_written(7), 1u) << "an unavailable command may have taken effect";
}

TEST_F(RouterTest, TheOutcomeWaitsUntilThisNodeShowsTheBatch) {
  cell_.is_following = false;
  submit(1, 7, message(1));
  submit(2, 8, message(2));
  cell_.run_for(Duration(500));
  EXPECT_EQ(times_written(7), 1u);
  EXPECT_FALSE(outcome(7));
  cell_.follow(1);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_FALSE(outcome(8)) << "the other node does not show it";
  cell_.follow(2);
  EXPECT_EQ(outcome(8), at(3));
}

TEST_F(RouterTest, ABatchThatIsShownBeforeTheReplyArrivesIsNotWaitedFor) {
  cell_.network.set_plan(first_delivery(0, 1, {Duration(50)}));
  submit(1, 7, message(1));
  cell_.run_for(Duration(40));
  cell_.is_following = false;
  EXPECT_EQ(cell_.nodes[1]->view->position(kUserShard).seq, 2u);
  EXPECT_FALSE(outcome(7));
  cell_.run_for(Duration(20));
  EXPECT_EQ(outcome(7), at(2));
}

TEST_F(RouterTest, AnOutcomeThatIsNotShownInTimeIsUnavailable) {
  cell_.is_following = false;
  submit(1, 7, message(1));
  cell_.run_for(kForwardedFor - Duration(1));
  EXPECT_FALSE(outcome(7));
  cell_.run_for(Duration(1));
  EXPECT_EQ(outcome(7), kUnavailable);
  EXPECT_EQ(counters(1).timed_out.value(), 1u);
  cell_.follow(1);
  EXPECT_EQ(outcome(7), kUnavailable);
}

TEST_F(RouterTest, ARouterThatEndsAnswersWhatWaits) {
  cell_.is_following = false;
  submit(1, 7, message(1));
  cell_.run_for(kPrompt);
  EXPECT_FALSE(outcome(7));
  cell_.stop(1);
  EXPECT_EQ(outcome(7), kUnavailable);
}

// Nodes that disagree about the owner would send a command round.
TEST_F(RouterTest, ACommandIsForwardedOnce) {
  cell_.nodes[0]->peers.set_owner("n1");
  submit(1, 7, message(1));
  cell_.run_for(kPrompt);
  EXPECT_EQ(outcome(7), at(2));
  EXPECT_EQ(counters(0).forwarded.value(), 0u);
}

// The owner has forgotten the ids of older commands.
TEST_F(RouterTest, ACommandThatArrivesLateIsNotCarriedOut) {
  cell_.network.set_plan(first_delivery(1, 0, {kSentAgeMax + Duration(1)}));
  submit(1, 7, message(1));
  cell_.run_for(kReplyWithin / 2);
  submit(2, 8, message(2));
  cell_.run_for(kSentAgeMax + kPrompt);
  EXPECT_EQ(counters(0).late.value(), 1u);
  EXPECT_EQ(outcome(7), at(3)) << "of the second request";
  EXPECT_EQ(cell_.nodes[0]->writer->counters().repeated.value(), 0u);
}

// Its age is not known.
TEST_F(RouterTest, ACommandFromTheFutureIsNotCarriedOut) {
  cell_.nodes[1]->clock.set_ahead(kSentAgeMax + kForwardedFor);
  submit(1, 7, message(1));
  cell_.run_for(kForwardedFor + kPrompt);
  EXPECT_EQ(counters(0).late.value(), 2u);
  EXPECT_EQ(times_written(7), 0u);
  EXPECT_EQ(outcome(7), state::Outcome(std::unexpected(state::WriteError::kUnavailable)));
}

TEST_F(RouterTest, ACommandOfTheGreatestAgeIsCarriedOut) {
  cell_.network.set_plan(first_delivery(1, 0, {kSentAgeMax}));
  submit(1, 7, message(1));
  cell_.run_for(kSentAgeMax + kPrompt);
  EXPECT_EQ(counters(0).late.value(), 0u);
  EXPECT_EQ(cell_.nodes[0]->writer->counters().repeated.value(), 1u) << "its id is remembered";
  EXPECT_EQ(times_written(7), 1u);
}

TEST_F(RouterTest, AMalformedCommandHasNoReply) {
  std::optional<std::expected<std::string, NoReply>> reply;
  cell_.nodes[1]->messages.request("cmd.n0", "garbage", cell_.schedule.now() + Duration(100),
                                   [&](auto got) { reply = std::move(got); });
  cell_.run_for(Duration(100));
  ASSERT_TRUE(reply && !*reply);
  EXPECT_EQ(reply->error(), NoReply::kTimeout);
  EXPECT_EQ(counters(0).malformed.value(), 1u);
}

TEST_F(RouterTest, AMalformedReplyIsNoReply) {
  const std::string wrong_shard = encode_outcome(log::Position{(kUserShard + 1) % state::kShards, 1});
  for (const std::string& text : {std::string("garbage"), wrong_shard}) {
    RouterCell cell(2);
    cell.network.remove(0);
    int requests = 0;
    FakeMessages owner(cell.network, 0);
    owner.listen("cmd.n0", [&](Message& got) {
      ++requests;
      got.reply(text);
    });
    std::optional<Outcome> outcome;
    cell.nodes[1]->router->submit(kUser, id_of(7), message(1), at_ms(0),
                                  [&](const Outcome& o) { outcome = o; });
    cell.run_for(kPrompt);
    EXPECT_EQ(outcome, kUnavailable);
    EXPECT_EQ(requests, kSentMax) << "and not as often as fits into the time";
    EXPECT_EQ(cell.nodes[1]->router->counters().malformed.value(), 2u);
    EXPECT_EQ(cell.nodes[1]->router->counters().taken_over.value(), 0u);
  }
}

// A random history: messages are lost, repeated, delayed and overtaken, appends conflict or have unknown outcomes, and
// the owner may stop.
class RandomHistory {
 public:
  explicit RandomHistory(unsigned seed) : random_(seed) {}

  void run() {
    cell_.network.set_plan([this](int, int, std::string_view) { return delivery(); });
    cell_.logs[kUserShard].set_plan([this] { return fate(); });
    const Duration stops_at(below(2) == 0 ? below(1000) : 1'000'000);
    for (Duration time(0); time < Duration(1000); time += Duration(20)) {
      if (time <= stops_at && stops_at < time + Duration(20)) cell_.stop(0);
      if (below(3) > 0) submit(1 + static_cast<int>(below(2)));
      cell_.run_for(Duration(20));
    }
    cell_.run_for(kForwardedFor + kForwardedFor);
    check();
  }
  std::size_t acknowledged() const { return acknowledged_; }
  std::size_t submitted() const { return outcomes_.size(); }

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  Delivery delivery() {
    Delivery times;
    for (std::size_t count = below(5) == 0 ? 0 : 1 + below(5) / 4; count > 0; --count)
      times.push_back(Duration(1 + (below(10) == 0 ? below(1500) : below(40))));
    return times;
  }
  Fate fate() {
    const Fate fates[] = {Fate::kConflict, Fate::kUnknownWritten, Fate::kUnknownUnwritten,
                          Fate::kUnknownDelayed};
    return below(4) == 0 ? fates[below(4)] : Fate::kOk;
  }
  void submit(int node) {
    const std::size_t number = outcomes_.size();
    outcomes_.emplace_back();
    cell_.nodes[node]->router->submit(kUser, id_of(1000 + number), message(number),
                                      cell_.nodes[node]->clock.wall(),
                                      [this, node, number](const Outcome& o) {
                                        outcomes_[number].push_back(o);
                                        if (!o) return;
                                        EXPECT_GE(cell_.nodes[node]->view->position(kUserShard).seq, o->seq);
                                      });
  }
  void check() {
    std::map<Guid, std::size_t> written;
    for (const log::Event& event : cell_.events()) ++written[event.id];
    for (std::size_t number = 0; number < outcomes_.size(); ++number) {
      ASSERT_EQ(outcomes_[number].size(), 1u) << "command " << number << " has one outcome";
      const std::size_t times = written[id_of(1000 + number)];
      if (outcomes_[number].front()) {
        ++acknowledged_;
        EXPECT_EQ(times, 1u) << "command " << number << " was acknowledged";
      } else {
        EXPECT_EQ(outcomes_[number].front(), kUnavailable);
        EXPECT_LE(times, 1u) << "command " << number;
      }
    }
  }

  std::mt19937 random_;
  RouterCell cell_{3};
  std::vector<std::vector<Outcome>> outcomes_;
  std::size_t acknowledged_ = 0;
};

TEST(RouterHistories, EachAcknowledgedCommandIsWrittenOnce) {
  std::size_t acknowledged = 0, submitted = 0;
  for (int seed = 0; seed < rounds(100); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(static_cast<unsigned>(seed));
    history.run();
    if (::testing::Test::HasFailure()) return;
    acknowledged += history.acknowledged();
    submitted += history.submitted();
  }
  EXPECT_GT(acknowledged * 2, submitted) << "most succeed in spite of all";
  EXPECT_LT(acknowledged, submitted) << "and some do not";
}

// Replies to each request within the call: the next batch of the user's shard.
class NextBatch final : public Messages {
 public:
  void publish(std::string_view, std::string) override {}
  void request(std::string_view, std::string, SteadyTime, NodeReplyCallback done) override {
    done(encode_outcome(log::Position{kUserShard, ++told_}));
  }
  void listen(std::string_view, MessageHandler) override {}
  bool connected() const override { return true; }
  // The last batch that a reply named.
  std::uint64_t told() const { return told_; }

 private:
  std::atomic<std::uint64_t> told_ = 0;
};

class NoCommands final : public state::Commands {
 public:
  void submit(const state::UserKey&, const Guid&, const presence::Command&, Time,
              state::WriteCallback) override {
    FAIL() << "not carried out here";
  }
};

// Another thread applies each batch while the reply that names it arrives.
TEST(RouterThreads, NoBatchIsMissedThatIsShownMeanwhile) {
  constexpr std::uint64_t kBatches = 5'000;
  const Schedule schedule;
  const ScheduleClock clock(schedule);
  const FakePeers peers("n1", {"n0", "n1"}, "n0");
  state::View view;
  NextBatch messages;
  NoCommands local;
  Router router(local, view, messages, peers, clock);
  view.add_listener(router);
  std::atomic<std::uint64_t> answered = 0, shown = 0;
  std::uint64_t missed = 0;
  std::thread shows([&] {
    for (std::uint64_t seq = 1; seq <= kBatches; ++seq) {
      while (messages.told() < seq) std::this_thread::yield();
      view.apply({kUserShard, seq}, log::Batch{});
      shown = seq;
    }
  });
  for (std::uint64_t seq = 1; seq <= kBatches; ++seq) {
    router.submit(kUser, id_of(seq), message(1), at_ms(0),
                  [&](const Outcome& outcome) { answered += outcome.has_value(); });
    while (shown < seq) std::this_thread::yield();
    missed += answered < seq;  // without a tick; the next batch would end the wait
  }
  shows.join();
  EXPECT_EQ(missed, 0u);
  EXPECT_EQ(answered, kBatches);
}

}  // namespace
}  // namespace porchlight::cluster
