// Answers of the history equal the fold of the log, independent of how it was indexed.
#include "history/history_reader.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "history/random_history.h"
#include "presence/rules.h"

namespace porchlight::history {
namespace {

constexpr Duration kMonth = std::chrono::days(30);

// Suppresses the warnings that a test provokes.
class Quiet {
 public:
  Quiet() { spdlog::set_level(spdlog::level::off); }
  ~Quiet() { spdlog::set_level(spdlog::level::info); }
};

// The record of a user at a time.
std::optional<Record> ask(HistoryReader& reader, const UserKey& person, Time time) {
  auto records = reader.records_at({person}, time);
  if (!records) ADD_FAILURE() << "error " << static_cast<int>(records.error().why);
  return records ? records->front() : std::nullopt;
}

// Compares a timeline with the expected one, cut at `limit` changes.
void expect_timeline(const Timeline& actual, const ExpectedTimeline& timeline, Time from, Time until,
                     std::size_t limit) {
  EXPECT_EQ(actual.before, at(timeline, from));
  std::vector<RecordChange> expected;
  Time complete_until = until;
  for (const RecordChange& change : timeline) {
    if (change.at <= from || change.at >= until) continue;
    if (!expected.empty() && expected.back().at == change.at) {
      expected.back() = change;
    } else if (expected.size() < limit) {
      expected.push_back(change);
    } else {
      complete_until = change.at;
      break;
    }
  }
  ASSERT_EQ(actual.changes.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(actual.changes[i].at, expected[i].at);
    EXPECT_EQ(actual.changes[i].record, expected[i].record);
  }
  EXPECT_EQ(actual.until, complete_until);
}

class HistoryReaderTest : public ::testing::Test {
 protected:
  HistoryReader open(RandomHistory& history, Duration retention = kMonth) {
    return HistoryReader(folder_.path() + "/history", retention, history.clock, *history.fixture.view,
                         history.logs, history.recent);
  }

  void expect_answers(HistoryReader& reader, RandomHistory& history) {
    for (const UserKey& person : history.people()) {
      const ExpectedTimeline timeline = history.timeline_of(person);
      for (int i = 0; i < 20; ++i) {
        const Time time = history.any_time(timeline);
        ASSERT_EQ(ask(reader, person, time), at(timeline, time));
      }
      const Time from = history.any_time(timeline), until = from + std::chrono::hours(history.dice.below(9));
      const std::size_t limit = 1 + history.dice.below(9);
      const auto actual = reader.timeline(person, from, until, limit);
      ASSERT_TRUE(actual);
      expect_timeline(*actual, timeline, from, until, limit);
    }
  }

  void delete_database() { std::filesystem::remove_all(folder_.path() + "/history"); }

