// A process that indexes the log is killed at random times. The next one must continue from its last write.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <latch>

#include "history/history_reader.h"
#include "history/random_history.h"
#include "log/embedded_log.h"
#include "state/snapshot.h"

namespace porchlight::history {
namespace {

constexpr Duration kYear = std::chrono::days(366);
// Environment variables of the child: the folder, and the file descriptor to which it writes its progress.
constexpr const char* kDirVariable = "PORCHLIGHT_KILL_DIR";
constexpr const char* kPipeVariable = "PORCHLIGHT_KILL_PIPE";
// Written when the whole log is indexed.
constexpr std::uint64_t kDone = ~std::uint64_t{0};

// Copies the logs of the history to an embedded log.
void copy_logs(const std::string& dir, RandomHistory& history) {
  const auto engine = log::EmbeddedEngine::open({.dir = dir + "/log"});
  ASSERT_TRUE(engine) << engine.error();
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    const auto batches = history.fixture.logs[shard].read(1, SIZE_MAX).value();
    std::latch durable(static_cast<std::ptrdiff_t>(batches.size()));
    for (const auto& stored : batches)
      (*engine)->shard(shard).append(stored.batch, stored.seq - 1,
                                     [&](log::Appended, const log::Tail&) { durable.count_down(); });
    durable.wait();
  }
}

// Indexes until killed, and writes the number of indexed batches after each slice.
[[noreturn]] void index_until_killed(const std::string& dir, int out) {
  auto engine = log::EmbeddedEngine::open({.dir = dir + "/log"});
  if (!engine) _exit(1);
  state::View view;
  if (!state::restore(view, dir + "/snapshots", (*engine)->logs())) _exit(2);
  const ManualClock clock(at_ms(0));
  RecentBatches recent(view);
  HistoryReader reader(dir + "/history", kYear, clock, view, (*engine)->logs(), recent);
  const auto report = [out](std::uint64_t progress) {
    if (write(out, &progress, sizeof(progress)) != sizeof(progress)) _exit(3);
  };
  while (reader.index_next()) {
    std::uint64_t batches = 0;
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) batches += reader.indexed(shard);
    report(batches);
  }
  report(kDone);
  while (true) pause();
}

// The child. It is executed as a program of its own, because threads of RocksDB do not survive a fork.
TEST(Kill, DISABLED_Child) {
  const char* const dir = getenv(kDirVariable);
  const char* const out = getenv(kPipeVariable);
  if (dir && out) index_until_killed(dir, atoi(out));
}

// Starts a child and kills it after `kill_at` reports, or when it is done. Returns its first and last report.
std::pair<std::uint64_t, std::uint64_t> run_and_kill(std::uint64_t kill_at) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  setenv(kPipeVariable, std::to_string(pipe_ends[1]).c_str(), 1);
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "test_history", "--gtest_filter=Kill.DISABLED_Child",
          "--gtest_also_run_disabled_tests", nullptr);
    _exit(4);
  }
  close(pipe_ends[1]);
  std::uint64_t reports = 0, first = 0, last = 0, progress = 0;
  while (read(pipe_ends[0], &progress, sizeof(progress)) == sizeof(progress)) {
    if (reports == 0) first = progress;
    last = progress;
    if (++reports >= kill_at || progress == kDone) kill(child, SIGKILL);
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child exited: " << status;
  return {first, last};
}

TEST(Kill, ContinuesAndGivesTheSameAnswers) {
  log::Folder folder;
  RandomHistory history(1, 8);
  history.run_random_writes(40'000);  // some slices
  ASSERT_NO_FATAL_FAILURE(copy_logs(folder.path(), history));
  setenv(kDirVariable, folder.path().c_str(), 1);
  int rounds = 0;
  for (std::uint64_t reached = 0; reached != kDone; ++rounds) {
    const auto [first, last] = run_and_kill(1 + history.dice.below(2));
    ASSERT_FALSE(::testing::Test::HasFailure());
    ASSERT_GT(first, reached) << "it started from the beginning";
    reached = last;
  }
  EXPECT_GT(rounds, 1);
  const auto answers_of = [&](const std::string& dir) {
    HistoryReader reader(dir, kYear, history.clock, *history.fixture.view, history.logs, history.recent);
    std::vector<std::optional<Record>> records;
    for (const UserKey& person : history.people()) {
      const ExpectedTimeline timeline = history.timeline_of(person);
      for (std::size_t i = 0; i < timeline.size(); i += 5)
        for (const Time time : {timeline[i].at - Duration(1), timeline[i].at})
          records.push_back(reader.records_at({person}, time).value().front());
    }
    return records;
  };
  EXPECT_EQ(answers_of(folder.path() + "/history"), answers_of(folder.path() + "/in one go"));
}

}  // namespace
}  // namespace porchlight::history
