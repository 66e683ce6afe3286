#include "node/start_progress.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/logging.h"

namespace porchlight::node {

StartProgress::StartProgress(const state::View& view, StartObserver observe)
    : view_(view), observe_(std::move(observe)), thread_([this] { run(); }) {}

StartProgress::~StartProgress() {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  end_.notify_one();
  thread_.join();
}

void StartProgress::run() {
  constexpr std::chrono::seconds kEvery{2};
  const auto begin = std::chrono::steady_clock::now();
  auto next_line = begin + kEvery;
  const MutexLock lock(mutex_);
  while (!ended_) {
    if (end_.wait_until(mutex_, next_line)) continue;
    next_line += kEvery;
    std::uint32_t begun = 0;
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) begun += view_.position(shard).seq > 0;
    if (observe_) observe_(begun);
    const auto took = std::chrono::steady_clock::now() - begin;
    log_warning(fmt::format("reading the data folder: {} s, {} of {} shards started or done",
                            std::chrono::duration_cast<std::chrono::seconds>(took).count(), begun,
                            state::kShards));
  }
}

}  // namespace porchlight::node
