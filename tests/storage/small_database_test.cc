// A small database on a disk without room: writes are refused, reads go on, nothing that was taken is lost,
// and writes are back soon after there is room again.
#include "storage/small_database.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <thread>

#include "support/faulty_disk.h"

namespace porchlight::storage {
namespace {

class SmallDatabaseTest : public testing::Test {
 protected:
  SmallDatabaseTest() {
    std::string name = std::filesystem::temp_directory_path() / "porch-disk-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    open();
  }
  ~SmallDatabaseTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    database_.reset();
    auto opened = SmallDatabase::open({folder_ / "rows", "rows 1", 1 << 20, env_.get()});
    ASSERT_TRUE(opened) << opened.error();
    database_ = *std::move(opened);
  }
  bool put(const std::string& key, const std::string& value, SyncMode sync = SyncMode::kYes) {
    rocksdb::WriteBatch batch;
    batch.Put(key, value);
    return database_->write(std::move(batch), sync).has_value();
  }
  std::string get(const std::string& key) const {
    const auto found = database_->get(key);
    return !found ? "(fault)" : found->value_or("(none)");
  }
  // Puts until it is taken; false after a time that only a database that stays shut needs.
  bool comes_back(const std::string& key) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      if (put(key, "taken")) return true;
      std::this_thread::yield();
    }
    return false;
  }

  std::filesystem::path folder_;
  FaultyDisk disk_;
  std::unique_ptr<rocksdb::Env> env_ = env_on(disk_);
  std::unique_ptr<SmallDatabase> database_;
};

TEST_F(SmallDatabaseTest, KeepsRowsInOrder) {
  EXPECT_EQ(get("a1"), "(none)");
  EXPECT_TRUE(put("a2", "two") && put("a1", "one", SyncMode::kNo) && put("b", "other"));
  open();
  EXPECT_EQ(get("a1"), "one");
  std::string seen;
  SmallDatabase::PrefixIterator at(*database_, "a");
  for (; at.valid(); at.next()) seen.append(at.key()).append(at.value());
  EXPECT_TRUE(at.status());
  EXPECT_EQ(seen, "a1onea2two");
}

TEST_F(SmallDatabaseTest, IsOfOneFormat) {
  database_.reset();
  EXPECT_FALSE(SmallDatabase::open({folder_ / "rows", "others 1", 1 << 20}));
}

TEST_F(SmallDatabaseTest, TheReserveIsLeftAlone) {
  ASSERT_TRUE(put("a", "one"));
  disk_.says_full = true;
  EXPECT_FALSE(put("a", "two"));
  EXPECT_FALSE(put("a", "two", SyncMode::kNo));
  EXPECT_EQ(get("a"), "one");
  disk_.says_full = false;
  EXPECT_TRUE(put("a", "two")) << "at once: nothing was tried";
}

TEST_F(SmallDatabaseTest, AFailedWriteIsNotTheLast) {
  ASSERT_TRUE(put("a", "one"));
  for (const SyncMode sync : {SyncMode::kYes, SyncMode::kNo}) {
    disk_.refuses_writes = true;
    EXPECT_FALSE(put("b", "lost", sync));
    EXPECT_FALSE(put("b", "lost", sync));
    EXPECT_EQ(get("a"), "one") << "reads go on";
    disk_.refuses_writes = false;
    EXPECT_TRUE(comes_back("c"));
  }
  open();
  EXPECT_EQ(get("a"), "one");
  EXPECT_EQ(get("b"), "(none)");
  EXPECT_EQ(get("c"), "taken");
}

TEST_F(SmallDatabaseTest, ComesBackAfterTryingInVain) {
  ASSERT_TRUE(put("a", "one"));
  disk_.refuses_writes = true;
  EXPECT_FALSE(put("b", "lost"));
  // The next tries open it again, and are refused again.
  for (const int before = disk_.refused; disk_.refused == before;) EXPECT_FALSE(put("b", "lost"));
  EXPECT_EQ(get("a"), "one") << "reads go on";
  disk_.refuses_writes = false;
  EXPECT_TRUE(comes_back("c"));
  EXPECT_EQ(get("a"), "one");
}

TEST_F(SmallDatabaseTest, WhoeverReadsIsLetFinish) {
  ASSERT_TRUE(put("a1", "one") && put("a2", "two"));
  {
    SmallDatabase::PrefixIterator at(*database_, "a");
    disk_.refuses_writes = true;
    EXPECT_FALSE(put("b", "lost"));
    disk_.refuses_writes = false;
    EXPECT_FALSE(put("b", "lost")) << "it is not closed under a reader";
    ASSERT_TRUE(at.valid());
    at.next();
    EXPECT_EQ(at.value(), "two");
  }
  EXPECT_TRUE(comes_back("b"));
}

}  // namespace
}  // namespace porchlight::storage
