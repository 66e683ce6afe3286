// Several writers with a view each over the same logs, and commands that arrive more than once.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <thread>

#include "log/batch_codec.h"
#include "log/embedded_log.h"
#include "state/dump.h"
#include "state/writer_fixture.h"
#include "support/rounds.h"
#include "support/temp_folder.h"

namespace porchlight::state {
namespace {

using Fate = log::FakeLog::Fate;

const UserKey kUser{id_of(1), id_of(100)};
const std::uint32_t kUserShard = shard_of(kUser.tenant, kUser.user);

// A plan with these fates first, and kOk afterwards.
log::FakeLog::Plan first_fates(std::vector<Fate> fates) {
  return [fates = std::move(fates), next = std::size_t{0}]() mutable {
    return next < fates.size() ? fates[next++] : Fate::kOk;
  };
}

class DecidedAgain : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fixture_.put(kUser, "ana@x.test")); }
  // Submits a command with this id; its outcome, if there is one when submit() returns.
  std::optional<Outcome> submit(const Guid& id, const presence::Command& command) {
    std::optional<Outcome> outcome;
    fixture_.writer->submit(kUser, id, command, at_ms(0), [&](const Outcome& o) { outcome = o; });
    return outcome;
  }
  std::size_t sessions() const { return fixture_.record(kUser).sessions.size(); }

  WriterFixture fixture_;
  log::FakeLog& log_ = fixture_.log_of(kUser);
  const WriterCounters& counters_ = fixture_.writer->counters();
};

TEST_F(DecidedAgain, AfterAConflict) {
  log_.set_plan(first_fates({Fate::kConflict, Fate::kConflict}));
  EXPECT_EQ(fixture_.run(kUser, busy(1))->seq, 4u) << "behind the two batches of the other writer";
  EXPECT_EQ(sessions(), 1u);
  EXPECT_EQ(counters_.conflicts.value(), 2u);
}

TEST_F(DecidedAgain, AfterAnAppendThatWasNotWritten) {
  log_.set_plan(first_fates({Fate::kUnknownUnwritten}));
  EXPECT_EQ(fixture_.run(kUser, busy(1))->seq, 2u);
  EXPECT_EQ(counters_.unknown.value(), 1u);
}

TEST_F(DecidedAgain, OnTheNewerState) {
  // The first append of this writer conflicts with one of another, which has ended the session.
  ASSERT_TRUE(fixture_.run(kUser, busy(1)));
  WriterFixture other;
  std::vector<log::ShardLog*> logs;
  for (log::FakeLog& log : fixture_.logs) logs.push_back(&log);
  View view;
  Writer writer(view, logs);
  std::optional<Outcome> cleared;
  writer.submit(kUser, id_of(7), clear(1), at_ms(0), [&](const Outcome& o) { cleared = o; });
  ASSERT_TRUE(cleared && *cleared);
  EXPECT_EQ(fixture_.run(kUser, clear(1)), Outcome(std::unexpected(presence::Rejection::kSessionNotFound)));
  EXPECT_EQ(dump(view), dump(*fixture_.view));
}

TEST_F(DecidedAgain, UntilTheDeadline) {
  log_.set_plan([] { return Fate::kConflict; });
  const SteadyTime begin = log_.now();
  EXPECT_EQ(fixture_.run(kUser, busy(1)), write_failed(WriteError::kUnavailable));
  EXPECT_EQ(log_.now() - begin, kDecidedAgainFor) << "an append of this log takes a millisecond";
  EXPECT_EQ(counters_.unavailable.value(), 1u);
  log_.set_plan(nullptr);
  EXPECT_TRUE(fixture_.run(kUser, busy(2)));
  EXPECT_EQ(sessions(), 1u);
}

TEST_F(DecidedAgain, ACommandWaitsForItsFirstDecisionNoLongerThanItsIdIsRemembered) {
  log_.set_plan(first_fates({Fate::kHeld}));
  std::vector<Outcome> outcomes;
  const auto add = [&](const Outcome& outcome) { outcomes.push_back(outcome); };
  log_.set_append_time({});
  fixture_.writer->submit(kUser, id_of(1), busy(1), at_ms(0), add);
  fixture_.writer->submit(kUser, id_of(2), busy(2), at_ms(0), add);
  log_.advance(Duration(1));
  fixture_.writer->submit(kUser, id_of(3), busy(3), at_ms(0), add);
  log_.advance(kDecidedWithin - Duration(1));
  log_.release();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_TRUE(outcomes[0]) << "it was decided before";
  EXPECT_EQ(outcomes[1], write_failed(WriteError::kUnavailable));
  EXPECT_TRUE(outcomes[2]);
}

