// The embedded log on a disk without room: writes fail at once, reads go on, and writes are back soon after
// there is room again.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <future>
#include <thread>

#include "log/embedded_log.h"
#include "log/samples.h"

namespace porchlight::log {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// What is wrong with the disk.
struct Disk {
  std::atomic<bool> refuses_writes = false;
  std::atomic<bool> says_full = false;
  std::atomic<int> refused = 0;  // writes so far
};

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, Disk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    // A torn write: some of it is there.
    if (disk_.refuses_writes) {
      target()->Append(Slice(data.data(), data.size() / 2), options, context).PermitUncheckedError();
      ++disk_.refused;
      return IOStatus::NoSpace("told to be full");
    }
    return target()->Append(data, options, context);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* context) override {
    return Append(data, options, context);
  }

 private:
  Disk& disk_;
};

class FaultySystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultySystem(Disk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "FaultySystem"; }
  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* context) override {
    const IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (status.ok()) *file = std::make_unique<FaultyFile>(std::move(*file), disk_);
    return status;
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, std::uint64_t* free,
                        IODebugContext* context) override {
    if (!disk_.says_full) return target()->GetFreeSpace(path, options, free, context);
    *free = 1000;
    return IOStatus::OK();
  }

 private:
  Disk& disk_;
};

class FullDisk : public ::testing::Test {
 protected:
  std::unique_ptr<EmbeddedEngine> open() {
    auto engine = EmbeddedEngine::open({.dir = folder_.path(), .env = env_.get()});
    EXPECT_TRUE(engine) << engine.error();
    return std::move(*engine);
  }
  static Appended append(ShardLog& log, std::uint64_t n) {
    std::promise<Appended> outcome;
    log.append(batch_of(n), n - 1, [&](Appended appended) { outcome.set_value(appended); });
    return outcome.get_future().get();
  }
  // Appends number `n` until it is taken; false after a time that only a server that hangs needs.
  static bool comes_back(ShardLog& log, std::uint64_t n) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      if (append(log, n) == Appended::kOk) return true;
      std::this_thread::yield();
    }
    return false;
  }

  Disk disk_;
  Folder folder_;
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(std::make_shared<FaultySystem>(disk_));
};

TEST_F(FullDisk, TheReserveIsLeftAlone) {
  const auto engine = open();
  ShardLog& log = engine->shard(3);
  ASSERT_EQ(append(log, 1), Appended::kOk);
  disk_.says_full = true;
  EXPECT_EQ(append(log, 2), Appended::kUnknown);
  EXPECT_EQ(log.tail()->seq, 1u) << "nothing was tried, so the end is known";
  EXPECT_FALSE(log.accepts());
  EXPECT_EQ(log.read(1, 9)->size(), 1u);
  EXPECT_TRUE(log.trim(1)) << "what frees room is let through";
  disk_.says_full = false;
  EXPECT_TRUE(comes_back(log, 2));
  EXPECT_TRUE(log.accepts());
}

TEST_F(FullDisk, AFailedWriteIsSettledBeforeTheNext) {
  {
    const auto engine = open();
    ShardLog& log = engine->shard(3);
    ASSERT_EQ(append(log, 1), Appended::kOk);
    disk_.refuses_writes = true;
    EXPECT_EQ(append(log, 2), Appended::kUnknown);
    EXPECT_FALSE(log.tail()) << "nobody knows yet";
    EXPECT_EQ(append(log, 2), Appended::kUnknown);
    EXPECT_EQ(log.read(1, 9)->size(), 1u) << "reads go on";
    disk_.refuses_writes = false;
    EXPECT_TRUE(comes_back(log, 2));
    EXPECT_EQ(log.tail()->seq, 2u);
    ASSERT_EQ(append(log, 3), Appended::kOk);
  }
  const auto engine = open();
  EXPECT_EQ(engine->shard(3).read(1, 9)->size(), 3u);
}

TEST_F(FullDisk, ComesBackAfterTryingInVain) {
  const auto engine = open();
  ShardLog& log = engine->shard(3);
  ASSERT_EQ(append(log, 1), Appended::kOk);
  disk_.refuses_writes = true;
  EXPECT_EQ(append(log, 2), Appended::kUnknown);
  // The engine tries again by itself, and is refused again.
  for (const int before = disk_.refused; disk_.refused == before;) std::this_thread::yield();
  EXPECT_EQ(append(log, 2), Appended::kUnknown);
  disk_.refuses_writes = false;
  EXPECT_TRUE(comes_back(log, 2));
}

TEST_F(FullDisk, AStartAfterAFailedWriteFindsAllThatWasAcknowledged) {
  {
    const auto engine = open();
    ASSERT_EQ(append(engine->shard(3), 1), Appended::kOk);
    disk_.refuses_writes = true;
    EXPECT_EQ(append(engine->shard(3), 2), Appended::kUnknown);
  }
  disk_.refuses_writes = false;
  const auto engine = open();
  EXPECT_GE(engine->shard(3).tail()->seq, 1u);
  EXPECT_TRUE(comes_back(engine->shard(3), engine->shard(3).tail()->seq + 1));
}

}  // namespace
}  // namespace porchlight::log
