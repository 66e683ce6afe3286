// The history database: order of entries, retention, checkpoints, limits.
#include "history/history_store.h"

#include <gtest/gtest.h>

#include "log/samples.h"
#include "presence/rules.h"

namespace porchlight::history {
namespace {

using log::at_ms;
using log::id_of;

const state::UserKey kPerson{id_of(1), id_of(2)}, kOther{id_of(1), id_of(3)};

PersonState person_state_of(std::uint64_t version) {
  PersonState person_state{{true, version, {}}, {}, {}};
  person_state.record.sequence_base = version;
  return person_state;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = HistoryStore::open(
        folder_.path(), [this] { return Cutoffs{.entries = cutoff_, .changes = changes_cutoff_}; });
    ASSERT_TRUE(opened) << opened.error().why;
    store_ = *std::move(opened);
  }
  // Writes an entry.
  void put(const state::UserKey& person, std::int64_t ms, std::uint64_t version) {
    HistoryStore::Writes writes;
    writes.put(person, {at_ms(ms), version, 0}, person_state_of(version));
    ASSERT_TRUE(store_->write(writes));
  }
  // The version of the entry in force; 0 if no entry is.
  std::uint64_t at(const state::UserKey& person, std::int64_t ms) {
    const auto stored = store_->newest(person, latest_entry_at(at_ms(ms)));
    EXPECT_TRUE(stored) << stored.error().why;
    return *stored ? (*stored)->person_state.version : 0;
  }
  void compact(std::int64_t cutoff_ms) {
    cutoff_ = at_ms(cutoff_ms);
    ASSERT_TRUE(store_->compact(canceled_));
  }

