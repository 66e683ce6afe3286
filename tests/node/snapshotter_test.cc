// When a snapshot is due, and what it has.
#include "node/snapshotter.h"

#include <gtest/gtest.h>

#include "state/snapshot.h"
#include "state/writer_fixture.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

TEST(Snapshotter, WaitsForMoreEventsWithVeryManyUsers) {
  struct Row {
    std::uint64_t users, events;  // the least events after which a snapshot is due
  };
  for (const auto& [users, events] :
       {Row{0, 250'000}, Row{500'000, 250'000}, Row{500'002, 250'001}, Row{10'000'000, 5'000'000}}) {
    EXPECT_FALSE(is_snapshot_due(events - 1, users)) << users;
    EXPECT_TRUE(is_snapshot_due(events, users)) << users;
  }
}

// Otherwise a snapshot of the last day before the retention would have what is older until it is itself as old.
TEST(Snapshotter, LeavesOutWhatExpiredHalfAnHourAgo) {
  const state::UserKey user{state::id_of(1), state::id_of(2)};
  state::WriterFixture fixture;
  ASSERT_TRUE(fixture.put(user, "ana@x.test"));
  ASSERT_TRUE(fixture.run(user, state::busy(1)));
  const Time expiry = fixture.record(user).sessions.front().expires_at();
  std::vector<log::ShardLog*> logs;
  for (log::FakeLog& log : fixture.logs) logs.push_back(&log);
  for (const auto& [after, sessions] :
       {std::pair{kExpiredKept - Duration(1), 1}, {kExpiredKept + Duration(1), 0}}) {
    const TempFolder folder;
    const ManualClock clock(expiry + after);
    std::atomic<std::uint64_t> events = 0;
    Snapshotter snapshotter(*fixture.view, folder / "snapshots", logs, events,
                            {clock, std::chrono::days(30), presence::kDocumentedPolicy});
    ASSERT_TRUE(snapshotter.take_snapshot());
    state::View restored;
    ASSERT_TRUE(state::restore(restored, folder / "snapshots", logs));
    EXPECT_EQ(restored.copy(user)->record.sessions.size(), static_cast<std::size_t>(sessions))
        << after.count();
  }
}

}  // namespace
}  // namespace porchlight::node