  log::Folder folder_;
};

TEST_F(HistoryReaderTest, AnswersAsTheLogAcrossReopenings) {
  for (std::uint64_t seed = 1; seed <= 15 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    delete_database();
    RandomHistory history(seed);
    for (int opened = 0; opened < 3; ++opened) {
      HistoryReader reader = open(history);
      for (int round = 0; round < 3; ++round) {
        history.run_random_writes(40);
        for (std::uint64_t slices = history.dice.below(70); slices > 0; --slices) reader.index_next();
      }
      expect_answers(reader, history);
    }
  }
}

TEST_F(HistoryReaderTest, AnswersTheSameWhenItIsBuiltAgain) {
  RandomHistory history(100);
  history.run_random_writes(300);
  {
    HistoryReader reader = open(history);
    expect_answers(reader, history);
  }
  delete_database();
  HistoryReader reader = open(history);
  while (reader.index_next()) {
  }
  expect_answers(reader, history);
}

TEST_F(HistoryReaderTest, AnswersForSeveralUsersInOrder) {
  RandomHistory history(5);
  history.run_random_writes(200);
  HistoryReader reader = open(history);
  std::vector<UserKey> people = history.people();
  people.push_back({id_of(1), id_of(999)});
  people.push_back(people.front());
  const auto records = reader.records_at(people, history.now());
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    EXPECT_EQ((*records)[i].has_value(), history.fixture.view->copy(people[i]).has_value());
    EXPECT_EQ((*records)[i].value_or(Record{}), history.fixture.record(people[i]));
  }
}

TEST_F(HistoryReaderTest, ReturnsCalendarAndVisibilityOfTheTime) {
  RandomHistory history(1, 1);
  const UserKey person = history.people().front();
  (void)history.fixture.put(person, "a@x.test");
  HistoryReader reader = open(history);
  const presence::Calendar busy{{{at_ms(0), at_ms(100'000)}}, {}};
  const presence::Visibility hidden{
      presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}};
  (void)history.fixture.run(person, presence::SetCalendar{busy}, at_ms(10));
  (void)history.fixture.run(person, presence::SetVisibility{hidden}, at_ms(20));
  (void)history.fixture.run(person, state::busy(1), at_ms(30));
  (void)history.fixture.run(person, presence::SetCalendar{}, at_ms(40));
  (void)history.fixture.run(person, state::clear(1), at_ms(50));
  history.clock.advance(Duration(100));
  const auto record = [&](std::int64_t ms) { return ask(reader, person, at_ms(ms)).value(); };
  EXPECT_EQ(record(9), Record{});
  EXPECT_EQ(*record(10).extras->calendar, busy);
  EXPECT_FALSE(record(19).extras->visibility);
  EXPECT_EQ(*record(30).extras->calendar, busy);
  EXPECT_EQ(*record(30).extras->visibility, hidden);
  EXPECT_EQ(record(30).sessions.size(), 1u);
  EXPECT_FALSE(record(40).extras->calendar);
  EXPECT_EQ(*record(50).extras->visibility, hidden);
}

TEST_F(HistoryReaderTest, HasNoRecordBetweenRemovalAndPut) {
  RandomHistory history(1, 1);
  const UserKey person = history.people().front();
  HistoryReader reader = open(history);
  const auto put = [&](std::int64_t ms) {
    (void)history.fixture.run({{person.tenant, person.user, directory::UserPut{"a@x.test", "A"}}}, at_ms(ms));
  };
  put(10);
  (void)history.fixture.run(person, state::busy(1), at_ms(20));
  (void)history.fixture.run({{person.tenant, person.user, directory::UserRemoved{}}}, at_ms(30));
  // In the same millisecond, with a smaller version: the order of the log decides.
  put(30);
  (void)history.fixture.run({{person.tenant, person.user, directory::UserRemoved{}}}, at_ms(40));
  put(50);
  history.clock.advance(Duration(100));
  EXPECT_EQ(ask(reader, person, at_ms(9)), std::nullopt);
  EXPECT_EQ(ask(reader, person, at_ms(10)), Record{});
  EXPECT_EQ(ask(reader, person, at_ms(29))->sessions.size(), 1u);
  EXPECT_EQ(ask(reader, person, at_ms(30)), Record{});
  EXPECT_EQ(ask(reader, person, at_ms(49)), std::nullopt);
  EXPECT_EQ(ask(reader, person, at_ms(50)), Record{});
}

TEST_F(HistoryReaderTest, RefusesTimesBeforeTheRetention) {
  RandomHistory history(3);
  history.run_random_writes(100);
  HistoryReader reader = open(history, std::chrono::hours(1));
  const Time cutoff = history.now() - std::chrono::hours(1);
  const UserKey person = history.people().front();
  EXPECT_EQ(ask(reader, person, cutoff), at(history.timeline_of(person), cutoff));
  for (const auto& refused : {reader.records_at({person}, cutoff - Duration(1)).error(),
                              reader.timeline(person, cutoff - Duration(1), cutoff, 10).error()}) {
    EXPECT_EQ(refused.why, QueryErrorCode::kBeforeRetention);
    EXPECT_EQ(refused.earliest, cutoff);
  }
  history.clock.advance(Duration(1));
  EXPECT_FALSE(reader.records_at({person}, cutoff));
}

TEST_F(HistoryReaderTest, RefusesTimesThatABoundHasRemovedAlsoAfterARestart) {
  RandomHistory history(3);
  history.run_random_writes(100);
  const UserKey person = history.people().front();
  const Time from = history.now() - std::chrono::minutes(30);
  std::atomic<bool> canceled = false;
  {
    HistoryReader reader = open(history);
    ASSERT_TRUE(reader.catch_up());
    ASSERT_TRUE(reader.forget_before(from));
    ASSERT_TRUE(reader.store()->compact(canceled));
  }
  HistoryReader reader = open(history);
  const auto found = ask(reader, person, from), expected = at(history.timeline_of(person), from);
  ASSERT_EQ(found.has_value(), expected.has_value());
  if (found) {
    EXPECT_EQ(presence::visible(*found, from), presence::visible(*expected, from));
    EXPECT_EQ(presence::sequence(*found, from), presence::sequence(*expected, from));
  }
  const auto refused = reader.records_at({person}, from - Duration(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, QueryErrorCode::kBeforeRetention);
  EXPECT_EQ(refused.error().earliest, from);
}

TEST_F(HistoryReaderTest, StartsFromTheViewIfTheLogIsTrimmed) {
  for (std::uint64_t seed = 1; seed <= 8 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    delete_database();
    RandomHistory history(seed);
    history.run_random_writes(200);
    std::map<UserKey, ExpectedTimeline> timelines;
    for (const UserKey& person : history.people()) timelines[person] = history.timeline_of(person);
    for (const UserKey& person : history.people()) {
      const std::uint64_t last = history.fixture.log_of(person).tail()->seq;
      ASSERT_TRUE(history.fixture.log_of(person).trim(last - 1));
    }
    history.drop_recent();
    history.clock.advance(Duration(40'000));
    const Time start = history.now();
    for (int opened = 0; opened < 2; ++opened) {
      HistoryReader reader = open(history);
      for (const UserKey& person : history.people()) {
        const auto before = reader.records_at({person}, start - Duration(1));
        ASSERT_FALSE(before);
        EXPECT_EQ(before.error().earliest, start);
        EXPECT_EQ(ask(reader, person, start), at(timelines[person], start));
      }
      history.clock.advance(Duration(1));
    }
    // Later events are indexed on top of that state.
    HistoryReader reader = open(history);
    history.run_random_writes(50);
    for (const UserKey& person : history.people())
      ASSERT_EQ(ask(reader, person, history.now()).value_or(Record{}), history.fixture.record(person));
  }
}

TEST_F(HistoryReaderTest, IsBuiltAgainIfTheLogIsAnotherOne) {
  const Quiet quiet;
  RandomHistory first(1), second(2);
  first.run_random_writes(100);
  second.run_random_writes(60);
  {
    HistoryReader reader = open(first);
    while (reader.index_next()) {
    }
  }
  HistoryReader reader = open(second);
  expect_answers(reader, second);
}

TEST_F(HistoryReaderTest, IsBuiltAgainIfItIsDamaged) {
  const Quiet quiet;
  RandomHistory history(1);
  history.run_random_writes(100);
  {
    HistoryReader reader = open(history);
    expect_answers(reader, history);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/history")) {
    if (entry.path().filename().string().starts_with("MANIFEST"))
      std::filesystem::resize_file(entry.path(), entry.file_size() / 2);
  }
  HistoryReader reader = open(history);
  expect_answers(reader, history);
}

TEST_F(HistoryReaderTest, IsUnavailableWhileTheLogIsUnreadable) {
  const Quiet quiet;
  RandomHistory history(1);
  history.run_random_writes(50);
  HistoryReader reader = open(history);
  const UserKey person = history.people().front();
  const std::uint32_t shard = state::shard_of(person.tenant, person.user);
  EXPECT_EQ(reader.indexed(shard), 0u);
  ASSERT_TRUE(reader.records_at({person}, history.now()));
  EXPECT_EQ(reader.indexed(shard), history.fixture.log_of(person).tail()->seq);
  (void)history.fixture.put(person, "new@x.test");
  history.drop_recent();
  history.fixture.log_of(person).set_readable(false);
  const auto refused = reader.records_at({person}, history.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, QueryErrorCode::kUnavailable);
  EXPECT_EQ(reader.indexed(shard), 0u) << "nothing may be trimmed while the progress is unknown";
}

}  // namespace
}  // namespace porchlight::history