  log::Folder folder_;
  Time cutoff_ = Time::min();
  Positions changes_cutoff_{};
  std::atomic<bool> canceled_ = false;
  std::unique_ptr<HistoryStore> store_;
};

TEST_F(StoreTest, DeletesEntriesThatWereReplacedBeforeTheCutoff) {
  for (std::uint64_t version = 1; version <= 5; ++version) put(kPerson, 100 * version, version);
  put(kOther, 50, 7);
  compact(299);
  EXPECT_EQ(at(kPerson, 199), 0u);
  EXPECT_EQ(at(kPerson, 200), 2u);
  EXPECT_EQ(at(kPerson, 300), 3u);
  EXPECT_EQ(at(kPerson, 500), 5u);
  EXPECT_EQ(at(kOther, 50), 7u);
  // One millisecond later the next entry is in force at the cutoff.
  compact(300);
  EXPECT_EQ(at(kPerson, 299), 0u);
  EXPECT_EQ(at(kPerson, 300), 3u);
  compact(100'000);
  EXPECT_EQ(at(kPerson, 499), 0u);
  EXPECT_EQ(at(kPerson, 500), 5u);
  EXPECT_EQ(at(kOther, 50), 7u);
}

// Such a write is one key of a change, and otherwise entries of two users in turn.
TEST_F(StoreTest, ManyWritesAtOnceReadAsFewDo) {
  for (const std::size_t puts : {kTablePutsMin - 1, kTablePutsMin, kTablePutsMin + 1}) {
    put(kPerson, 0, 1);
    HistoryStore::Writes writes;
    for (std::size_t i = 1; i < puts; ++i) {
      const auto ms = static_cast<std::int64_t>(puts - i);  // not in order
      writes.put(i % 2 == 0 ? kPerson : kOther, {at_ms(ms), i, 0}, person_state_of(i));
    }
    writes.change(kPerson.tenant, {3, 1, 0}, {kPerson.user, ChangeKind::kPresence});
    ASSERT_TRUE(store_->write(writes));
    for (int round = 0; round < 2; ++round, reopen()) {
      EXPECT_EQ(at(kPerson, 0), 1u) << "written before";
      EXPECT_EQ(at(kPerson, static_cast<std::int64_t>(puts) - 2), 2u);
      EXPECT_EQ(at(kOther, static_cast<std::int64_t>(puts) - 1), 1u);
      EXPECT_EQ(store_->newest_changes(kPerson.tenant).value()[3], 1u);
    }
  }
}

// A crash can come after RocksDB has linked the new table under its own name, and before it has removed the first name.
TEST_F(StoreTest, ALeftNameOfATableDoesNotDamageTheTable) {
  const auto write_table = [&](std::uint64_t version) {
    HistoryStore::Writes writes;
    for (std::uint64_t i = 0; i < kTablePutsMin; ++i)
      writes.put(kPerson, {at_ms(static_cast<std::int64_t>(version)), i, 0}, person_state_of(version));
    return store_->write(writes).has_value();
  };
  ASSERT_TRUE(write_table(1));
  for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
    if (file.path().extension() == ".sst")
      std::filesystem::create_hard_link(file.path(), folder_.path() + "/new_table");
  ASSERT_TRUE(write_table(2));
  reopen();
  EXPECT_EQ(at(kPerson, 1), 1u);
  EXPECT_EQ(at(kPerson, 2), 2u);
}

TEST_F(StoreTest, TheLaterOfTwoValuesForAKeyCounts) {
  HistoryStore::Writes writes;
  for (std::uint64_t i = 0; i < kTablePutsMin; ++i) writes.put(kPerson, {at_ms(1), i, 0}, person_state_of(1));
  writes.put(kPerson, {at_ms(1), 5, 0}, person_state_of(7));
  writes.put(kPerson, {at_ms(1), kTablePutsMin, 0}, person_state_of(9));
  ASSERT_TRUE(store_->write(writes));
  const auto found = store_->newest(kPerson, {at_ms(1), 5, 0});
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->person_state.version, 7u);
  EXPECT_EQ(at(kPerson, 1), 9u);
}

TEST_F(StoreTest, DeletesCalendarsThatWereRemovedBeforeTheCutoff) {
  PersonState person_state = person_state_of(1);
  person_state.record.ensure_extras().calendar = presence::Calendar{{{at_ms(0), at_ms(1000)}}, {}};
  const EntryTime set{at_ms(100), 1, 0}, removed{at_ms(200), 2, 0};
  person_state.calendar = set;
  HistoryStore::Writes writes;
  writes.put(kPerson, set, person_state);
  person_state.record.ensure_extras().calendar.reset();
  person_state.calendar = removed;
  writes.put(kPerson, removed, person_state);
  ASSERT_TRUE(store_->write(writes));
  compact(199);
  const auto stored = store_->newest(kPerson, latest_entry_at(at_ms(150)));
  ASSERT_TRUE(stored && *stored);
  EXPECT_TRUE(calendar_of((*stored)->person_state.record));
  compact(200);
  EXPECT_EQ(at(kPerson, 199), 0u);
  EXPECT_EQ(at(kPerson, 200), 1u);
}

TEST_F(StoreTest, ForgetsWhatHadExpiredAtTheCutoff) {
  PersonState person_state = person_state_of(1);
  const presence::SessionKey key{id_of(8), id_of(9)};
  person_state.record.sequence_base_at = at_ms(100);
  person_state.record.sessions.push_back({key, presence::kAway, at_ms(100), at_ms(200)});
  HistoryStore::Writes writes;
  writes.put(kPerson, {at_ms(100), 1, 0}, person_state);
  ASSERT_TRUE(store_->write(writes));
  const auto record = [&] {
    return store_->newest(kPerson, latest_entry_at(at_ms(300))).value()->person_state.record;
  };
  compact(199);
  EXPECT_EQ(record().sessions.size(), 1u);
  const std::uint64_t sequence = presence::sequence(record(), at_ms(300));
  compact(200);
  EXPECT_EQ(record().sessions.size(), 0u);
  EXPECT_EQ(presence::sequence(record(), at_ms(300)), sequence);
}

TEST_F(StoreTest, ForgetsRemovedUsers) {
  put(kPerson, 100, 1);
  HistoryStore::Writes writes;
  writes.put(kPerson, {at_ms(200), 2, 0}, PersonState{});
  ASSERT_TRUE(store_->write(writes));
  const auto is_stored = [&] {
    return store_->newest(kPerson, latest_entry_at(at_ms(300))).value().has_value();
  };
  compact(199);
  EXPECT_TRUE(is_stored());
  compact(200);
  EXPECT_FALSE(is_stored());
}

TEST_F(StoreTest, HasATimeForEachPartOfItsEntries) {
  EXPECT_EQ(store_->entry_time_quantile(0.5).value(), std::nullopt) << "empty";
  for (std::uint64_t i = 0; i < 101; ++i) put({id_of(1), id_of(i)}, 10 * i, i + 1);
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->entry_time_quantile(0).value(), at_ms(0));
  EXPECT_EQ(store_->entry_time_quantile(0.25).value(), at_ms(250));
  EXPECT_EQ(store_->entry_time_quantile(1).value(), at_ms(1000));
}

