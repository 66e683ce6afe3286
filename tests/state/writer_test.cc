// The path of a write, with and without faults of the log.
#include "state/writer.h"

#include <gtest/gtest.h>

#include <map>

#include "state/writer_fixture.h"

namespace porchlight::state {
namespace {

using Fate = log::FakeLog::Fate;

const UserKey kWrittenUser{id_of(1), id_of(100)};

TEST(Writer, MakesAWriteVisibleAndReturnsItsPosition) {
  WriterFixture fixture;
  const auto put = fixture.put(kWrittenUser, "ana@x.test");
  ASSERT_TRUE(put);
  const auto set = fixture.run(kWrittenUser, busy(1));
  EXPECT_EQ(set, (Outcome{log::Position{shard_of(kWrittenUser.tenant, kWrittenUser.user), 2}}));
  EXPECT_EQ(fixture.record(kWrittenUser).sessions.size(), 1u);
  EXPECT_EQ(fixture.view->position(set->shard), *set);
}

TEST(Writer, DoesNotLogRefusedCommands) {
  WriterFixture fixture;
  EXPECT_EQ(fixture.run(kWrittenUser, busy(1)), write_failed(WriteError::kNoSuchUser));
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  EXPECT_EQ(fixture.run(kWrittenUser, clear(1)),
            Outcome(std::unexpected(presence::Rejection::kSessionNotFound)));
  EXPECT_EQ(fixture.log_of(kWrittenUser).tail()->seq, 1u);
}

TEST(Writer, CountsTransitionsOfTheAvailabilityByCause) {
  using By = WriterCounters::TransitionCause;
  WriterFixture fixture;
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  const auto busy_state = state_of("Busy", "InACall"), away = state_of("Away", "Away");
  const auto count = [&](By cause, presence::State from, presence::State to) {
    const auto& counters = fixture.writer->counters().transitions;
    return counters[static_cast<std::size_t>(cause)][from.rank()][to.rank()].value();
  };
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(1)));
  EXPECT_EQ(count(By::kSession, presence::kOffline, busy_state), 1u);
  ASSERT_TRUE(fixture.run(kWrittenUser, presence::SetPreferred{away, std::nullopt}));
  EXPECT_EQ(count(By::kPreference, busy_state, away), 1u);
  // Neither another session nor a message is seen as another availability.
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(2)));
  ASSERT_TRUE(fixture.run(kWrittenUser, presence::SetMessage{.text = "text"}));
  ASSERT_TRUE(fixture.run(kWrittenUser, presence::ClearPreferred{}));
  EXPECT_EQ(count(By::kPreference, away, busy_state), 1u);
  std::uint64_t all = 0;
  for (const auto& of_cause : fixture.writer->counters().transitions)
    for (const auto& from : of_cause)
      for (const SharedCounter& counter : from) all += counter.value();
  EXPECT_EQ(all, 3u);
}

TEST(Writer, DecidesWaitingCommandsOnTheStateBeforeThem) {
  WriterFixture fixture;
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  log::FakeLog& log = fixture.log_of(kWrittenUser);
  log.set_plan([] { return Fate::kHeld; });
  std::vector<Outcome> outcomes;
  const auto submit = [&](const presence::Command& command) {
    fixture.writer->submit(kWrittenUser, secure_random_guid(), command, at_ms(0),
                           [&](const Outcome& outcome) { outcomes.push_back(outcome); });
  };
  submit(busy(1));   // in flight
  submit(clear(1));  // waits: decided on the state with the first
  submit(clear(1));  // refused, but not before the batch that it depends on is durable
  submit(busy(2));
  EXPECT_TRUE(fixture.record(kWrittenUser).sessions.empty());
  EXPECT_TRUE(outcomes.empty());
  log.release();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(fixture.record(kWrittenUser).sessions.size(), 1u);
  log.release();
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(outcomes[1]->seq, 3u);
  EXPECT_EQ(outcomes[2], Outcome(std::unexpected(presence::Rejection::kSessionNotFound)));
  EXPECT_EQ(outcomes[3]->seq, 3u);
  EXPECT_EQ(log.tail()->seq, 3u);
  EXPECT_EQ(log.read(3, 1)->front().batch.events.size(), 2u);
}

