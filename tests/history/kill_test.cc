// A process that reads the log into the past is killed at any moment: the next one goes on where it was.
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
// How the child is told where to read and write, and where to say how far it is.
constexpr const char* kDirVariable = "PORCHLIGHT_KILL_DIR";
constexpr const char* kPipeVariable = "PORCHLIGHT_KILL_PIPE";
// Said once there is nothing left to read.
constexpr std::uint64_t kDone = ~std::uint64_t{0};

void keep(const std::string& dir, RandomHistory& history) {
  const auto engine = log::EmbeddedEngine::open({.dir = dir + "/log"});
  ASSERT_TRUE(engine) << engine.error();
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    const auto batches = history.fixture.logs[shard].read(1, SIZE_MAX).value();
    std::latch durable(static_cast<std::ptrdiff_t>(batches.size()));
    for (const auto& stored : batches)
      (*engine)->shard(shard).append(stored.batch, stored.seq - 1,
                                     [&](log::Appended) { durable.count_down(); });
    durable.wait();
  }
}

[[noreturn]] void read_on(const std::string& dir, int out) {
  auto engine = log::EmbeddedEngine::open({.dir = dir + "/log"});
  if (!engine) _exit(1);
  state::View view;
  if (!state::restore(view, dir + "/snapshots", (*engine)->logs())) _exit(2);
  const ManualClock clock(at_ms(0));
  HistoryReader reader(dir + "/history", kYear, clock, view, (*engine)->logs());
  const auto say = [out](std::uint64_t what) {
    if (write(out, &what, sizeof(what)) != sizeof(what)) _exit(3);
  };
  while (reader.index_next()) {
    std::uint64_t batches = 0;
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) batches += reader.indexed(shard);
    say(batches);
  }
  say(kDone);
  while (true) pause();
}

// The child's side. A program of its own, since RocksDB's threads do not come along with a fork.
TEST(Kill, DISABLED_ReadsOn) {
  const char* const dir = getenv(kDirVariable);
  const char* const out = getenv(kPipeVariable);
  if (dir && out) read_on(dir, atoi(out));
}

// Starts a child and kills it once it has said `kill_at` things, or that it is done. The first and last
// number.
std::pair<std::uint64_t, std::uint64_t> run_and_kill(std::uint64_t kill_at) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  setenv(kPipeVariable, std::to_string(pipe_ends[1]).c_str(), 1);
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "test_history", "--gtest_filter=Kill.DISABLED_ReadsOn",
          "--gtest_also_run_disabled_tests", nullptr);
    _exit(4);
  }
  close(pipe_ends[1]);
  std::uint64_t said = 0, first = 0, last = 0, what = 0;
  while (read(pipe_ends[0], &what, sizeof(what)) == sizeof(what)) {
    if (said == 0) first = what;
    last = what;
    if (++said >= kill_at || what == kDone) kill(child, SIGKILL);
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
  return {first, last};
}

TEST(Kill, GoesOnWhereItWasAndTellsTheSame) {
  log::Folder folder;
  RandomHistory history(1, 8);
  history.run_random_writes(8000);
  ASSERT_NO_FATAL_FAILURE(keep(folder.path(), history));
  setenv(kDirVariable, folder.path().c_str(), 1);
  int rounds = 0;
  for (std::uint64_t reached = 0; reached != kDone; ++rounds) {
    const auto [first, last] = run_and_kill(1 + history.dice.below(10));
    ASSERT_FALSE(::testing::Test::HasFailure());
    ASSERT_GT(first, reached) << "it began anew";
    reached = last;
  }
  EXPECT_GT(rounds, 1);
  const auto told_by = [&](const std::string& dir) {
    HistoryReader reader(dir, kYear, history.clock, *history.fixture.view, history.logs);
    std::vector<std::optional<Record>> told;
    for (const UserKey& person : history.people()) {
      const ExpectedTimeline timeline = history.timeline_of(person);
      for (std::size_t i = 0; i < timeline.size(); i += 5)
        for (const Time time : {timeline[i].at - Duration(1), timeline[i].at})
          told.push_back(reader.records_at({person}, time).value().front());
    }
    return told;
  };
  EXPECT_EQ(told_by(folder.path() + "/history"), told_by(folder.path() + "/in one go"));
}

}  // namespace
}  // namespace porchlight::history
