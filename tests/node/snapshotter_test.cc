// When a snapshot is due.
#include "node/snapshotter.h"

#include <gtest/gtest.h>

namespace porchlight::node {
namespace {

TEST(Snapshotter, WaitsForMoreEventsWithVeryManyUsers) {
  struct Row {
    std::uint64_t users, events;  // the least events after which a snapshot is due
  };
  for (const auto& [users, events] :
       {Row{0, 250'000}, Row{2'000'000, 250'000}, Row{2'000'008, 250'001}, Row{10'000'000, 1'250'000}}) {
    EXPECT_FALSE(is_snapshot_due(events - 1, users)) << users;
    EXPECT_TRUE(is_snapshot_due(events, users)) << users;
  }
}

}  // namespace
}  // namespace porchlight::node
