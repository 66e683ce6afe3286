// What the database forgets, and what it must not.
#include "history/store.h"

#include <gtest/gtest.h>

#include "log/samples.h"

namespace porchlight::history {
namespace {

using log::at_ms;
using log::id_of;

const state::UserKey kPerson{id_of(1), id_of(2)}, kOther{id_of(1), id_of(3)};

Fold fold_of(std::uint64_t version) {
  Fold fold{true, version, {}, {}, {}};
  fold.record.stamp = version;
  return fold;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = Store::open(folder_.path(), [this] { return edge_; });
    ASSERT_TRUE(opened) << opened.error().why;
    store_ = *std::move(opened);
  }
  // An entry of that version at that time.
  void put(const state::UserKey& person, std::int64_t ms, std::uint64_t version) {
    Store::Writes writes;
    writes.put(person, {at_ms(ms), version, 0}, fold_of(version));
    ASSERT_TRUE(store_->write(writes));
  }
  // The version in force; 0 for none.
  std::uint64_t at(const state::UserKey& person, std::int64_t ms) {
    const auto kept = store_->newest(person, last_moment(at_ms(ms)));
    EXPECT_TRUE(kept) << kept.error().why;
    return *kept ? (*kept)->fold.version : 0;
  }
  void merge(std::int64_t edge_ms) {
    edge_ = at_ms(edge_ms);
    ASSERT_TRUE(store_->merge());
  }

  log::Folder folder_;
  Time edge_ = Time::min();
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, KeepsWhatIsInForceAtTheEdgeAndForgetsWhatWasBefore) {
  for (std::uint64_t version = 1; version <= 5; ++version) put(kPerson, 100 * version, version);
  put(kOther, 50, 7);
  merge(299);
  EXPECT_EQ(at(kPerson, 199), 0u);
  EXPECT_EQ(at(kPerson, 200), 2u);
  EXPECT_EQ(at(kPerson, 300), 3u);
  EXPECT_EQ(at(kPerson, 500), 5u);
  EXPECT_EQ(at(kOther, 50), 7u);
  // A millisecond on, the next one is in force there.
  merge(300);
  EXPECT_EQ(at(kPerson, 299), 0u);
  EXPECT_EQ(at(kPerson, 300), 3u);
  merge(100'000);
  EXPECT_EQ(at(kPerson, 499), 0u);
  EXPECT_EQ(at(kPerson, 500), 5u);
  EXPECT_EQ(at(kOther, 50), 7u);
}

TEST_F(StoreTest, ForgetsCalendarsThatWentBeforeTheEdge) {
  Fold fold = fold_of(1);
  fold.record.more().calendar = presence::Calendar{{{at_ms(0), at_ms(1000)}}, {}};
  const Moment set{at_ms(100), 1, 0}, went{at_ms(200), 2, 0};
  fold.calendar = set;
  Store::Writes writes;
  writes.put(kPerson, set, fold);
  fold.record.more().calendar.reset();
  fold.calendar = went;
  writes.put(kPerson, went, fold);
  ASSERT_TRUE(store_->write(writes));
  merge(199);
  const auto kept = store_->newest(kPerson, last_moment(at_ms(150)));
  ASSERT_TRUE(kept && *kept);
  EXPECT_TRUE(calendar_of((*kept)->fold.record));
  merge(200);
  EXPECT_EQ(at(kPerson, 199), 0u);
  EXPECT_EQ(at(kPerson, 200), 1u);
}

TEST_F(StoreTest, TheLogHasTheLastWordWithinAMillisecond) {
  Store::Writes writes;
  writes.put(kPerson, {at_ms(1), 3, 1}, fold_of(2));
  writes.put(kPerson, {at_ms(1), 3, 0}, fold_of(1));
  writes.put(kPerson, {at_ms(1), 2, 9}, fold_of(9));
  ASSERT_TRUE(store_->write(writes));
  EXPECT_EQ(at(kPerson, 1), 2u);
  EXPECT_EQ(at(kPerson, 0), 0u);
}

TEST_F(StoreTest, TimesBefore1970AndTheLastOnesAreInOrder) {
  for (const Time time : {Time::min(), Time(Duration(-1)), Time(Duration(0)), Time::max()}) {
    Store::Writes writes;
    writes.put(kPerson, {time, 1, 0}, fold_of(1));
    ASSERT_TRUE(store_->write(writes));
    const auto kept = store_->newest(kPerson, last_moment(time));
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->moment.at, time);
  }
}

TEST_F(StoreTest, MarksComeBack) {
  Store::Writes writes;
  const Mark mark{17, id_of(5), at_ms(3)};
  writes.mark(2, mark);
  ASSERT_TRUE(store_->write(writes));
  reopen();
  EXPECT_EQ(store_->marks(3).value(), (std::vector<Mark>{{}, {}, mark}));
}

TEST_F(StoreTest, ALongPastIsCutAtItsLimit) {
  for (std::uint64_t version = 1; version <= 5; ++version) put(kPerson, 100 * version, version);
  const auto whole = store_->past(kPerson, at_ms(100), at_ms(500), 3).value();
  EXPECT_EQ(whole.before->stamp, 1u);
  EXPECT_EQ(whole.changes.size(), 3u);
  EXPECT_EQ(whole.until, at_ms(500));
  const auto cut = store_->past(kPerson, at_ms(100), at_ms(501), 3).value();
  EXPECT_EQ(cut.changes.size(), 3u);
  EXPECT_EQ(cut.until, at_ms(500));
}

}  // namespace
}  // namespace porchlight::history
