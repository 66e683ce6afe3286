// When watchers are called and with which changes. The clock is manual, so nothing depends on the machine's speed.
#include "watch/watch_registry.h"

#include <gtest/gtest.h>

#include "watch/recorded_world.h"

namespace porchlight::watch {
namespace {

TEST(WatchRegistry, ReportsAllPeopleAtOnceInOrder) {
  World world;
  ASSERT_TRUE(world.watch({kBen, kAna, kBen}));
  EXPECT_EQ(world.take_calls(), Lines{"0 ana ben"});
  EXPECT_EQ(world.take_calls(), Lines{});
}

TEST(WatchRegistry, ReportsEvents) {
  World world;
  world.watch({kAna, kBen});
  world.advance(seconds(7));
  world.set_busy(kBen);
  EXPECT_EQ(world.take_calls(), Lines{"7 ben"});
  world.set_busy(kCleo);
  world.set_busy(kZoe);
  EXPECT_EQ(world.take_calls(), Lines{}) << "people without a watcher";
}

TEST(WatchRegistry, ReportsChangesByTime) {
  World world;
  world.set(kAna, "Available", "Available", minutes(60));
  world.watch({kAna});
  world.take_calls();
  EXPECT_EQ(world.advance(minutes(5) - Duration(1)), Lines{});
  EXPECT_EQ(world.advance(Duration(1)), Lines{"300 ana"});
  EXPECT_EQ(world.advance(minutes(200)), (Lines{"600 ana", "3600 ana"})) << "the session fades, then expires";
}

TEST(WatchRegistry, CallsInOrderOfTimeThenOfKey) {
  World world;
  world.set(kCleo, "Busy", "InACall", minutes(10));
  world.set(kAna, "Busy", "InACall", minutes(10));
  world.set(kBen, "Busy", "InACall", minutes(9));
  world.watch({kAna, kBen, kCleo}, "first ");
  world.watch({kCleo}, "second ");
  EXPECT_EQ(world.take_calls(), (Lines{"first 0 ana ben cleo", "second 0 cleo"}));
  EXPECT_EQ(world.advance(minutes(10)), (Lines{"first 540 ben", "first 600 ana cleo", "second 600 cleo"}));
}

TEST(WatchRegistry, FollowsARenewedSession) {
  World world;
  world.set(kAna, "Busy", "InACall", minutes(10));
  world.watch({kAna});
  world.take_calls();
  world.advance(minutes(9));
  world.set(kAna, "Busy", "InACall", minutes(20));
  EXPECT_EQ(world.take_calls(), Lines{"540 ana"});
  EXPECT_EQ(world.advance(minutes(60)), Lines{"1740 ana"});
}

TEST(WatchRegistry, CallsAtTheRequestedTime) {
  World world;
  world.watch({kAna}, "", [](Time now) { return now + seconds(30); });
  world.take_calls();
  EXPECT_EQ(world.advance(seconds(70)), (Lines{"30", "60"}));
  world.set_busy(kAna);
  EXPECT_EQ(world.take_calls(), Lines{"70 ana"});
  EXPECT_EQ(world.advance(seconds(29)), Lines{}) << "the last requested time counts";
  EXPECT_EQ(world.advance(seconds(1)), Lines{"100"});
}

TEST(WatchRegistry, WatchesATenantWithItsDirectory) {
  World world;
  const UserKey dan{kContoso, user_id(4)};
  const auto id = world.watch_contoso();
  ASSERT_TRUE(id);
  EXPECT_EQ(world.take_calls(), Lines{"0 directory"});
  world.put(dan);
  EXPECT_EQ(world.take_calls(), Lines{"0 directory other"});
  world.set(dan, "Busy", "InACall", minutes(10));
  EXPECT_EQ(world.take_calls(), Lines{"0 other"});
  EXPECT_EQ(world.advance(minutes(10)), Lines{"600 other"});
  world.put({kFabrikam, user_id(4)});
  EXPECT_EQ(world.take_calls(), Lines{}) << "in another tenant";
  world.change({kContoso, user_id(60)}, directory::AppPut{"App", false, {}, {}});
  EXPECT_EQ(world.take_calls(), Lines{"600 directory"});
  world.change(dan, directory::UserRemoved{});
  EXPECT_EQ(world.take_calls(), Lines{"600 directory other"});
  world.watchers.unwatch(*id);
  world.put({kContoso, user_id(5)});
  world.set_busy(kAna);
  EXPECT_EQ(world.take_calls(), Lines{});
}

TEST(WatchRegistry, FindsWhomTimeChangesInATenant) {
  World world;
  world.set(kAna, "Busy", "InACall", minutes(10));
  world.set(kBen, "Busy", "InACall", minutes(9));
  world.watch({kAna}, "named ");
  world.watch_contoso("first ");
  world.watch_contoso("second ");
  EXPECT_EQ(world.advance(minutes(10)),
            (Lines{"named 0 ana", "first 0 directory", "second 0 directory", "first 540 ben",
                   "second 540 ben", "named 600 ana", "first 600 ana", "second 600 ana"}));
}

TEST(WatchRegistry, ATenantIsOneEntryAndThePeopleWhomTimeChanges) {
  World world;
  world.put_many(1000);
  world.set(kAna, "Busy", "InACall", minutes(10));
  world.show_to(kBen, {user_id(50)});
  std::vector<WatchRegistry::Id> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(*world.watch_contoso());
  world.take_calls();
  EXPECT_EQ(world.watchers.people_count(), 3u) << "the directory, Ana and Ben";
  world.set_busy(World::member(7));
  world.take_calls();
  EXPECT_EQ(world.watchers.people_count(), 4u);
  world.advance(std::chrono::hours(5));
  EXPECT_EQ(world.watchers.people_count(), 2u) << "the sessions have ended";
  for (int i = 0; i < 3; ++i) {
    const auto named = world.watch({kCleo, {kContoso, user_id(static_cast<std::uint8_t>(150 + i))}});
    if (i > 0) world.take_calls();
    world.watchers.unwatch(*named);
    world.take_calls();
    EXPECT_EQ(world.watchers.people_count(), 2u) << "watches of people leave nothing behind";
  }
  world.watch({kCleo});
  world.set_busy(kAna);
  for (const WatchRegistry::Id id : ids) world.watchers.unwatch(id);
  world.take_calls();
  EXPECT_EQ(world.watchers.people_count(), 1u);
}

TEST(WatchRegistry, ATenantCanBeWatchedAgainDuringItsScan) {
  World world;
  world.put_many(1000);
  for (std::uint32_t number = 0; number < 1000; ++number)
    world.set(World::member(number), "Busy", "InACall", minutes(10));
  for (int i = 0; i < 20; ++i) world.watchers.unwatch(*world.watch_contoso());
  world.watch_contoso();
  world.take_calls();
  EXPECT_EQ(world.watchers.people_count(), 1001u);
  std::size_t changed = 0;
  for (const std::string& line : world.advance(minutes(10))) changed += std::ranges::count(line, ' ');
  EXPECT_EQ(changed, 1000u);
}

TEST(WatchRegistry, CanBeWoken) {
  World world;
  const auto id = world.watch({kAna}, "", [](Time now) { return now + seconds(30); });
  world.take_calls();
  world.advance(seconds(10));
  world.watchers.wake(*id);
  EXPECT_EQ(world.take_calls(), Lines{"10"});
  EXPECT_EQ(world.advance(seconds(30)), Lines{"40"});
  world.watchers.unwatch(*id);
  world.watchers.wake(*id);
  EXPECT_EQ(world.take_calls(), Lines{});
}

TEST(WatchRegistry, CanBeWokenDuringACall) {
  World world;
  std::optional<WatchRegistry::Id> id;
  int wakes = 2;
  id = world.watch({kAna}, "", [&](Time) {
    if (id && wakes-- > 0) world.watchers.wake(*id);
    return presence::kNever;
  });
  world.take_calls();
  wakes = 2;
  world.watchers.wake(*id);
  EXPECT_EQ(world.take_calls(), (Lines{"0", "0", "0"}));
}

TEST(WatchRegistry, EndsAWatchThatReturnsNullopt) {
  World world;
  world.watch({kAna}, "", [](Time) { return std::nullopt; });
  EXPECT_EQ(world.take_calls(), Lines{"0 ana"});
  EXPECT_EQ(world.watchers.count(), 0u);
  EXPECT_EQ(world.watcher.use_count(), 1);
  world.set_busy(kAna);
  EXPECT_EQ(world.advance(minutes(600)), Lines{});
}

TEST(WatchRegistry, EndsAWatchByUnwatch) {
  World world;
  const auto first = world.watch({kAna}, "first ");
  world.watch({kAna}, "second ");
  world.take_calls();
  world.watchers.unwatch(*first);
  world.watchers.unwatch(*first);
  EXPECT_EQ(world.watchers.count(), 1u);
  world.set_busy(kAna);
  EXPECT_EQ(world.take_calls(), Lines{"second 0 ana"});
}

TEST(WatchRegistry, WatchesPeopleWhoDoNotExistYet) {
  World world;
  const UserKey dan{kContoso, user_id(4)};
  world.watch({dan});
  EXPECT_EQ(world.take_calls(), Lines{"0 other"});
  world.put(dan);
  EXPECT_EQ(world.take_calls(), Lines{"0 other"});
  world.set_busy(dan);
  EXPECT_EQ(world.take_calls(), Lines{"0 other"});
  world.change(dan, directory::UserRemoved{});
  EXPECT_EQ(world.take_calls(), Lines{"0 other"});
  EXPECT_EQ(world.advance(std::chrono::hours(5)), Lines{});
}

TEST(WatchRegistry, AGroupChangesThoseWhoseVisibilityNamesIt) {
  World world;
  const UserKey desk{kContoso, user_id(50)}, sales{kContoso, user_id(51)};
  world.show_to(kAna, {desk.user, sales.user});
  world.show_to(kBen, {desk.user});
  world.watch({kAna, kBen, kCleo}, "people ");
  world.watch({kCleo, desk}, "desk ");
  world.watch({kZoe}, "fabrikam ");
  world.watch_contoso("tenant ");
  world.take_calls();
  struct Row {
    UserKey group;
    Lines calls;
  };
  const Row rows[] = {
      {sales, {"people 0 ana", "tenant 0 ana"}},
      {desk, {"desk 0 other", "people 0 ana ben", "tenant 0 ana ben other"}},
      {{kContoso, user_id(52)}, {}},
      {{kFabrikam, desk.user}, {}},
  };
  for (const Row& row : rows) {
    world.change(row.group, directory::GroupPut{"Group", {kBen.user}});
    Lines calls = world.take_calls();
    std::ranges::sort(calls);  // a sweep comes after the group itself
    EXPECT_EQ(calls, row.calls);
    world.change(row.group, directory::GroupRemoved{});
    EXPECT_EQ(world.take_calls().size(), row.calls.size());
  }
  world.show_to(kBen, {sales.user});
  world.take_calls();
  world.change(desk, directory::GroupPut{"Group", {}});
  EXPECT_EQ(world.take_calls().size(), 3u);
  world.show_to(kAna, {});
  world.take_calls();
  world.change(desk, directory::GroupPut{"Group", {}});
  EXPECT_EQ(world.take_calls(), (Lines{"desk 0 other", "tenant 0 other"}));
}

TEST(WatchRegistry, GroupsThatChangeDuringASweepAreSweptToo) {
  World world;
  world.put_many(2000);
  for (std::uint32_t number = 0; number < 2000; ++number)
    world.show_to(World::member(number), {user_id(static_cast<std::uint8_t>(50 + number % 4))});
  world.watch_contoso();
  for (std::uint8_t group = 50; group < 54; ++group)
    world.change({kContoso, user_id(group)}, directory::GroupPut{"Group", {}});
  world.take_calls();
  for (std::uint8_t group = 50; group < 54; ++group)
    world.change({kContoso, user_id(group)}, directory::GroupPut{"Group", {kAna.user}});
  std::size_t changed = 0;
  for (const std::string& line : world.take_calls()) changed += std::ranges::count(line, ' ');
  EXPECT_EQ(changed, 2000u);
}

// The bound on how long the lock is held, counted in entries because durations depend on the machine.
TEST(WatchRegistry, HoldsItsLockForAFewEntries) {
  World world;
  constexpr std::uint32_t kPeople = 3000;
  world.put_many(kPeople);
  for (std::uint32_t number = 0; number < kPeople; ++number) {
    world.set(World::member(number), "Busy", "InACall", minutes(10));
    world.show_to(World::member(number), {user_id(50)});
  }
  std::vector<UserKey> people;
  for (std::uint32_t number = 0; number < kPeople; ++number) people.push_back(World::member(number));
  std::vector<WatchRegistry::Id> ids;
  for (int i = 0; i < 30; ++i) {
    ids.push_back(*world.watch_contoso());
    ids.push_back(*world.watch(people));
  }
  world.take_calls();
  world.change({kContoso, user_id(50)}, directory::GroupPut{"Group", {}});
  world.take_calls();
  world.change({kContoso, {}}, directory::TenantPut{"Contoso", {}});
  world.take_calls();
  world.put_many(kPeople);
  world.advance(minutes(10));
  for (const WatchRegistry::Id id : ids) world.watchers.unwatch(id);
  world.take_calls();
  EXPECT_EQ(world.watchers.people_count(), 0u);
  EXPECT_LE(world.watchers.most_steps(), WatchRegistry::kStepsPerHold);
  EXPECT_GT(world.watchers.most_steps(), WatchRegistry::kStepsPerHold - 8)
      << "portions are as long as they may be";
}

TEST(WatchRegistry, ManyWatchesBeginWithoutACall) {
  World world;
  world.set(kAna, "Available", "Available", minutes(10));
  std::vector<WatchRegistry::QuietWatch> watches;
  watches.push_back(world.quiet_watch({kBen, kAna, kBen}, presence::kNever, "first "));
  watches.push_back(world.quiet_watch({kCleo}, kFirstMoment + seconds(30), "second "));
  ASSERT_EQ(world.watchers.watch_all(watches).size(), 2u);
  EXPECT_EQ(world.take_calls(), Lines());
  EXPECT_EQ(world.advance(seconds(30)), Lines({"second 30"}));
  world.set_busy(kBen);
  EXPECT_EQ(world.take_calls(), Lines({"first 30 ben"}));
  // Time alone changes Ana.
  EXPECT_EQ(world.advance(minutes(5)), Lines({"first 300 ana"}));
}

TEST(WatchRegistry, AWatchOfVeryManyPeopleIsCalledWhenAllAreAdded) {
  World world;
  constexpr std::uint32_t kMany = 1000;
  world.put_many(kMany);
  std::vector<UserKey> people;
  for (std::uint32_t number = 0; number < kMany; ++number) people.push_back(World::member(number));
  std::vector<WatchRegistry::QuietWatch> watches;
  watches.push_back(world.quiet_watch(people, presence::kNever));
  ASSERT_EQ(world.watchers.watch_all(watches).size(), 1u);
  const Lines calls = world.take_calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(std::ranges::count(calls.front(), ' '), kMany);
  EXPECT_LE(world.watchers.most_steps(), WatchRegistry::kStepsPerHold);
}

TEST(WatchRegistry, ManyWatchesBeginInSeveralHoldsOfTheLock) {
  World world;
  constexpr std::uint32_t kMany = 1000;
  std::vector<WatchRegistry::QuietWatch> watches;
  for (std::uint32_t number = 0; number < kMany; ++number)
    watches.push_back(world.quiet_watch({kAna, World::member(number)}, presence::kNever));
  const auto ids = world.watchers.watch_all(watches);
  EXPECT_EQ(ids.size(), kMany);
  EXPECT_EQ(world.watchers.count(), kMany);
  EXPECT_EQ(world.take_calls(), Lines());
  EXPECT_LE(world.watchers.most_steps(), WatchRegistry::kStepsPerHold);
  world.watchers.close();
  watches.assign(1, world.quiet_watch({kAna}, presence::kNever));
  EXPECT_TRUE(world.watchers.watch_all(watches).empty());
}

TEST(WatchRegistry, ATenantChangesAllTenants) {
  World world;
  world.watch({kAna, kZoe});
  world.take_calls();
  world.change({kContoso, {}}, directory::TenantPut{"Contoso", {}});
  EXPECT_EQ(world.take_calls(), Lines{"0 ana zoe"}) << "its trust changes what both tenants see";
}

TEST(WatchRegistry, CloseIsFinal) {
  World world;
  world.watch({kAna}, "first ");
  world.watch({kBen}, "second ");
  world.take_calls();
  world.watchers.close();
  world.watchers.close();
  EXPECT_EQ(std::exchange(world.lines, {}), (Lines{"first closed", "second closed"}));
  EXPECT_EQ(world.watchers.count(), 0u);
  EXPECT_FALSE(world.watch({kAna}));
  world.set_busy(kAna);
  EXPECT_EQ(world.advance(minutes(1)), Lines{});
}

TEST(WatchRegistry, SleepsByTheSystemClock) {
  SystemClock clock;
  Lines lines;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Time> times;
  const NextCall next_call = [&](Time now) -> std::optional<Time> {
    const std::scoped_lock lock(mutex);
    EXPECT_LE(now, clock.wall());
    times.push_back(now);
    changed.notify_all();
    if (times.size() == 3) return std::nullopt;
    return now + Duration(20);
  };
  state::View view;
  WatchRegistry watchers(view, clock);
  watchers.watch({kAna}, std::make_shared<RecordingWatcher>(lines, "", next_call));
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, seconds(30), [&] { return times.size() == 3; }));
  EXPECT_EQ(times[1] - times[0], Duration(20));
  EXPECT_EQ(times[2] - times[1], Duration(20));
}

