// The embedded log on a full disk: appends fail at once, reads work, and appends work again soon after space is freed.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "log/embedded_log.h"
#include "log/samples.h"
#include "support/faulty_disk.h"

namespace porchlight::log {
namespace {

class FullDisk : public ::testing::Test {
 protected:
  std::unique_ptr<EmbeddedEngine> open() {
    auto engine = EmbeddedEngine::open({.dir = folder_.path(), .env = env_.get()});
    EXPECT_TRUE(engine) << engine.error();
    return std::move(*engine);
  }
  static Appended append(ShardLog& log, std::uint64_t n) {
    std::promise<Appended> outcome;
    log.append(batch_of(n), n - 1, [&](Appended appended, const Tail&) { outcome.set_value(appended); });
    return outcome.get_future().get();
  }
  // Repeats the append of number `n` until it succeeds; false after a timeout that is only reached if the log hangs.
  static bool recovers(ShardLog& log, std::uint64_t n) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      if (append(log, n) == Appended::kOk) return true;
      std::this_thread::yield();
    }
    return false;
  }

  FaultyDisk disk_;
  Folder folder_;
  std::unique_ptr<rocksdb::Env> env_ = env_on(disk_);
};

TEST_F(FullDisk, RefusesAppendsBelowTheReserve) {
  const auto engine = open();
  ShardLog& log = engine->shard(3);
  ASSERT_EQ(append(log, 1), Appended::kOk);
  disk_.says_full = true;
  EXPECT_EQ(append(log, 2), Appended::kUnknown);
  EXPECT_EQ(log.tail()->seq, 1u) << "nothing was written, so the end is known";
  EXPECT_FALSE(log.accepts());
  EXPECT_EQ(log.read(1, 9)->size(), 1u);
  EXPECT_TRUE(log.trim(1)) << "trimming frees space";
  disk_.says_full = false;
  EXPECT_TRUE(recovers(log, 2));
  EXPECT_TRUE(log.accepts());
}

TEST_F(FullDisk, SettlesAFailedWriteBeforeTheNext) {
  {
    const auto engine = open();
    ShardLog& log = engine->shard(3);
    ASSERT_EQ(append(log, 1), Appended::kOk);
    disk_.refuses_writes = true;
    EXPECT_EQ(append(log, 2), Appended::kUnknown);
    EXPECT_FALSE(log.tail()) << "the outcome is unknown";
    EXPECT_EQ(append(log, 2), Appended::kUnknown);
    EXPECT_EQ(log.read(1, 9)->size(), 1u) << "reads still work";
    disk_.refuses_writes = false;
    EXPECT_TRUE(recovers(log, 2));
    EXPECT_EQ(log.tail()->seq, 2u);
    ASSERT_EQ(append(log, 3), Appended::kOk);
  }
  const auto engine = open();
  EXPECT_EQ(engine->shard(3).read(1, 9)->size(), 3u);
}

TEST_F(FullDisk, RecoversAfterFailedRetries) {
  const auto engine = open();
  ShardLog& log = engine->shard(3);
  ASSERT_EQ(append(log, 1), Appended::kOk);
  disk_.refuses_writes = true;
  EXPECT_EQ(append(log, 2), Appended::kUnknown);
  // Waits until a retry of the engine fails.
  for (const int before = disk_.refused; disk_.refused == before;) std::this_thread::yield();
  EXPECT_EQ(append(log, 2), Appended::kUnknown);
  disk_.refuses_writes = false;
  EXPECT_TRUE(recovers(log, 2));
}

TEST_F(FullDisk, KeepsAcknowledgedBatchesAcrossARestartAfterAFailure) {
  {
    const auto engine = open();
    ASSERT_EQ(append(engine->shard(3), 1), Appended::kOk);
    disk_.refuses_writes = true;
    EXPECT_EQ(append(engine->shard(3), 2), Appended::kUnknown);
  }
  disk_.refuses_writes = false;
  const auto engine = open();
  EXPECT_GE(engine->shard(3).tail()->seq, 1u);
  EXPECT_TRUE(recovers(engine->shard(3), engine->shard(3).tail()->seq + 1));
}

// RocksDB cannot begin a new write-ahead file when it makes a table of what is in memory, which has the deletion of a
// range (database.h).
TEST_F(FullDisk, TriesAgainToEraseWhatWasTrimmed) {
  const auto engine = open();
  ShardLog& log = engine->shard(3);
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_EQ(append(log, n), Appended::kOk);
  ASSERT_TRUE(log.trim(2));
  std::atomic<bool> canceled = false;
  disk_.refuses_files = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(engine->erase_trimmed(canceled));
    EXPECT_FALSE(engine->copy_to(folder_.path() + "-copy"));
    EXPECT_EQ(log.read(1, 9)->size(), 1u);
  }
  disk_.refuses_files = false;
  EXPECT_TRUE(engine->erase_trimmed(canceled));
  EXPECT_TRUE(recovers(log, 4));
  EXPECT_EQ(log.read(1, 9)->size(), 2u);
}

// The same while the outcome of an append is unknown.
TEST_F(FullDisk, ErasesNothingUntilAFailedWriteIsSettled) {
  const auto engine = open();
  ShardLog& log = engine->shard(3);
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_EQ(append(log, n), Appended::kOk);
  ASSERT_TRUE(log.trim(2));
  std::atomic<bool> canceled = false;
  disk_.refuses_writes = disk_.refuses_files = true;
  EXPECT_EQ(append(log, 4), Appended::kUnknown);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(engine->erase_trimmed(canceled));
  disk_.refuses_writes = disk_.refuses_files = false;
  EXPECT_TRUE(recovers(log, 4));
  EXPECT_TRUE(engine->erase_trimmed(canceled));
  EXPECT_EQ(log.read(1, 9)->size(), 2u);
}

}  // namespace
}  // namespace porchlight::log