TEST(Writer, SucceedsIfAnUnknownAppendWasWritten) {
  WriterFixture fixture;
  fixture.log_of(kWrittenUser).set_plan([] { return Fate::kUnknownWritten; });
  EXPECT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  EXPECT_TRUE(fixture.view->find_user(kWrittenUser));
}

TEST(Writer, FailsIfTheLogRefusesAppends) {
  WriterFixture fixture;
  fixture.log_of(kWrittenUser).set_plan([] { return Fate::kRefused; });
  EXPECT_EQ(fixture.put(kWrittenUser, "ana@x.test"), write_failed(WriteError::kUnavailable));
  EXPECT_FALSE(fixture.view->find_user(kWrittenUser));
  EXPECT_FALSE(fixture.writer->healthy());
  fixture.log_of(kWrittenUser).set_plan(nullptr);
  EXPECT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  EXPECT_TRUE(fixture.writer->healthy());
}

TEST(Writer, ReadsTheEndOfTheLogAgainAfterItWasUnreadable) {
  WriterFixture fixture;
  log::FakeLog& log = fixture.log_of(kWrittenUser);
  log.set_plan([] { return Fate::kUnknownWritten; });
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  log.set_plan([] { return Fate::kUnknownWritten; });
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(1)));
  log.set_readable(false);
  EXPECT_EQ(fixture.run(kWrittenUser, busy(2)), write_failed(WriteError::kUnavailable));
  EXPECT_EQ(fixture.run(kWrittenUser, busy(3)), write_failed(WriteError::kUnavailable));
  log.set_readable(true);
  log.set_plan(nullptr);
  EXPECT_TRUE(fixture.run(kWrittenUser, busy(4)));
  // 2 was written although its outcome was unknown; 3 was never appended.
  EXPECT_EQ(fixture.record(kWrittenUser).sessions.size(), 3u);
  const presence::Record live = fixture.record(kWrittenUser);
  fixture.restart();
  EXPECT_EQ(fixture.record(kWrittenUser), live);
}

// A view that lacks the beginning of the log cannot become right by what follows.
TEST(Writer, FailsIfTheLogHasAGap) {
  WriterFixture fixture;
  ASSERT_TRUE(fixture.put(kWrittenUser, "a@x.test"));
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(1)));
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(2)));
  ASSERT_TRUE(fixture.log_of(kWrittenUser).trim(1));
  fixture.writer.reset();
  fixture.view = std::make_unique<View>();
  std::vector<log::ShardLog*> logs;
  for (log::FakeLog& log : fixture.logs) logs.push_back(&log);
  fixture.writer = std::make_unique<Writer>(*fixture.view, logs);
  EXPECT_EQ(fixture.put(kWrittenUser, "b@x.test"), write_failed(WriteError::kUnavailable));
  EXPECT_FALSE(fixture.view->find_user(kWrittenUser));
}

TEST(Writer, RefusesCommandsBeyondTheLimit) {
  WriterFixture fixture;
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  log::FakeLog& log = fixture.log_of(kWrittenUser);
  log.set_plan([] { return Fate::kHeld; });
  std::size_t overloaded = 0, done = 0;
  for (std::size_t i = 0; i < kPendingMax + 3; ++i) {
    fixture.writer->submit(kWrittenUser, secure_random_guid(), busy(1), at_ms(static_cast<std::int64_t>(i)),
                           [&](const Outcome& outcome) {
                             ++done;
                             overloaded += outcome == write_failed(WriteError::kOverloaded);
                           });
  }
  EXPECT_EQ(overloaded, 2u);
  log.set_plan(nullptr);
  log.release();
  EXPECT_EQ(done, kPendingMax + 3);
  EXPECT_GT(log.tail()->seq, 5u) << "a batch closes at kBatchBytesMax";
}

