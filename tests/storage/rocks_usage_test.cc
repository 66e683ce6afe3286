// What databases use is read as long as they are open.
#include "storage/rocks_usage.h"

#include <gtest/gtest.h>

#include "storage/rocks_counters.h"
#include "storage/small_database.h"
#include "support/temp_folder.h"

namespace porchlight::storage {
namespace {

constexpr int kRows = 1000;

// A database with that name, whose rows were read from a table.
std::unique_ptr<SmallDatabase> open_and_read(const TempFolder& folder, const std::string& name) {
  const SmallDatabaseOptions options{folder / name, "rows 1", 1 << 20};
  {
    auto database = SmallDatabase::open(options);
    EXPECT_TRUE(database) << database.error();
    for (int row = 0; row < kRows; ++row) {
      rocksdb::WriteBatch batch;
      batch.Put(std::to_string(row), std::string(100, 'x'));
      EXPECT_TRUE((*database)->write(std::move(batch), SyncMode::kNo));
    }
  }
  auto database = SmallDatabase::open(options);  // writes the rows to a table
  EXPECT_TRUE(database) << database.error();
  for (int row = 0; row < kRows; ++row) EXPECT_TRUE((*database)->get(std::to_string(row)));
  return *std::move(database);
}

TEST(RocksUsage, IsThatOfOpenDatabasesWithTheName) {
  const TempFolder folder;
  const std::size_t scim = database_number("/data/scim"), other = kDatabases.size() - 1;
  EXPECT_EQ(kDatabases[scim], "scim");
  EXPECT_EQ(database_number("/data/nowhere"), other);
  auto first = open_and_read(folder, "scim");
  const std::uint64_t of_one = rocks_usage(scim).block_cache_bytes;
  EXPECT_GT(of_one, 0u);
  EXPECT_FALSE(rocks_usage(scim).is_stalled);
  EXPECT_EQ(rocks_usage(scim).pending_compaction_bytes, 0u);
  const auto second = open_and_read(folder, "nowhere");
  EXPECT_EQ(rocks_usage(scim).block_cache_bytes, of_one);
  EXPECT_GT(rocks_usage(other).block_cache_bytes, 0u);
  first.reset();
  EXPECT_EQ(rocks_usage(scim).block_cache_bytes, 0u);
}

}  // namespace
}  // namespace porchlight::storage
