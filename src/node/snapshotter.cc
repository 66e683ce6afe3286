#include "node/snapshotter.h"

#include "node/logging.h"
#include "state/snapshot.h"

namespace porchlight::node {
namespace {

constexpr auto kCheckEvery = std::chrono::seconds(1);
// After one that failed (a full disk), not again at once.
constexpr auto kRetryAfter = std::chrono::seconds(60);

}  // namespace

Snapshotter::Snapshotter(const state::View& view, const std::filesystem::path& dir,
                         const std::vector<log::ShardLog*>& logs, std::atomic<std::uint64_t>& events_count)
    : view_(view), dir_(dir), logs_(logs), events_count_(events_count), thread_([this] { run(); }) {}

Snapshotter::~Snapshotter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
  if (events_count_ >= kEventsAtEnd) take_snapshot();
}

void Snapshotter::run() {
  std::unique_lock lock(mutex_);
  auto pause = std::chrono::seconds(kCheckEvery);
  while (!stop_.wait_for(lock, pause, [this] { return stopping_; })) {
    pause = kCheckEvery;
    if (events_count_ < kEventsPerSnapshot) continue;
    lock.unlock();
    take_snapshot();
    lock.lock();
    if (events_count_ >= kEventsPerSnapshot) pause = kRetryAfter;
  }
}

void Snapshotter::take_snapshot() {
  const std::uint64_t before = events_count_;
  const auto written = state::write_snapshot_and_trim(view_, dir_, logs_);
  if (!written) {
    log_warning("no snapshot could be taken: " + written.error());
    return;
  }
  // What came meanwhile is not counted as held, though some of it is.
  events_count_ -= before;
  log_info("took a snapshot of " + std::to_string(written->bytes) + " bytes");
}

}  // namespace porchlight::node