// The outcomes of writes that wait behind a held append, and the log that they wait for.
class WriterTurns : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fixture_.put(kWrittenUser, "ana@x.test"));
    ASSERT_TRUE(fixture_.put(other_, "bob@y.test"));
    log_.set_plan([] { return Fate::kHeld; });
    submit(kWrittenUser);  // in flight: what follows waits
  }
  void TearDown() override {
    log_.set_plan(nullptr);
    log_.release();
  }

  void submit(const UserKey& key) {
    fixture_.writer->submit(key, secure_random_guid(), busy(1), at_ms(++now_ms_),
                            [&](const Outcome& outcome) {
                              refused_[key.tenant] += outcome == write_failed(WriteError::kOverloaded);
                            });
  }
  void rename(const UserKey& key) {
    fixture_.writer->submit({{key.tenant, key.user, directory::UserPut{"new@x.test", "New"}}},
                            at_ms(++now_ms_),
                            [&](const Outcome& outcome) { renamed_ += outcome.has_value(); });
  }
  // The tenants of the next batch, after the append in flight has ended. Each has one user.
  std::map<Guid, std::size_t> next_batch() {
    log_.release();
    const std::uint64_t written = log_.tail()->seq;
    log_.release();
    const auto batches = log_.read(written + 1, 1).value();
    std::map<Guid, std::size_t> events;
    for (const log::Event& event : batches.front().batch.events) ++events[event.tenant];
    return events;
  }

  WriterFixture fixture_;
  const UserKey other_ = neighbour_of(kWrittenUser, 2);
  log::FakeLog& log_ = fixture_.log_of(kWrittenUser);
  std::int64_t now_ms_ = 0;
  std::map<Guid, std::size_t> refused_;
  std::size_t renamed_ = 0;
};

TEST_F(WriterTurns, ATenantThatFillsTheQueueRefusesAndDelaysNoOther) {
  for (std::size_t i = 0; i < kPendingMax; ++i) submit(kWrittenUser);
  EXPECT_EQ(refused_[kWrittenUser.tenant], 0u);
  for (int i = 0; i < 3; ++i) submit(other_);
  EXPECT_EQ(refused_[other_.tenant], 0u);
  EXPECT_EQ(refused_[kWrittenUser.tenant], 3u);
  const auto events = next_batch();
  EXPECT_EQ(events.at(other_.tenant), 3u);
  EXPECT_GT(events.at(kWrittenUser.tenant), 100u) << "a turn does not make batches smaller";
}

TEST_F(WriterTurns, DirectoryChangesRefuseAndDelayNoCommand) {
  for (std::size_t i = 0; i < kPendingMax + 2; ++i) rename(kWrittenUser);
  for (int i = 0; i < 3; ++i) submit(other_);
  const auto events = next_batch();
  EXPECT_EQ(events.at(other_.tenant), 3u);
  EXPECT_GT(events.at(kWrittenUser.tenant), 100u);
  TearDown();
  EXPECT_EQ(renamed_, kPendingMax + 2);
  EXPECT_EQ(refused_[other_.tenant], 0u);
}

TEST_F(WriterTurns, CommandsRefuseAndDelayNoDirectoryChange) {
  for (std::size_t i = 0; i < kPendingMax; ++i) submit(kWrittenUser);
  for (int i = 0; i < 3; ++i) rename(other_);
  EXPECT_EQ(next_batch().at(other_.tenant), 3u);
  EXPECT_EQ(renamed_, 3u);
  EXPECT_EQ(refused_[kWrittenUser.tenant], 0u);
}

TEST(Writer, AllowsSubmitInACallback) {
  WriterFixture fixture;
  int left = 10'000;
  std::function<void(const Outcome&)> again = [&](const Outcome& outcome) {
    ASSERT_TRUE(outcome);
    if (--left > 0)
      fixture.writer->submit(kWrittenUser, secure_random_guid(), busy(left % 3), at_ms(left), again);
  };
  fixture.writer->submit({{kWrittenUser.tenant, kWrittenUser.user, directory::UserPut{"ana@x.test", "Ana"}}},
                         at_ms(0), again);
  EXPECT_EQ(left, 0);
}