TEST_F(DecidedAgain, OnceWrittenItIsNotWrittenAgain) {
  log_.set_plan(first_fates({Fate::kUnknownWritten, Fate::kUnknownDelayed}));
  EXPECT_EQ(fixture_.run(kUser, busy(1))->seq, 2u);
  EXPECT_EQ(fixture_.run(kUser, busy(2))->seq, 3u) << "the delayed batch, before the append that repeats it";
  EXPECT_EQ(log_.tail()->seq, 3u);
  EXPECT_EQ(sessions(), 2u);
}

// The second command is decided again without the first, whose time is over, and is refused then. But the batch with
// both may still be written: it must be kept out of the log first, or be found there.
TEST_F(DecidedAgain, NoOutcomeContradictsABatchThatIsStillOnItsWay) {
  log_.set_plan(first_fates({Fate::kHeld, Fate::kUnknownDelayed}));
  std::vector<Outcome> outcomes;
  const auto add = [&](const Outcome& outcome) { outcomes.push_back(outcome); };
  fixture_.writer->submit(kUser, id_of(1), busy(9), at_ms(0), add);
  fixture_.writer->submit(kUser, id_of(2), busy(1), at_ms(0), add);
  log_.advance(kDecidedAgainFor - Duration(100));
  fixture_.writer->submit(kUser, id_of(3), clear(1), at_ms(0), add);
  log_.set_append_time(Duration(200));
  log_.release();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[1]->seq, 3u);
  EXPECT_EQ(outcomes[2]->seq, 3u);
  EXPECT_EQ(log_.read(3, 1)->front().batch.events.size(), 2u);
}

TEST_F(DecidedAgain, ACommandThatArrivesTwiceIsCarriedOutOnce) {
  const auto first = submit(id_of(7), busy(1)), second = submit(id_of(7), busy(1));
  EXPECT_EQ(first->value().seq, 2u);
  EXPECT_EQ(second, first);
  EXPECT_EQ(log_.tail()->seq, 2u);
  EXPECT_EQ(counters_.repeated.value(), 1u);
}

// Otherwise the repetition would end a session that began after the first.
TEST_F(DecidedAgain, ACommandWithoutEffectHasNoneWhenItArrivesAgain) {
  const auto first = submit(id_of(7), clear(1));
  EXPECT_EQ(first, Outcome(std::unexpected(presence::Rejection::kSessionNotFound)));
  ASSERT_TRUE(fixture_.run(kUser, busy(1)));
  EXPECT_EQ(submit(id_of(7), clear(1)), first);
  EXPECT_EQ(sessions(), 1u);
}

TEST_F(DecidedAgain, ACommandThatArrivesTwiceInOneTurnIsCarriedOutOnce) {
  log_.set_plan(first_fates({Fate::kHeld}));
  std::vector<Outcome> outcomes;
  const auto add = [&](const Outcome& outcome) { outcomes.push_back(outcome); };
  fixture_.writer->submit(kUser, id_of(1), busy(9), at_ms(0), add);
  for (int i = 0; i < 2; ++i)
    fixture_.writer->submit(kUser, id_of(7), presence::SetMessage{"text"}, at_ms(0), add);
  log_.release();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[1], outcomes[2]);
  EXPECT_EQ(log_.read(3, 1)->front().batch.events.size(), 1u);
}

TEST_F(DecidedAgain, IdsAreRememberedForTenSeconds) {
  ASSERT_TRUE(*submit(id_of(7), busy(1)));
  log_.advance(kOutcomesKept - Duration(1));
  EXPECT_EQ((*submit(id_of(7), busy(1)))->seq, 2u);
  log_.advance(Duration(2));
  ASSERT_TRUE(*submit(id_of(8), busy(2)));  // forgets the first
  EXPECT_EQ((*submit(id_of(7), clear(1)))->seq, 4u);
}

TEST_F(DecidedAgain, ABoundedNumberOfIdsIsRemembered) {
  ASSERT_TRUE(*submit(id_of(7), busy(1)));
  for (std::size_t i = 0; i < kOutcomesMax - 1; ++i) ASSERT_TRUE(*submit(id_of(1000 + i), busy(2)));
  EXPECT_EQ((*submit(id_of(7), busy(1)))->seq, 2u);
  ASSERT_TRUE(*submit(id_of(8), busy(2)));
  EXPECT_NE((*submit(id_of(7), clear(1)))->seq, 2u);
}

// Writers of one process over shared logs, each with its view.
class SharedLogs {
 public:
  explicit SharedLogs(std::vector<log::ShardLog*> logs, std::size_t writers) {
    for (std::size_t i = 0; i < writers; ++i) {
      views_.push_back(std::make_unique<View>());
      writers_.push_back(std::make_unique<Writer>(*views_.back(), logs));
    }
  }
  Writer& writer(std::size_t number) { return *writers_[number]; }
  // The views after each has read the logs to their ends.
  std::vector<std::string> views() {
    for (auto& writer : writers_)
      for (std::uint32_t shard = 0; shard < kShards; ++shard) {
        std::promise<void> read;
        writer->follow(shard, [&](const Outcome& outcome) {
          EXPECT_TRUE(outcome);
          read.set_value();
        });
        read.get_future().get();
      }
    std::vector<std::string> dumps;
    for (const auto& view : views_) dumps.push_back(dump(*view));
    return dumps;
  }

