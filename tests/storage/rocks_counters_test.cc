#include "storage/rocks_counters.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <memory>

#include "storage/rocks_options.h"
#include "support/temp_folder.h"

namespace porchlight::storage {
namespace {

// The database is counted under the name of its folder; a folder with another name counts as "other".
TEST(RocksCounters, CountByFolder) {
  const TempFolder temp;
  for (const auto& [folder, place] : {std::pair{"history", 1}, std::pair{"surprise", 6}}) {
    const RocksCounters& counters = rocks_counters(static_cast<std::size_t>(place));
    const std::uint64_t before = counters.flushes.value();
    rocksdb::DB* opened = nullptr;
    const std::string path = (temp / folder).string();
    ASSERT_TRUE(rocksdb::DB::Open(rocks_options(path, nullptr), path, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    ASSERT_TRUE(database->Put({}, "key", "value").ok());
    ASSERT_TRUE(database->Flush({}).ok());
    ASSERT_TRUE(database->Close().ok());
    EXPECT_EQ(counters.flushes.value(), before + 1) << folder;
  }
}

}  // namespace
}  // namespace porchlight::storage
