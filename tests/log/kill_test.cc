// A process that appends at full speed is killed at random times. All acknowledged batches must be in the log.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <semaphore>
#include <thread>

#include "log/embedded_log.h"
#include "log/samples.h"

namespace porchlight::log {
namespace {

constexpr std::uint32_t kWriting = 4;  // number of shards written
// Environment variables of the child: the folder to write to, and the file descriptor for acknowledged positions.
constexpr const char* kDirVariable = "PORCHLIGHT_KILL_DIR";
constexpr const char* kPipeVariable = "PORCHLIGHT_KILL_PIPE";

// Appends to all shards at once until killed, and writes the Position of each durable batch to `out`.
[[noreturn]] void write_until_killed(const std::string& dir, int out) {
  auto engine = EmbeddedEngine::open({.dir = dir});
  if (!engine) _exit(1);
  std::vector<std::uint64_t> last;
  for (std::uint32_t shard = 0; shard < kWriting; ++shard)
    last.push_back((*engine)->shard(shard).tail()->seq);
  std::counting_semaphore<kWriting> free(kWriting);
  for (std::uint64_t turn = 0;; ++turn) {
    free.acquire();
    const auto shard = static_cast<std::uint32_t>(turn % kWriting);
    const Position position{shard, ++last[shard]};
    (*engine)->shard(shard).append(
        batch_of(position.seq), position.seq - 1, [&, position](Appended appended, const Tail&) {
          if (appended != Appended::kOk || write(out, &position, sizeof(position)) != sizeof(position))
            _exit(2);
          free.release();
        });
  }
}

// The child. It is executed as a program of its own, because threads of RocksDB do not survive a fork.
TEST(Kill, DISABLED_Child) {
  const char* const dir = getenv(kDirVariable);
  const char* const out = getenv(kPipeVariable);
  if (dir && out) write_until_killed(dir, atoi(out));
}

TEST(Kill, KeepsAllAcknowledgedBatches) {
  Folder folder;
  std::mt19937 random(7);
  std::map<std::uint32_t, std::uint64_t> acknowledged;
  for (int round = 0; round < 20; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    setenv(kDirVariable, folder.path().c_str(), 1);
    setenv(kPipeVariable, std::to_string(pipe_ends[1]).c_str(), 1);
    const pid_t child = fork();
    if (child == 0) {
      execl("/proc/self/exe", "test_log", "--gtest_filter=Kill.DISABLED_Child",
            "--gtest_also_run_disabled_tests", nullptr);
      _exit(3);
    }
    close(pipe_ends[1]);
    Position position;
    std::uint64_t acknowledged_count = 0;
    const std::uint64_t kill_at = 1 + random() % 150;
    while (read(pipe_ends[0], &position, sizeof(position)) == sizeof(position)) {
      acknowledged[position.shard] = std::max(acknowledged[position.shard], position.seq);
      if (++acknowledged_count == kill_at) kill(child, SIGKILL);
    }
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child exited: " << status;
    const auto engine = EmbeddedEngine::open({.dir = folder.path()});
    ASSERT_TRUE(engine) << engine.error();
    for (const auto& [shard, seq] : acknowledged) {
      const auto stored = (*engine)->shard(shard).read(1, SIZE_MAX);
      ASSERT_TRUE(stored) << stored.error().why;
      ASSERT_GE(stored->size(), seq) << "round " << round;
      ASSERT_EQ(stored->at(seq - 1).batch, batch_of(seq));
    }
  }
}

}  // namespace
}  // namespace porchlight::log