// If the wall clock was ahead for a while, times of batches still ascend, but events have the corrected time.
TEST(Writer, KeepsBatchesInOrderWhenTheClockGoesBack) {
  WriterFixture fixture;
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(1), at_ms(60'000)));
  fixture.restart();
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(2), at_ms(1'000)));
  const auto last = fixture.log_of(kWrittenUser).read(3, 1)->front().batch;
  EXPECT_EQ(last.at, at_ms(60'000));
  EXPECT_EQ(std::get<presence::Event>(last.events.front().body).at, at_ms(1'000));
}

TEST(Writer, StartsAUserAgainAfterARemoval) {
  WriterFixture fixture;
  ASSERT_TRUE(fixture.put(kWrittenUser, "ana@x.test"));
  ASSERT_TRUE(fixture.run(kWrittenUser, busy(1)));
  ASSERT_TRUE(
      fixture.run({{kWrittenUser.tenant, kWrittenUser.user, directory::UserRemoved{}},
                   {kWrittenUser.tenant, kWrittenUser.user, directory::UserPut{"ana@x.test", "Ana"}}}));
  EXPECT_EQ(fixture.view->copy(kWrittenUser)->version, 1u);
  EXPECT_TRUE(fixture.record(kWrittenUser).sessions.empty());
  EXPECT_TRUE(fixture.remove({id_of(1), id_of(555)})) << "the removal of an unknown user changes nothing";
}

TEST(Writer, SeparatesGroupApplicationAndUserOfOneId) {
  WriterFixture fixture;
  const Guid tenant = id_of(1), id = id_of(100);
  ASSERT_TRUE(fixture.run({{tenant, id, directory::GroupPut{"Reception", {id_of(100)}}},
                           {tenant, id, directory::AppPut{"App", false, {}, {}}},
                           {tenant, id, directory::UserPut{"ana@x.test", "Ana"}},
                           {tenant, id, directory::GroupPut{"Front desk", {id_of(100)}}}}));
  EXPECT_EQ(fixture.view->group_version(tenant, id), 2u);
  EXPECT_EQ(fixture.view->app_version(tenant, id), 1u);
  EXPECT_EQ(fixture.view->copy(kWrittenUser)->version, 1u);
  ASSERT_TRUE(
      fixture.run({{tenant, id, directory::GroupRemoved{}}, {tenant, id, directory::GroupRemoved{}}}));
  const auto check = [&] {
    EXPECT_FALSE(fixture.view->find_group(tenant, id));
    EXPECT_TRUE(fixture.view->find_app(tenant, id));
    EXPECT_TRUE(fixture.view->find_user(kWrittenUser));
  };
  check();
  fixture.restart();
  check();
  ASSERT_TRUE(fixture.run({{tenant, id, directory::GroupPut{"Reception", {}}}}));
  EXPECT_EQ(fixture.view->group_version(tenant, id), 1u) << "after a removal versions begin again";
}

TEST(Writer, AnswersADirectoryChangeOverManyShardsOnce) {
  WriterFixture fixture;
  std::vector<DirectoryCommand> commands;
  for (std::uint64_t i = 0; i < 500; ++i) {
    commands.push_back({id_of(1), id_of(i), directory::UserPut{"u" + std::to_string(i) + "@x.test", "U"}});
  }
  fixture.logs[7].set_plan([] { return Fate::kHeld; });
  std::vector<Outcome> outcomes;
  fixture.writer->submit(commands, at_ms(0), [&](const Outcome& outcome) { outcomes.push_back(outcome); });
  EXPECT_TRUE(outcomes.empty());
  fixture.logs[7].set_plan(nullptr);
  fixture.logs[7].release();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(fixture.view->count_users(id_of(1)), 500u);
}

}  // namespace
}  // namespace porchlight::state