// A change with very many watchers is delivered in several dispatches: the lock is free in between.
TEST(WatchRegistry, DeliversToVeryManyWatchersInParts) {
  World world;
  constexpr std::size_t kMany = 3000;
  std::vector<WatchRegistry::Id> ids;
  bool unwatch_all = false;
  const NextCall next_call = [&](Time) {
    if (std::exchange(unwatch_all, false))
      for (const WatchRegistry::Id id : ids) world.watchers.unwatch(id);
    return presence::kNever;
  };
  for (std::size_t i = 0; i < kMany; ++i) ids.push_back(*world.watch({kAna}, "", next_call));
  EXPECT_EQ(world.take_calls().size(), kMany);
  world.set_busy(kAna);
  EXPECT_EQ(world.take_calls().size(), kMany);
  unwatch_all = true;
  world.set_busy(kAna);
  EXPECT_LT(world.take_calls().size(), kMany / 2);
  EXPECT_EQ(world.watchers.count(), 0u);
}

TEST(WatchRegistry, RepeatsAChangeDuringALongDeliveryForAllWatchers) {
  World world;
  constexpr std::size_t kMany = 3000;
  std::vector<std::uint64_t> seen(kMany);
  std::size_t calls = 0, change_at = 0;
  for (std::size_t i = 0; i < kMany; ++i) {
    world.watch({kAna, kBen}, "", [&world, &seen, &calls, &change_at, i](Time) {
      seen[i] = world.version;
      if (++calls == change_at) world.set_busy(kAna);
      return presence::kNever;
    });
  }
  world.take_calls();
  calls = 0;
  change_at = kMany / 2;
  world.set_busy(kAna);
  world.take_calls();
  EXPECT_EQ(seen, std::vector<std::uint64_t>(kMany, world.version));
  EXPECT_EQ(calls, 2 * kMany) << "one call for each change";
  world.set_busy(kBen);
  world.take_calls();
  EXPECT_EQ(calls, 3 * kMany);
}

