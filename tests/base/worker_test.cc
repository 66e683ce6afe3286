// WorkerPool: order, the bound on waiting tasks, the status of each task, and the job.
#include "base/worker.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace porchlight {
namespace {

TEST(WorkerPool, RunsTasksInOrder) {
  WorkerPool worker(100);
  std::vector<int> order;
  std::promise<void> done;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(worker.run([&order, i] { order.push_back(i); }));
  // The queue may be full until the worker has started one of them.
  while (!worker.run([&done] { done.set_value(); })) std::this_thread::yield();
  done.get_future().wait();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(WorkerPool, RefusesTasksWhenTheQueueIsFull) {
  std::promise<void> running, go;
  int ran = 0;
  {
    WorkerPool worker(2);
    ASSERT_TRUE(worker.run([&] {
      running.set_value();
      go.get_future().wait();
      ++ran;
    }));
    running.get_future().wait();
    EXPECT_TRUE(worker.run([&] { ++ran; }));
    EXPECT_TRUE(worker.run([&] { ++ran; }));
    EXPECT_FALSE(worker.run([&] { ++ran; }));
    std::promise<void> last;
    go.set_value();
    while (!worker.run([&last] { last.set_value(); })) std::this_thread::yield();
    last.get_future().wait();
  }
  EXPECT_EQ(ran, 3);
}

TEST(WorkerPool, DropsWaitingTasksAtItsEnd) {
  std::promise<void> running, go;
  const auto held = std::make_shared<int>(0);
  int ran = 0;
  {
    std::optional<WorkerPool> worker(std::in_place, 10);
    ASSERT_TRUE(worker->run([&] {
      running.set_value();
      go.get_future().wait();
      ++ran;
    }));
    running.get_future().wait();
    EXPECT_TRUE(worker->run([&ran, held] { ++ran; }));
    std::thread end([&worker] { worker.reset(); });
    std::this_thread::yield();
    go.set_value();
    end.join();
  }
  EXPECT_LE(ran, 2);  // the second only if it came before the end
  EXPECT_EQ(held.use_count(), 1);
}

// The destructor would never return otherwise.
TEST(WorkerPool, ARunningTaskSeesThatThePoolEnds) {
  std::promise<void> running;
  WorkerPool worker(1);
  ASSERT_FALSE(worker.stop_token().stop_requested());
  ASSERT_TRUE(worker.run([&running, stop = worker.stop_token()] {
    running.set_value();
    while (!stop.stop_requested()) std::this_thread::yield();
  }));
  running.get_future().wait();
}

TEST(WorkerPool, CallsATaskOnceWithItsStatus) {
  std::promise<void> running, go;
  std::vector<TaskStatus> statuses;
  {
    std::optional<WorkerPool> pool(std::in_place, 1);
    ASSERT_TRUE(pool->run([&] {
      running.set_value();
      go.get_future().wait();
    }));
    running.get_future().wait();
    const auto record = [&](TaskStatus status) { statuses.push_back(status); };
    EXPECT_TRUE(pool->run(record));
    EXPECT_FALSE(pool->run(record));
    ASSERT_EQ(statuses, std::vector{TaskStatus::kQueueFull});
    go.set_value();
  }
  ASSERT_EQ(statuses.size(), 2u);  // the task that waited ran, or the pool stopped before its turn
  EXPECT_NE(statuses[1], TaskStatus::kQueueFull);
}

// The pool's thread is held; two tasks of one owner fill the queue, and one of another owner takes the place of the
// second.
TEST(WorkerPool, AFullQueueRefusesTasksOfTheOwnerWithMost) {
  std::promise<void> running, go;
  std::vector<std::string> seen;
  {
    std::optional<WorkerPool> pool(std::in_place, 2);
    ASSERT_TRUE(pool->run([&] {
      running.set_value();
      go.get_future().wait();
    }));
    running.get_future().wait();
    const auto record = [&seen](std::string name) {
      return [&seen, name](TaskStatus status) {
        if (status == TaskStatus::kQueueFull) seen.push_back(name);
      };
    };
    EXPECT_TRUE(pool->run({.tenant = 1}, record("a1")));
    EXPECT_TRUE(pool->run({.tenant = 1}, record("a2")));
    EXPECT_FALSE(pool->run({.tenant = 1}, record("a3")));
    EXPECT_TRUE(pool->run({.tenant = 2}, record("b1")));
    go.set_value();
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a3", "a2"}));
}

TEST(WorkerPool, RunsTasksOnAllItsThreads) {
  constexpr std::ptrdiff_t kThreads = 4;
  std::barrier all_run(kThreads + 1);  // every task waits for the others
  WorkerPool pool(kThreads, kThreads);
  for (std::ptrdiff_t i = 0; i < kThreads; ++i) ASSERT_TRUE(pool.run([&] { all_run.arrive_and_wait(); }));
  all_run.arrive_and_wait();
}

TEST(WorkerPool, RunsItsJobWhenDueAndTasksMeanwhile) {
  std::promise<void> second;
  int runs = 0;
  WorkerPool pool(10, [&] {
    if (++runs == 2) second.set_value();
    return std::chrono::steady_clock::now() + (runs < 2 ? std::chrono::hours(0) : std::chrono::hours(1));
  });
  second.get_future().wait();
  std::promise<void> ran;
  ASSERT_TRUE(pool.run([&] { ran.set_value(); }));
  ran.get_future().wait();
}

TEST(WorkerPool, LowersTheShareOfItsThreads) {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  for (const auto& [share, nice] :
       {std::pair(CpuShare::kEqual, own), std::pair(CpuShare::kLow, std::min(own + 10, 19)),
        std::pair(CpuShare::kLowest, 19)}) {
    std::promise<int> seen;
    WorkerPool pool(1, 1, share);
    pool.run([&] { seen.set_value(::getpriority(PRIO_PROCESS, 0)); });
    EXPECT_EQ(seen.get_future().get(), nice);
  }
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own);
}

}  // namespace
}  // namespace porchlight