 private:
  std::vector<std::unique_ptr<View>> views_;
  std::vector<std::unique_ptr<Writer>> writers_;
};

TEST(SeveralWriters, ThatTakeTurnsAreNeverRefused) {
  std::vector<log::FakeLog> fakes(kShards);
  std::vector<log::ShardLog*> logs;
  for (log::FakeLog& fake : fakes) logs.push_back(&fake);
  SharedLogs shared(logs, 2);
  std::size_t failed = 0, written = 0;
  const auto count = [&](const Outcome& outcome) { ++(outcome ? written : failed); };
  shared.writer(0).submit({{kUser.tenant, kUser.user, directory::UserPut{"ana@x.test", "Ana"}}}, at_ms(0),
                          count);
  for (std::size_t i = 0; i < 10'000; ++i)
    shared.writer(i % 2).submit(kUser, id_of(i), presence::SetMessage{"text " + std::to_string(i)}, at_ms(0),
                                count);
  EXPECT_EQ(failed, 0u);
  EXPECT_EQ(written, 10'001u);
  EXPECT_EQ(fakes[kUserShard].tail()->seq, 10'001u) << "each is written once";
  const auto views = shared.views();
  EXPECT_EQ(views[0], views[1]);
}

// A log whose time is that of its appends: 7 ms each, as measured with a replicated log. The machine that runs the test
// may be slower.
class AppendTimeLog final : public log::ShardLog {
 public:
  AppendTimeLog(log::ShardLog& inner, std::atomic<int>& appends) : inner_(inner), appends_(appends) {}
  void run(LogTask task) override { inner_.run(std::move(task)); }
  void append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) override {
    ++appends_;
    inner_.append(batch, expected_last, std::move(done));
  }
  void read_on(std::uint64_t after, SteadyTime deadline, ReadCallback done) override {
    inner_.read_on(after, deadline, std::move(done));
  }
  bool accepts() const override { return inner_.accepts(); }
  SteadyTime now() const override { return SteadyTime(Duration(7 * appends_)); }
  std::expected<log::Tail, log::Unavailable> tail() override { return inner_.tail(); }
  std::expected<std::vector<log::StoredBatch>, log::Unavailable> read(std::uint64_t from,
                                                                      std::size_t limit) override {
    return inner_.read(from, limit);
  }
  std::expected<std::optional<log::BatchStamp>, log::Unavailable> stamp(std::uint64_t from) override {
    return inner_.stamp(from);
  }
  std::expected<void, log::Unavailable> trim(std::uint64_t upto) override { return inner_.trim(upto); }

 private:
  log::ShardLog& inner_;
  std::atomic<int>& appends_;
};

// Four writers on the embedded log, each of them with commands that wait.
TEST(SeveralWriters, UnderLoadAreSeldomRefused) {
  const TempFolder folder;
  auto engine = log::EmbeddedEngine::open({.dir = (folder / "log").string()}).value();
  constexpr std::size_t kWriters = 4;
  const std::size_t kEach = rounds(2000);
  std::atomic<int> appends = 0;
  std::deque<AppendTimeLog> timed;
  std::vector<log::ShardLog*> logs;
  for (log::ShardLog* const log : engine->logs()) logs.push_back(&timed.emplace_back(*log, appends));
  SharedLogs shared(logs, kWriters);
  std::promise<Outcome> put;
  shared.writer(0).submit({{kUser.tenant, kUser.user, directory::UserPut{"ana@x.test", "Ana"}}}, at_ms(0),
                          [&](const Outcome& outcome) { put.set_value(outcome); });
  ASSERT_TRUE(put.get_future().get());
  std::atomic<std::size_t> failed = 0, done = 0;
  std::promise<void> all_done;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < kWriters; ++number) {
    threads.emplace_back([&, number] {
      for (std::size_t i = 0; i < kEach; ++i) {
        shared.writer(number).submit(kUser, id_of(number * kEach + i),
                                     presence::SetMessage{std::to_string(number * kEach + i)}, at_ms(0),
                                     [&](const Outcome& outcome) {
                                       failed += !outcome;
                                       if (++done == kWriters * kEach) all_done.set_value();
                                     });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  all_done.get_future().get();
  EXPECT_LT(failed * 100, kWriters * kEach) << "less than one in a hundred";
  const auto views = shared.views();
  for (const std::string& view : views) EXPECT_EQ(view, views[0]);
  // Nothing is written twice.
  std::size_t events = 0;
  const auto batches = engine->shard(kUserShard).read(1, SIZE_MAX).value();
  for (const log::StoredBatch& stored : batches) events += stored.batch.events.size();
  EXPECT_EQ(events, 1 + kWriters * kEach - failed);
}

// Batches of another node, offered as messages.
class Offered : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(source_.put(kUser, "ana@x.test"));
    for (std::uint64_t session = 1; session < 4; ++session) ASSERT_TRUE(source_.run(kUser, busy(session)));
  }
  // The message of a batch of the source.
  std::string message(std::uint64_t seq) {
    const log::StoredBatch stored = source_.log_of(kUser).read(seq, 1)->front();
    return log::encode_batch(log::header_of(stored.batch), log::encode_events(stored.batch), seq,
                             stored.chain);
  }
  Taken offer(std::string message) {
    std::optional<Taken> taken;
    target_.writer->offer(kUserShard, std::move(message), [&](Taken t) { taken = t; });
    return taken.value();
  }
  std::uint64_t seq() const { return target_.view->position(kUserShard).seq; }

  WriterFixture source_, target_;
};

TEST_F(Offered, InOrderTheyAreApplied) {
  for (std::uint64_t n = 1; n <= 4; ++n) EXPECT_EQ(offer(message(n)), Taken::kApplied);
  EXPECT_EQ(dump(*target_.view), dump(*source_.view));
  EXPECT_EQ(offer(message(4)), Taken::kKnown);
  EXPECT_EQ(offer(message(2)), Taken::kKnown);
}

TEST_F(Offered, WhatDoesNotContinueIsNotApplied) {
  ASSERT_EQ(offer(message(1)), Taken::kApplied);
  EXPECT_EQ(offer(message(3)), Taken::kGap);
  EXPECT_EQ(offer(""), Taken::kDamaged);
  EXPECT_EQ(offer(message(2).substr(0, 60)), Taken::kDamaged);
  std::string altered = message(2);
  altered.back() ^= 1;
  EXPECT_EQ(offer(altered), Taken::kDamaged);
  // The batch of another log, with the right number and checksum.
  const log::Batch batch = source_.log_of(kUser).read(2, 1)->front().batch;
  EXPECT_EQ(offer(log::encode_batch(log::header_of(batch), log::encode_events(batch), 2, 12345)),
            Taken::kOtherChain);
  EXPECT_EQ(seq(), 1u);
  const auto& offered = target_.writer->counters().offered;
  EXPECT_EQ(offered[static_cast<std::size_t>(Taken::kDamaged)].value(), 3u);
  EXPECT_EQ(offered[static_cast<std::size_t>(Taken::kOtherChain)].value(), 1u);
  EXPECT_EQ(offer(message(2)), Taken::kApplied) << "a batch that was rejected stands in the way of no other";
}

TEST_F(Offered, AChainIsKnownOnceTheLogWasRead) {
  // As after a start: the view has the batches, and nothing was read from the log yet.
  target_.view->apply({kUserShard, 1}, source_.log_of(kUser).read(1, 1)->front().batch);
  target_.writer.reset();
  std::vector<log::ShardLog*> logs;
  for (log::FakeLog& log : target_.logs) logs.push_back(&log);
  target_.logs[kUserShard].append(source_.log_of(kUser).read(1, 1)->front().batch, 0,
                                  [](log::Appended, const log::Tail&) {});
  target_.writer = std::make_unique<Writer>(*target_.view, logs);
  EXPECT_EQ(offer(message(2)), Taken::kUnknownEnd);
  target_.writer->follow(kUserShard, [](const Outcome& outcome) { EXPECT_TRUE(outcome); });
  EXPECT_EQ(offer(message(2)), Taken::kApplied);
}

// Ids of other writers' events are remembered as well.
TEST_F(Offered, ACommandThatAnotherNodeCarriedOutIsNotCarriedOutAgain) {
  for (std::uint64_t n = 1; n <= 4; ++n) ASSERT_EQ(offer(message(n)), Taken::kApplied);
  const Guid id = source_.log_of(kUser).read(3, 1)->front().batch.events.front().id;
  for (std::uint64_t n = 1; n <= 4; ++n)
    target_.logs[kUserShard].append(source_.log_of(kUser).read(n, 1)->front().batch, n - 1,
                                    [](log::Appended, const log::Tail&) {});
  std::optional<Outcome> outcome;
  target_.writer->submit(kUser, id, busy(2), at_ms(0), [&](const Outcome& o) { outcome = o; });
  EXPECT_EQ(outcome->value().seq, 3u);
  EXPECT_EQ(target_.log_of(kUser).tail()->seq, 4u);
}

}  // namespace
}  // namespace porchlight::state
