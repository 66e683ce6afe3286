// A small database on a full disk: writes fail, reads succeed, acknowledged writes survive, and writes succeed soon
// after space is available.
#include "storage/small_database.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
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
  // Retries a put until it succeeds. Returns false after a minute.
  bool recovers(const std::string& key) {
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

TEST_F(SmallDatabaseTest, IteratesInOrder) {
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

TEST_F(SmallDatabaseTest, RefusesAnotherFormat) {
  database_.reset();
  EXPECT_FALSE(SmallDatabase::open({folder_ / "rows", "others 1", 1 << 20}));
}

// Opened on a disk that takes no writes: a database that exists can be read, one that does not is empty, and both take
// writes when the disk does. What is no database, or could not become one, is an error.
TEST_F(SmallDatabaseTest, OpensOnADiskThatTakesNoWrites) {
  ASSERT_TRUE(put("a", "one"));
  const auto make = [&](const char* name) { return folder_ / name; };
  std::filesystem::create_directory(make("empty"));
  std::ofstream(make("file")) << "x";
  const struct {
    std::filesystem::path folder;
    bool opens;
    const char* value;
  } rows[] = {
      {make("rows"), true, "one"}, {make("empty"), true, "(none)"}, {make("missing"), true, "(none)"},
      {make("file"), false, ""},   {make("file/below"), false, ""}, {make("no/parent"), false, ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.folder);
    database_.reset();
    disk_.refuses_writes = true;
    auto opened = SmallDatabase::open({row.folder, "rows 1", 1 << 20, env_.get()});
    ASSERT_EQ(opened.has_value(), row.opens);
    if (!opened) continue;
    database_ = *std::move(opened);
    EXPECT_EQ(get("a"), row.value);
    SmallDatabase::PrefixIterator at(*database_, "a");
    EXPECT_EQ(at.valid(), std::string(row.value) == "one");
    EXPECT_TRUE(at.status());
    EXPECT_FALSE(put("b", "lost"));
    EXPECT_EQ(get("b"), "(none)");
    disk_.refuses_writes = false;
  }
  for (const char* name : {"rows", "empty", "missing"}) {
    database_.reset();
    disk_.refuses_writes = true;
    database_ = SmallDatabase::open({make(name), "rows 1", 1 << 20, env_.get()}).value();
    disk_.refuses_writes = false;
    EXPECT_TRUE(recovers("c")) << name;
    EXPECT_EQ(get("c"), "taken") << name;
  }
}

TEST_F(SmallDatabaseTest, WritesLeaveTheReserve) {
  ASSERT_TRUE(put("a", "one"));
  disk_.says_full = true;
  EXPECT_FALSE(put("a", "two"));
  EXPECT_FALSE(put("a", "two", SyncMode::kNo));
  EXPECT_EQ(get("a"), "one");
  disk_.says_full = false;
  EXPECT_TRUE(put("a", "two")) << "at once: no write had failed";
}

TEST_F(SmallDatabaseTest, WritesSucceedAgainAfterAFailure) {
  ASSERT_TRUE(put("a", "one"));
  for (const SyncMode sync : {SyncMode::kYes, SyncMode::kNo}) {
    disk_.refuses_writes = true;
    EXPECT_FALSE(put("b", "lost", sync));
    EXPECT_FALSE(put("b", "lost", sync));
    EXPECT_EQ(get("a"), "one") << "reads succeed";
    disk_.refuses_writes = false;
    EXPECT_TRUE(recovers("c"));
  }
  open();
  EXPECT_EQ(get("a"), "one");
  EXPECT_EQ(get("b"), "(none)");
  EXPECT_EQ(get("c"), "taken");
}

TEST_F(SmallDatabaseTest, RecoversAfterFailedReopening) {
  ASSERT_TRUE(put("a", "one"));
  disk_.refuses_writes = true;
  EXPECT_FALSE(put("b", "lost"));
  // The next writes reopen the database and fail again.
  for (const int before = disk_.refused; disk_.refused == before;) EXPECT_FALSE(put("b", "lost"));
  EXPECT_EQ(get("a"), "one") << "reads succeed";
  disk_.refuses_writes = false;
  EXPECT_TRUE(recovers("c"));
  EXPECT_EQ(get("a"), "one");
}

TEST_F(SmallDatabaseTest, IsNotReopenedUnderAReader) {
  ASSERT_TRUE(put("a1", "one") && put("a2", "two"));
  {
    SmallDatabase::PrefixIterator at(*database_, "a");
    disk_.refuses_writes = true;
    EXPECT_FALSE(put("b", "lost"));
    disk_.refuses_writes = false;
    EXPECT_FALSE(put("b", "lost")) << "not reopened while a reader has it open";
    ASSERT_TRUE(at.valid());
    at.next();
    EXPECT_EQ(at.value(), "two");
  }
  EXPECT_TRUE(recovers("b"));
}

}  // namespace
}  // namespace porchlight::storage
