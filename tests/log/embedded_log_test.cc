// The embedded log without faults: appended batches are read back in order, also after a restart.
#include "log/embedded_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "log/samples.h"

namespace porchlight::log {
namespace {

std::unique_ptr<EmbeddedEngine> open(const std::string& dir) {
  auto engine = EmbeddedEngine::open({.dir = dir});
  EXPECT_TRUE(engine.has_value()) << engine.error();
  return std::move(*engine);
}

Appended append_one(ShardLog& log, const Batch& batch, std::uint64_t expected_last) {
  std::promise<Appended> outcome;
  log.append(batch, expected_last, [&](Appended appended, const Tail&) { outcome.set_value(appended); });
  return outcome.get_future().get();
}

TEST(EmbeddedLog, IsEmptyAtFirst) {
  Folder folder;
  const auto engine = open(folder.path());
  EXPECT_EQ(engine->shard(5).tail(), Tail{});
  EXPECT_TRUE(engine->shard(5).read(1, 10)->empty());
  EXPECT_EQ(engine->logs().size(), 64u);
}

TEST(EmbeddedLog, KeepsBatchesAcrossARestart) {
  Folder folder;
  Tail tail;
  {
    const auto engine = open(folder.path());
    for (std::uint64_t n = 1; n <= 5; ++n) {
      ASSERT_EQ(append_one(engine->shard(3), batch_of(n), n - 1), Appended::kOk);
    }
    tail = engine->shard(3).tail().value();
  }
  const auto engine = open(folder.path());
  EXPECT_EQ(engine->shard(3).tail(), tail);
  EXPECT_EQ(engine->shard(4).tail(), Tail{});
  const auto stored = engine->shard(3).read(2, 3).value();
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(stored.front().seq, 2u);
  EXPECT_EQ(stored.back().batch, batch_of(4));
  EXPECT_EQ(append_one(engine->shard(3), batch_of(6), 5), Appended::kOk);
}

TEST(EmbeddedLog, RefusesAnUnexpectedNumber) {
  Folder folder;
  const auto engine = open(folder.path());
  EXPECT_EQ(append_one(engine->shard(0), batch_of(1), 1), Appended::kConflict);
  EXPECT_EQ(append_one(engine->shard(0), batch_of(1), 0), Appended::kOk);
  EXPECT_EQ(append_one(engine->shard(0), batch_of(2), 0), Appended::kConflict);
  EXPECT_EQ(engine->shard(0).tail()->seq, 1u);
}

TEST(EmbeddedLog, HasAStampOfEachBatch) {
  Folder folder;
  const auto engine = open(folder.path());
  ShardLog& log = engine->shard(3);
  for (std::uint64_t n = 1; n <= 4; ++n) append_one(log, batch_of(n), n - 1);
  append_one(engine->shard(4), batch_of(1), 0);
  const auto stamp = [&](std::uint64_t from) { return log.stamp(from).value(); };
  EXPECT_EQ(stamp(2), (BatchStamp{2, batch_of(2).at}));
  EXPECT_EQ(stamp(5), std::nullopt) << "the next shard has batches";
  ASSERT_TRUE(log.trim(2));
  EXPECT_EQ(stamp(1), (BatchStamp{3, batch_of(3).at}));
}

TEST(EmbeddedLog, TrimsAllButTheLastBatch) {
  Folder folder;
  {
    const auto engine = open(folder.path());
    for (std::uint64_t n = 1; n <= 4; ++n) append_one(engine->shard(1), batch_of(n), n - 1);
    append_one(engine->shard(2), batch_of(1), 0);
    ASSERT_TRUE(engine->shard(1).trim(2));
    EXPECT_EQ(engine->shard(1).read(1, 9)->front().seq, 3u);
    ASSERT_TRUE(engine->shard(1).trim(100));
    ASSERT_TRUE(engine->shard(5).trim(100));
  }
  const auto engine = open(folder.path());
  ASSERT_EQ(engine->shard(1).read(1, 9)->size(), 1u);
  EXPECT_EQ(engine->shard(1).tail()->seq, 4u);
  EXPECT_EQ(engine->shard(2).read(1, 9)->size(), 1u);
  EXPECT_EQ(append_one(engine->shard(1), batch_of(5), 4), Appended::kOk);
  EXPECT_EQ(engine->shard(1).read(4, 9)->size(), 2u);
}

// Both change the memtable, which remembers places in it by shard (rocks_open.cc).
TEST(EmbeddedLog, TakesAppendsAndTrimsInTurn) {
  constexpr std::uint32_t kTurns = 40, kTrimmedShards = 8;
  Folder folder;
  const auto engine = open(folder.path());
  for (std::uint64_t n = 1; n <= kTurns; ++n) {
    for (std::uint32_t shard = 0; shard < kTrimmedShards; ++shard) {
      ASSERT_EQ(append_one(engine->shard(shard), batch_of(n), n - 1), Appended::kOk);
      if ((n + shard) % 3 == 0) {
        ASSERT_TRUE(engine->shard(shard).trim(n - 1));
      }
    }
  }
  for (std::uint32_t shard = 0; shard < kTrimmedShards; ++shard) {
    const auto stored = engine->shard(shard).read(kTurns - 2, kTurns).value();
    ASSERT_FALSE(stored.empty());
    EXPECT_EQ(stored.back().batch, batch_of(kTurns));
  }
}

// Whether a file of the folder contains the bytes.
bool has_bytes(const std::string& dir, std::string_view bytes) {
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    if (content.find(bytes) != std::string::npos) return true;
  }
  return false;
}

TEST(EmbeddedLog, ErasesTrimmedBatchesFromTheDisk) {
  const std::string old = "Kq7vX2mZp9RtLw4Hs8Bn", young = "Jd3cY6nUa1EfGo5Vi0Wk";
  std::atomic<bool> canceled = false;
  Folder folder;
  const auto engine = open(folder.path());
  const auto append = [&](std::uint64_t number, const std::string& upn) {
    return append_one(engine->shard(9), {.at = at_ms(1), .events = {user_event(number, upn)}}, number - 1);
  };
  ASSERT_EQ(append(1, old), Appended::kOk);
  ASSERT_TRUE(engine->erase_trimmed(canceled));
  ASSERT_EQ(append(2, young), Appended::kOk);
  ASSERT_TRUE(has_bytes(folder.path(), old));
  ASSERT_TRUE(engine->shard(9).trim(1));
  ASSERT_TRUE(engine->erase_trimmed(canceled));
  EXPECT_FALSE(has_bytes(folder.path(), old));
  EXPECT_TRUE(has_bytes(folder.path(), young));
  EXPECT_EQ(engine->shard(9).read(1, 5)->size(), 1u);
}

TEST(EmbeddedLog, KeepsABatchWithoutEvents) {
  Folder folder;
  {
    const auto engine = open(folder.path());
    ASSERT_EQ(append_one(engine->shard(3), batch_of(1), 0), Appended::kOk);
    ASSERT_EQ(append_one(engine->shard(3), {.at = at_ms(9), .events = {}}, 1), Appended::kOk);
    ASSERT_TRUE(engine->shard(3).trim(1));
  }
  const auto engine = open(folder.path());
  const auto stored = engine->shard(3).read(1, 5).value();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_TRUE(stored.front().batch.events.empty());
  EXPECT_EQ(append_one(engine->shard(3), batch_of(3), 2), Appended::kOk);
}

TEST(EmbeddedLog, AcceptsAppendsOfManyThreads) {
  Folder folder;
  constexpr std::uint64_t kWritten = 100;
  {
    const auto engine = open(folder.path());
    std::vector<std::jthread> writers;
    for (std::uint32_t shard = 0; shard < 8; ++shard) {
      writers.emplace_back([&, shard] {
        for (std::uint64_t n = 1; n <= kWritten; ++n) {
          ASSERT_EQ(append_one(engine->shard(shard), batch_of(n), n - 1), Appended::kOk);
          ASSERT_TRUE(engine->shard(shard).tail());
        }
      });
    }
  }
  const auto engine = open(folder.path());
  for (std::uint32_t shard = 0; shard < 8; ++shard) {
    EXPECT_EQ(engine->shard(shard).read(1, 1000)->size(), kWritten);
  }
}

TEST(EmbeddedLog, FinishesWaitingAppendsBeforeItCloses) {
  Folder folder;
  std::atomic<int> done = 0;
  {
    const auto engine = open(folder.path());
    for (std::uint64_t n = 1; n <= 50; ++n) {
      engine->shard(9).append(batch_of(n), n - 1,
                              [&](Appended appended, const Tail&) { done += appended == Appended::kOk; });
    }
  }
  EXPECT_EQ(done, 50);
}

}  // namespace
}  // namespace porchlight::log