TEST_F(StoreTest, OrdersEntriesOfOneMillisecondAsInTheLog) {
  HistoryStore::Writes writes;
  writes.put(kPerson, {at_ms(1), 3, 1}, person_state_of(2));
  writes.put(kPerson, {at_ms(1), 3, 0}, person_state_of(1));
  writes.put(kPerson, {at_ms(1), 2, 9}, person_state_of(9));
  ASSERT_TRUE(store_->write(writes));
  EXPECT_EQ(at(kPerson, 1), 2u);
  EXPECT_EQ(at(kPerson, 0), 0u);
}

TEST_F(StoreTest, OrdersExtremeTimes) {
  for (const Time time : {Time::min(), Time(Duration(-1)), Time(Duration(0)), Time::max()}) {
    HistoryStore::Writes writes;
    writes.put(kPerson, {time, 1, 0}, person_state_of(1));
    ASSERT_TRUE(store_->write(writes));
    const auto stored = store_->newest(kPerson, latest_entry_at(time));
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ((*stored)->entry_time.at, time);
  }
}

TEST_F(StoreTest, StoresCheckpoints) {
  HistoryStore::Writes writes;
  const Checkpoint checkpoint{17, id_of(5), at_ms(3)};
  writes.checkpoint(2, checkpoint);
  ASSERT_TRUE(store_->write(writes));
  reopen();
  EXPECT_EQ(store_->checkpoints(3).value(), (std::vector<Checkpoint>{{}, {}, checkpoint}));
}