// Reads the state at each call and stores it.
class Reader final : public Watcher {
 public:
  Reader(const state::View& view, UserKey key) : view_(view), key_(key) {}
  std::optional<Time> on_change(Time now, std::span<const UserKey>) override {
    view_.read(key_, [&](const presence::Record& record) { rank = presence::effective(record, now).rank(); });
    return presence::kNever;
  }
  void on_closed() override {}
  std::atomic<int> rank = -1;

 private:
  const state::View& view_;
  const UserKey key_;
};

TEST(WatchRegistry, MissesNothingWhileWatchesBeginAndEnd) {
  World world;
  std::jthread writing([&] {
    for (int i = 0; i < 2000; ++i) {
      world.set(kAna, "Busy", i % 2 ? "InACall" : "InAConferenceCall", std::chrono::hours(4));
      world.set_busy(kBen);
    }
    world.set(kAna, "Away", "Away", std::chrono::hours(4));
  });
  std::vector<std::shared_ptr<Reader>> readers;
  std::vector<WatchRegistry::Id> passing;
  for (int i = 0; i < 200; ++i) {
    readers.push_back(std::make_shared<Reader>(world.view, kAna));
    ASSERT_TRUE(world.watchers.watch({kAna, kBen}, readers.back()));
    passing.push_back(*world.watchers.watch({kBen}, std::make_shared<Reader>(world.view, kBen)));
    if (i % 3 == 0) world.watchers.unwatch(passing[passing.size() / 2]);
  }
  writing.join();
  world.watchers.clock_advanced();
  for (const auto& reader : readers) EXPECT_EQ(reader->rank, presence::kAway.rank());
}

}  // namespace
}  // namespace porchlight::watch
