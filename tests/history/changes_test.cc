// The users who changed since known positions: the same from every history of the same logs, from one that was built
// again, and after any restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <set>

#include "history/history_reader.h"
#include "history/random_history.h"

namespace porchlight::history {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Duration kThirtyDays = std::chrono::days(30);
const UserKey kAnn{id_of(1), id_of(100)};
const UserKey kBob{id_of(1), id_of(101)};
const UserKey kQuiet{id_of(1), id_of(102)};  // never changes
const UserKey kOfOtherTenant{id_of(2), id_of(100)};

class ChangesTest : public ::testing::Test {
 protected:
  ChangesTest() {
    spdlog::set_level(spdlog::level::off);
    for (const UserKey& person : {kAnn, kBob, kQuiet, kOfOtherTenant})
      EXPECT_TRUE(history_.fixture.put(person, to_string(person.user) + "@x.test"));
  }
  ~ChangesTest() override { spdlog::set_level(spdlog::level::info); }

  std::unique_ptr<HistoryReader> open(const std::string& name, Duration retention = kThirtyDays) {
    return std::make_unique<HistoryReader>(folder_.path() + "/" + name, retention, history_.clock,
                                           *history_.fixture.view, history_.logs, history_.recent);
  }
  void delete_folder(const std::string& name) { std::filesystem::remove_all(folder_.path() + "/" + name); }
  KnownChanges known_now(HistoryReader& reader) {
    return {reader.changes_after(kAnn.tenant, {}).value().last, history_.now()};
  }
  static std::set<Guid> changed(HistoryReader& reader, const KnownChanges& known,
                                const Guid& tenant = kAnn.tenant) {
    const auto changes = reader.changes_after(tenant, known);
    EXPECT_TRUE(changes.has_value());
    std::set<Guid> users;
    if (changes)
      for (const auto& [user, what] : changes->people) users.insert(user);
    return users;
  }
  static std::optional<QueryErrorCode> refused(HistoryReader& reader, const KnownChanges& known) {
    const auto changes = reader.changes_after(kAnn.tenant, known);
    return changes ? std::nullopt : std::optional(changes.error().why);
  }
  // An event that shows each time.
  void change(const UserKey& person) {
    const presence::SetMessage message{std::to_string(++messages_), presence::kNever};
    ASSERT_TRUE(history_.fixture.run(person, message, history_.now()));
  }
  log::FakeLog& log_of(const UserKey& person) { return history_.fixture.log_of(person); }
  static std::uint32_t shard_of(const UserKey& person) { return state::shard_of(person.tenant, person.user); }
  // Deletes all batches but the last of a shard, also those in memory.
  void trim(const UserKey& person) {
    ASSERT_TRUE(log_of(person).trim(log_of(person).tail()->seq - 1));
    history_.drop_recent();
  }

  log::Folder folder_;
  RandomHistory history_{2};
  int messages_ = 0;
};

TEST_F(ChangesTest, HasWhatShows) {
  const auto reader = open("one");
  const KnownChanges begin = known_now(*reader);
  EXPECT_EQ(begin.positions[shard_of(kAnn)], log_of(kAnn).tail()->seq);
  EXPECT_THAT(changed(*reader, begin), IsEmpty());
  ASSERT_TRUE(history_.fixture.run(kAnn, state::busy(1), history_.now()));
  EXPECT_THAT(changed(*reader, begin), UnorderedElementsAre(kAnn.user));
  const KnownChanges busy = known_now(*reader);
  ASSERT_TRUE(history_.fixture.run(kAnn, state::busy(2), history_.now()));  // shows the same
  EXPECT_THAT(changed(*reader, busy), IsEmpty());
  EXPECT_THAT(changed(*reader, begin, kOfOtherTenant.tenant), IsEmpty());
  ASSERT_TRUE(history_.fixture.remove(kAnn));
  const auto removed = reader->changes_after(kAnn.tenant, busy);
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->people.at(kAnn.user).removed);
}

TEST_F(ChangesTest, AreTheSameAfterTheFolderWasDeleted) {
  auto reader = open("one");
  change(kAnn);
  const KnownChanges known = known_now(*reader);
  change(kBob);
  EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kBob.user));
  reader.reset();
  delete_folder("one");
  reader = open("one");
  EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kBob.user));
  change(kAnn);
  EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kAnn.user, kBob.user));
}

// The cache of newest changes follows, and is read from the database at a start.
TEST_F(ChangesTest, AreTheSameAfterARestart) {
  auto reader = open("one");
  const KnownChanges known = known_now(*reader);
  for (int i = 0; i < 3; ++i) {
    change(kBob);
    EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kBob.user));
    EXPECT_THAT(changed(*reader, known_now(*reader)), IsEmpty());
    reader.reset();
    reader = open("one");
    EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kBob.user));
    EXPECT_THAT(changed(*reader, known_now(*reader)), IsEmpty());
  }
}

