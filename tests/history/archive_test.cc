// What is told of the past is what the log says, however it was read.
#include "history/archive.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "history/lives.h"

namespace porchlight::history {
namespace {

constexpr Duration kMonth = std::chrono::days(30);

class Quiet {
 public:
  Quiet() { spdlog::set_level(spdlog::level::off); }
  ~Quiet() { spdlog::set_level(spdlog::level::info); }
};

std::optional<Record> ask(Archive& archive, const UserKey& person, Time time) {
  auto records = archive.records_at({person}, time);
  if (!records) ADD_FAILURE() << "refused: " << static_cast<int>(records.error().why);
  return records ? records->front() : std::nullopt;
}

void expect_past(const Past& past, const Line& line, Time from, Time until, std::size_t limit) {
  EXPECT_EQ(past.before, at(line, from));
  std::vector<Change> expected;
  Time told_until = until;
  for (const Change& change : line) {
    if (change.at <= from || change.at >= until) continue;
    if (!expected.empty() && expected.back().at == change.at) {
      expected.back() = change;
    } else if (expected.size() < limit) {
      expected.push_back(change);
    } else {
      told_until = change.at;
      break;
    }
  }
  ASSERT_EQ(past.changes.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(past.changes[i].at, expected[i].at);
    EXPECT_EQ(past.changes[i].record, expected[i].record);
  }
  EXPECT_EQ(past.until, told_until);
}

class ArchiveTest : public ::testing::Test {
 protected:
  Archive open(Lives& lives, Duration retention = kMonth) {
    return Archive(folder_.path() + "/history", retention, lives.clock, *lives.world.view, lives.logs);
  }

  void expect_all_told(Archive& archive, Lives& lives) {
    for (const UserKey& person : lives.people()) {
      const Line line = lives.line_of(person);
      for (int i = 0; i < 20; ++i) {
        const Time time = lives.any_time(line);
        ASSERT_EQ(ask(archive, person, time), at(line, time));
      }
      const Time from = lives.any_time(line), until = from + std::chrono::hours(lives.dice.below(9));
      const std::size_t limit = 1 + lives.dice.below(9);
      const auto past = archive.past(person, from, until, limit);
      ASSERT_TRUE(past);
      expect_past(*past, line, from, until, limit);
    }
  }

  void forget_folder() { std::filesystem::remove_all(folder_.path() + "/history"); }