TEST_F(StoreTest, FindsTheNewestChangeOfEachShard) {
  const Guid tenant = kPerson.tenant;
  EXPECT_EQ(store_->newest_changes(tenant).value(), Positions{});
  HistoryStore::Writes writes;
  Positions expected{};
  for (const std::uint32_t shard : {0u, 1u, 40u, state::kShards - 1}) {
    expected[shard] = 300 + shard;
    for (const std::uint64_t seq : {std::uint64_t{1}, expected[shard]})
      for (const std::uint16_t index : {0, 65'535})
        writes.change(tenant, {shard, seq, index}, {kPerson.user, ChangeKind::kPresence});
  }
  // Neighbours in the order of keys.
  writes.change(id_of(0), {state::kShards - 1, 9, 0}, {kPerson.user, ChangeKind::kPresence});
  writes.change(id_of(2), {0, 9, 0}, {kPerson.user, ChangeKind::kPresence});
  put(kPerson, 1, 1);
  ASSERT_TRUE(store_->write(writes));
  EXPECT_EQ(store_->newest_changes(tenant).value(), expected);
}

TEST_F(StoreTest, HasTheChangesAfterABatch) {
  HistoryStore::Writes writes;
  writes.change(kPerson.tenant, {5, 7, 0}, {kPerson.user, ChangeKind::kPresence});
  writes.change(kPerson.tenant, {5, 8, 0}, {kPerson.user, ChangeKind::kVisibility});
  writes.change(kPerson.tenant, {6, 8, 3}, {kOther.user, ChangeKind::kRemoved});
  ASSERT_TRUE(store_->write(writes));
  const auto newest = store_->newest_changes(kPerson.tenant).value();
  const auto after = [&](std::uint64_t seq) {
    Positions known{};
    known[5] = known[6] = seq;
    return store_->changes_after(kPerson.tenant, known, newest).value().value();
  };
  ASSERT_EQ(after(6).size(), 2u);
  EXPECT_TRUE(after(6).at(kPerson.user).presence && after(6).at(kPerson.user).visibility);
  EXPECT_FALSE(after(7).at(kPerson.user).presence);
  EXPECT_TRUE(after(7).at(kPerson.user).visibility);
  EXPECT_TRUE(after(7).at(kOther.user).removed);
  EXPECT_TRUE(after(8).empty());
}

TEST_F(StoreTest, RefusesMoreThanTheGreatestNumberOfChangedUsers) {
  Positions newest{};
  newest[5] = 1;
  for (const std::size_t users : {kChangedPeopleMax, kChangedPeopleMax + 1}) {
    HistoryStore::Writes writes;
    for (std::size_t i = 0; i < users; ++i)
      writes.change(kPerson.tenant, {5, 1 + i, 0}, {id_of(i), ChangeKind::kPresence});
    ASSERT_TRUE(store_->write(writes));
    EXPECT_EQ(store_->changes_after(kPerson.tenant, {}, newest).value().has_value(),
              users == kChangedPeopleMax);
  }
}

TEST_F(StoreTest, DeletesChangesUpToTheCutoffOfTheirShard) {
  HistoryStore::Writes writes;
  for (const std::uint32_t shard : {5u, 6u})
    for (const std::uint64_t seq : {7u, 8u})
      writes.change(kPerson.tenant, {shard, seq, 0}, {id_of(10 * shard + seq), ChangeKind::kPresence});
  ASSERT_TRUE(store_->write(writes));
  changes_cutoff_[5] = 7;
  compact(0);
  const auto kept = store_->changes_after(kPerson.tenant, {}, store_->newest_changes(kPerson.tenant).value());
  EXPECT_EQ(kept->value().size(), 3u);
  EXPECT_FALSE(kept->value().contains(id_of(57)));
}

// The entries of the format before are kept, also if the log no longer has their events.
class StoreOfTheFormatBefore : public StoreTest {
 protected:
  StoreOfTheFormatBefore() {
    put(kPerson, 100, 1);
    HistoryStore::Writes writes;
    writes.checkpoint(2, checkpoint_);
    EXPECT_TRUE(store_->write(writes));
    store_.reset();
    rocksdb::DB* raw = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open({}, folder_.path(), &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    const std::string change = "C" + std::string(24, 'x');
    for (const auto& [key, value] : {std::pair<std::string, std::string>{"F", "\x02"},
                                     {"G", std::string(16, 'g')},
                                     {change, std::string(25, 'v')}})
      EXPECT_TRUE(db->Put({}, key, value).ok());
  }
  void expect_kept() {
    EXPECT_EQ(at(kPerson, 100), 1u);
    EXPECT_EQ(store_->checkpoints(3).value(), (std::vector<Checkpoint>{{}, {}, checkpoint_}));
    Positions known_from{};
    known_from[2] = checkpoint_.seq;
    EXPECT_EQ(store_->change_marks().value().known_from(), known_from) << "changes are known from there on";
    EXPECT_EQ(store_->newest_changes(kPerson.tenant).value(), Positions{});
  }
  // The first bytes of all keys.
  std::string kinds() {
    store_.reset();
    rocksdb::DB* raw = nullptr;
    EXPECT_TRUE(rocksdb::DB::OpenForReadOnly({}, folder_.path(), &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}));
    std::string kinds;
    for (it->SeekToFirst(); it->Valid(); it->Next()) kinds += it->key()[0];
    return kinds;
  }

  const Checkpoint checkpoint_{17, id_of(5), at_ms(3)};
};

TEST_F(StoreOfTheFormatBefore, IsConverted) {
  EXPECT_EQ(kinds(), "CEFGM");
  reopen();
  expect_kept();
  reopen();
  expect_kept();
  EXPECT_EQ(kinds(), "EFM");
}

TEST_F(StoreOfTheFormatBefore, IsReadAsItIsWithoutWrites) {
  auto opened = HistoryStore::open(
      folder_.path(), [] { return Cutoffs(); }, HistoryStore::OpenMode::kReadOnly);
  ASSERT_TRUE(opened);
  store_ = *std::move(opened);
  expect_kept();
  EXPECT_EQ(kinds(), "CEFGM");
}

TEST_F(StoreTest, OfAnUnknownFormatIsDamaged) {
  store_.reset();
  {
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, folder_.path(), &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    ASSERT_TRUE(db->Put({}, "F", std::string(1, static_cast<char>(kFormat + 1))).ok());
  }
  const auto refused = HistoryStore::open(folder_.path(), [] { return Cutoffs(); });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is_damaged);
}

TEST_F(StoreTest, CutsATimelineAtTheLimit) {
  for (std::uint64_t version = 1; version <= 5; ++version) put(kPerson, 100 * version, version);
  const auto whole = store_->timeline(kPerson, at_ms(100), at_ms(500), 3).value();
  EXPECT_EQ(whole.before->sequence_base, 1u);
  EXPECT_EQ(whole.changes.size(), 3u);
  EXPECT_EQ(whole.until, at_ms(500));
  const auto cut = store_->timeline(kPerson, at_ms(100), at_ms(501), 3).value();
  EXPECT_EQ(cut.changes.size(), 3u);
  EXPECT_EQ(cut.until, at_ms(500));
}

}  // namespace
}  // namespace porchlight::history
