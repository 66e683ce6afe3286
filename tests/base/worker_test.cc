// A worker: tasks in order, a bound on those that wait, and an end that drops the rest.
#include "base/worker.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace porchlight {
namespace {

TEST(Worker, RunsTasksInOrder) {
  Worker worker(100);
  std::vector<int> order;
  std::promise<void> done;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(worker.run([&order, i] { order.push_back(i); }));
  // The worker may have taken any number of them by now.
  while (!worker.run([&done] { done.set_value(); })) std::this_thread::yield();
  done.get_future().wait();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Worker, TakesAsManyAsMayWaitAndNoMore) {
  std::promise<void> running, go;
  int ran = 0;
  {
    Worker worker(2);
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

TEST(Worker, DropsWhatWaitsAtItsEnd) {
  std::promise<void> running, go;
  const auto held = std::make_shared<int>(0);
  int ran = 0;
  {
    std::optional<Worker> worker(std::in_place, 10);
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

}  // namespace
}  // namespace porchlight