  log::Folder folder_;
};

TEST_F(ArchiveTest, TellsWhatTheLogSaysHoweverOftenItIsOpened) {
  for (std::uint64_t seed = 1; seed <= 15 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    forget_folder();
    Lives lives(seed);
    for (int opened = 0; opened < 3; ++opened) {
      Archive archive = open(lives);
      for (int stretch = 0; stretch < 3; ++stretch) {
        lives.live(40);
        for (std::uint64_t slices = lives.dice.below(70); slices > 0; --slices) archive.index_some();
      }
      expect_all_told(archive, lives);
    }
  }
}

TEST_F(ArchiveTest, TellsTheSameWhenItIsMadeAnew) {
  Lives lives(100);
  lives.live(300);
  {
    Archive archive = open(lives);
    expect_all_told(archive, lives);
  }
  forget_folder();
  Archive archive = open(lives);
  while (archive.index_some()) {
  }
  expect_all_told(archive, lives);
}

TEST_F(ArchiveTest, TellsOfSeveralPeopleInTheOrderAsked) {
  Lives lives(5);
  lives.live(200);
  Archive archive = open(lives);
  std::vector<UserKey> people = lives.people();
  people.push_back({id_of(1), id_of(999)});
  people.push_back(people.front());
  const auto records = archive.records_at(people, lives.now());
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    EXPECT_EQ((*records)[i].has_value(), lives.world.view->copy(people[i]).has_value());
    EXPECT_EQ((*records)[i].value_or(Record{}), lives.world.record(people[i]));
  }
}

TEST_F(ArchiveTest, ACalendarAndAnAudienceComeWithWhatWasThen) {
  Lives lives(1, 1);
  const UserKey person = lives.people().front();
  (void)lives.world.put(person, "a@x.test");
  Archive archive = open(lives);
  const presence::Calendar busy{{{at_ms(0), at_ms(100'000)}}, {}};
  const presence::Audience nobody{presence::Admitted::kNobody, presence::Facade::kAppearsOffline, {}, {}};
  (void)lives.world.run(person, presence::SetCalendar{busy}, at_ms(10));
  (void)lives.world.run(person, presence::SetAudience{nobody}, at_ms(20));
  (void)lives.world.run(person, state::busy(1), at_ms(30));
  (void)lives.world.run(person, presence::SetCalendar{}, at_ms(40));
  (void)lives.world.run(person, state::clear(1), at_ms(50));
  lives.clock.advance(Duration(100));
  const auto record = [&](std::int64_t ms) { return ask(archive, person, at_ms(ms)).value(); };
  EXPECT_EQ(record(9), Record{});
  EXPECT_EQ(*record(10).extras->calendar, busy);
  EXPECT_FALSE(record(19).extras->audience);
  EXPECT_EQ(*record(30).extras->calendar, busy);
  EXPECT_EQ(*record(30).extras->audience, nobody);
  EXPECT_EQ(record(30).sessions.size(), 1u);
  EXPECT_FALSE(record(40).extras->calendar);
  EXPECT_EQ(*record(50).extras->audience, nobody);
}

TEST_F(ArchiveTest, WhoWasRemovedAndPutAgainWasNotThereMeanwhile) {
  Lives lives(1, 1);
  const UserKey person = lives.people().front();
  Archive archive = open(lives);
  const auto put = [&](std::int64_t ms) {
    (void)lives.world.run({{person.tenant, person.user, directory::UserPut{"a@x.test", "A"}}}, at_ms(ms));
  };
  put(10);
  (void)lives.world.run(person, state::busy(1), at_ms(20));
  (void)lives.world.run({{person.tenant, person.user, directory::UserRemoved{}}}, at_ms(30));
  // In the same millisecond, with a smaller version: the log has the last word.
  put(30);
  (void)lives.world.run({{person.tenant, person.user, directory::UserRemoved{}}}, at_ms(40));
  put(50);
  lives.clock.advance(Duration(100));
  EXPECT_EQ(ask(archive, person, at_ms(9)), std::nullopt);
  EXPECT_EQ(ask(archive, person, at_ms(10)), Record{});
  EXPECT_EQ(ask(archive, person, at_ms(29))->sessions.size(), 1u);
  EXPECT_EQ(ask(archive, person, at_ms(30)), Record{});
  EXPECT_EQ(ask(archive, person, at_ms(49)), std::nullopt);
  EXPECT_EQ(ask(archive, person, at_ms(50)), Record{});
}

TEST_F(ArchiveTest, TellsAsFarBackAsItKeepsAndNoFurther) {
  Lives lives(3);
  lives.live(100);
  Archive archive = open(lives, std::chrono::hours(1));
  const Time edge = lives.now() - std::chrono::hours(1);
  const UserKey person = lives.people().front();
  EXPECT_EQ(ask(archive, person, edge), at(lives.line_of(person), edge));
  for (const auto& refused : {archive.records_at({person}, edge - Duration(1)).error(),
                              archive.past(person, edge - Duration(1), edge, 10).error()}) {
    EXPECT_EQ(refused.why, Refusal::kForgotten);
    EXPECT_EQ(refused.earliest, edge);
  }
  lives.clock.advance(Duration(1));
  EXPECT_FALSE(archive.records_at({person}, edge));
}

TEST_F(ArchiveTest, BeginsWithTheViewWhereTheLogForgotTheBeginning) {
  for (std::uint64_t seed = 1; seed <= 8 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    forget_folder();
    Lives lives(seed);
    lives.live(200);
    std::map<UserKey, Line> lines;
    for (const UserKey& person : lives.people()) lines[person] = lives.line_of(person);
    for (const UserKey& person : lives.people()) {
      const std::uint64_t last = lives.world.log_of(person).tail()->seq;
      ASSERT_TRUE(lives.world.log_of(person).trim(last - 1));
    }
    lives.clock.advance(Duration(40'000));
    const Time begun = lives.now();
    for (int opened = 0; opened < 2; ++opened) {
      Archive archive = open(lives);
      for (const UserKey& person : lives.people()) {
        const auto before = archive.records_at({person}, begun - Duration(1));
        ASSERT_FALSE(before);
        EXPECT_EQ(before.error().earliest, begun);
        EXPECT_EQ(ask(archive, person, begun), at(lines[person], begun));
      }
      lives.clock.advance(Duration(1));
    }
    // What comes after goes on from there.
    Archive archive = open(lives);
    lives.live(50);
    for (const UserKey& person : lives.people())
      ASSERT_EQ(ask(archive, person, lives.now()).value_or(Record{}), lives.world.record(person));
  }
}

TEST_F(ArchiveTest, IsMadeAnewWhereTheLogIsNotTheOneThatWasRead) {
  const Quiet quiet;
  Lives first(1), second(2);
  first.live(100);
  second.live(60);
  {
    Archive archive = open(first);
    while (archive.index_some()) {
    }
  }
  Archive archive = open(second);
  expect_all_told(archive, second);
}

TEST_F(ArchiveTest, IsMadeAnewWhereItIsDamaged) {
  const Quiet quiet;
  Lives lives(1);
  lives.live(100);
  {
    Archive archive = open(lives);
    expect_all_told(archive, lives);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/history")) {
    if (entry.path().filename().string().starts_with("MANIFEST"))
      std::filesystem::resize_file(entry.path(), entry.file_size() / 2);
  }
  Archive archive = open(lives);
  expect_all_told(archive, lives);
}

TEST_F(ArchiveTest, IsUnavailableWhileTheLogCannotBeReadAndSaysHowFarItRead) {
  const Quiet quiet;
  Lives lives(1);
  lives.live(50);
  Archive archive = open(lives);
  const UserKey person = lives.people().front();
  const std::uint32_t shard = state::shard_of(person.tenant, person.user);
  EXPECT_EQ(archive.indexed(shard), 0u);
  ASSERT_TRUE(archive.records_at({person}, lives.now()));
  EXPECT_EQ(archive.indexed(shard), lives.world.log_of(person).tail()->seq);
  (void)lives.world.put(person, "new@x.test");
  lives.world.log_of(person).set_readable(false);
  const auto refused = archive.records_at({person}, lives.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Refusal::kUnavailable);
  EXPECT_EQ(archive.indexed(shard), 0u) << "nothing may be trimmed while it is not known what was read";
}

}  // namespace
}  // namespace porchlight::history