// Those in memory, and those of the database once there are too many.
TEST_F(ChangesTest, AreTheSameFromMemoryAndFromTheDatabase) {
  const auto reader = open("one");
  const KnownChanges known = known_now(*reader);
  EXPECT_THAT(changed(*reader, known), IsEmpty());  // from now on they are kept in memory
  change(kAnn);
  const KnownChanges later = known_now(*reader);
  for (std::size_t count = 1; count <= kCachedChanges + 2; ++count) {
    EXPECT_EQ(changed(*reader, known).size(), std::min<std::size_t>(count, 2)) << count;
    change(kBob);
  }
  EXPECT_THAT(changed(*reader, later), UnorderedElementsAre(kBob.user));
}

// A log whose beginning was trimmed still has what is after the known positions.
TEST_F(ChangesTest, AreReadFromATrimmedLog) {
  auto reader = open("one");
  change(kAnn);
  const KnownChanges known = known_now(*reader);
  change(kAnn);
  reader.reset();
  delete_folder("one");
  trim(kAnn);
  reader = open("one");
  EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kAnn.user));
  reader.reset();
  reader = open("one");
  EXPECT_THAT(changed(*reader, known), UnorderedElementsAre(kAnn.user)) << "after a restart";
}

TEST_F(ChangesTest, OfATrimmedLogAreRefusedBeforeItsBeginning) {
  auto reader = open("one");
  const KnownChanges known = known_now(*reader);
  change(kAnn);
  const KnownChanges later = known_now(*reader);
  change(kAnn);
  EXPECT_EQ(refused(*reader, known), std::nullopt) << "the history has what the log has not";
  reader.reset();
  delete_folder("one");
  trim(kAnn);
  reader = open("one");
  EXPECT_EQ(refused(*reader, known), QueryErrorCode::kBeforeRetention);
  EXPECT_EQ(refused(*reader, later), std::nullopt);
}

// Without the state before an event, its kind says what it may have changed.
TEST_F(ChangesTest, OfATrimmedLogHaveTheirKinds) {
  auto reader = open("one");
  const KnownChanges known = known_now(*reader);
  const presence::SetVisibility hidden{
      {presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}}};
  change(kAnn);
  ASSERT_TRUE(history_.fixture.run(kBob, hidden, history_.now()));
  ASSERT_TRUE(history_.fixture.remove(kBob));
  const auto exact = reader->changes_after(kAnn.tenant, known).value().people;
  for (const UserKey& person : {kAnn, kBob}) ASSERT_TRUE(log_of(person).trim(1));
  history_.drop_recent();
  const auto seeded = open("two")->changes_after(kAnn.tenant, known);
  ASSERT_TRUE(seeded);
  ASSERT_EQ(seeded->people.size(), exact.size());
  for (const auto& [user, what] : exact) {
    EXPECT_EQ(seeded->people.at(user).presence, what.presence);
    EXPECT_EQ(seeded->people.at(user).visibility, what.visibility);
    EXPECT_EQ(seeded->people.at(user).removed, what.removed);
  }
}

TEST_F(ChangesTest, AreRefusedWhenTheyLeaveTheRetention) {
  constexpr Duration kDay = std::chrono::days(1);
  const auto reader = open("one", kDay);
  const KnownChanges known = known_now(*reader);
  history_.clock.advance(kDay);
  EXPECT_EQ(refused(*reader, known), std::nullopt);
  history_.clock.advance(Duration(1));
  EXPECT_EQ(refused(*reader, known), QueryErrorCode::kBeforeRetention);
}

TEST_F(ChangesTest, AreRefusedAfterSevenDays) {
  const auto reader = open("one");
  const KnownChanges known = known_now(*reader);
  history_.clock.advance(std::chrono::days(7));
  EXPECT_EQ(refused(*reader, known), std::nullopt);
  history_.clock.advance(Duration(1));
  EXPECT_EQ(refused(*reader, known), QueryErrorCode::kBeforeRetention);
}

// Merges delete what the marks have given up, and nothing that is still asked for.
TEST_F(ChangesTest, AreDeletedByPositionOnceTheyAreOld) {
  std::atomic<bool> canceled = false;
  auto reader = open("one", std::chrono::days(8));
  KnownChanges known = known_now(*reader);
  std::vector<KnownChanges> all = {known};
  for (int day = 0; day < 20; ++day) {
    history_.clock.advance(std::chrono::days(1));
    change(day % 2 == 0 ? kAnn : kBob);
    while (reader->index_next()) {
    }
    ASSERT_TRUE(reader->store());
    ASSERT_TRUE(reader->store()->compact(canceled));
    known = known_now(*reader);
    all.push_back(known);
    const std::size_t oldest = all.size() > 8 ? all.size() - 8 : 0;
    EXPECT_EQ(changed(*reader, all[oldest]).size(), std::min<std::size_t>(2, all.size() - 1 - oldest));
    if (oldest > 0) {
      EXPECT_EQ(refused(*reader, all[oldest - 1]), QueryErrorCode::kBeforeRetention);
    }
  }
  const auto newest = reader->store()->newest_changes(kAnn.tenant);
  const auto kept = reader->store()->changes_after(kAnn.tenant, {}, newest.value());
  ASSERT_TRUE(kept && *kept);
  EXPECT_TRUE((*kept)->contains(kAnn.user));
  EXPECT_FALSE((*kept)->contains(kQuiet.user)) << "of twenty days ago";
}

TEST_F(ChangesTest, OfLostBatchesAreRefused) {
  const auto reader = open("one");
  KnownChanges known = known_now(*reader);
  ++known.positions[shard_of(kAnn)];
  EXPECT_EQ(refused(*reader, known), QueryErrorCode::kBeforeRetention) << "the log does not have the batch";
}

// Another server had applied a batch that this one has not.
TEST_F(ChangesTest, AheadOfTheViewAreUnavailable) {
  const auto reader = open("one");
  KnownChanges known = known_now(*reader);
  log::FakeLog& log = log_of(kAnn);
  const std::uint64_t last = log.tail()->seq;
  log.append(log.read(last, 1)->front().batch, last, [](log::Appended, const log::Tail&) {});
  known.positions[shard_of(kAnn)] = last + 1;
  EXPECT_EQ(refused(*reader, known), QueryErrorCode::kUnavailable);
  log.set_readable(false);
  EXPECT_EQ(refused(*reader, known), QueryErrorCode::kUnavailable);
}

// Histories of the same logs, restarted, deleted and trimmed at random, have all users whose record differs from that
// at the known positions; those that have read the whole log have exactly the same users.
TEST(ChangesProperty, EveryHistoryHasAllThatChanged) {
  spdlog::set_level(spdlog::level::off);
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    log::Folder folder;
    RandomHistory history(seed, 8);
    const auto open = [&](int which) {
      return std::make_unique<HistoryReader>(folder.path() + "/" + std::to_string(which), kThirtyDays,
                                             history.clock, *history.fixture.view, history.logs,
                                             history.recent);
    };
    std::unique_ptr<HistoryReader> readers[] = {open(0), open(1)};
    struct Known {
      KnownChanges changes;
      std::map<UserKey, std::optional<std::uint64_t>> sequences;
    };
    const auto known_now = [&](HistoryReader& reader) {
      Known known{{reader.changes_after(id_of(1), {}).value().last, history.now()}, {}};
      for (const UserKey& person : history.people())
        if (const auto stored = history.fixture.view->copy(person))
          known.sequences[person] = stored->record.sequence_base;
      return known;
    };
    std::vector<Known> all = {known_now(*readers[0])};
    for (int round = 0; round < 20; ++round) {
      history.run_random_writes(static_cast<int>(history.dice.below(12)));
      const std::uint64_t which = history.dice.below(2);
      if (history.dice.one_in(4)) {
        readers[which].reset();
        if (history.dice.one_in(2)) std::filesystem::remove_all(folder.path() + "/" + std::to_string(which));
        readers[which] = open(static_cast<int>(which));
      }
      const Known& known = all[history.dice.below(all.size())];
      const Guid tenant = id_of(1 + history.dice.below(2));
      const auto one = readers[0]->changes_after(tenant, known.changes);
      const auto two = readers[1]->changes_after(tenant, known.changes);
      ASSERT_TRUE(one && two);
      ASSERT_EQ(one->last, two->last);
      const auto users_of = [](const Changes& changes) {
        std::set<Guid> users;
        for (const auto& [user, what] : changes.people) users.insert(user);
        return users;
      };
      ASSERT_EQ(users_of(*one), users_of(*two));
      for (const UserKey& person : history.people()) {
        if (person.tenant != tenant) continue;
        const auto stored = history.fixture.view->copy(person);
        const auto before = known.sequences.find(person);
        const bool was_there = before != known.sequences.end();
        const bool differs =
            was_there != stored.has_value() || (was_there && before->second != stored->record.sequence_base);
        ASSERT_TRUE(!differs || one->people.contains(person.user)) << "round " << round;
      }
      all.push_back(known_now(*readers[history.dice.below(2)]));
    }
  }
  spdlog::set_level(spdlog::level::info);
}

}  // namespace
}  // namespace porchlight::history
