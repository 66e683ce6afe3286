#include "node/snapshotter.h"

#include "base/logging.h"
#include "state/snapshot.h"

namespace porchlight::node {
namespace {

constexpr std::chrono::seconds kCheckEvery{1};
// After a snapshot that failed, for example because the disk is full.
constexpr std::chrono::seconds kRetryAfter{60};

}  // namespace

Snapshotter::Snapshotter(const state::View& view, const std::filesystem::path& dir,
                         const std::vector<log::ShardLog*>& logs, std::atomic<std::uint64_t>& events_count,
                         const Forgetting& forgetting)
    : view_(view),
      dir_(dir),
      logs_(logs),
      events_count_(events_count),
      forgetting_(forgetting),
      thread_([this] { run(); }) {}

Snapshotter::~Snapshotter() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
  if (events_count_ >= kEventsAtEnd) take_snapshot();
}

bool Snapshotter::is_due() const {
  if (!is_snapshot_due(events_count_, 0)) return false;
  std::uint64_t users = 0;
  for (const directory::Tenant& tenant : view_.tenants()) users += view_.count_users(tenant.id);
  return is_snapshot_due(events_count_, users);
}

// Checks periodically. After a snapshot that failed, the next attempt waits longer.
void Snapshotter::run() {
  using std::chrono::steady_clock;
  MutexLock lock(mutex_);
  auto next_check = steady_clock::now() + kCheckEvery;
  while (!stopping_) {
    if (stop_.wait_until(mutex_, next_check)) continue;
    bool failed = false;
    if (is_due()) {
      lock.unlock();
      failed = !take_snapshot();
      lock.lock();
    }
    next_check = steady_clock::now() + (failed ? kRetryAfter : kCheckEvery);
  }
}

bool Snapshotter::take_snapshot() {
  const MutexLock lock(taking_);
  const std::uint64_t before = events_count_;
  const Time now = forgetting_.clock.wall();
  const auto began = std::chrono::steady_clock::now();
  const Time forgotten = now - std::min(forgetting_.retention, kExpiredKept);
  const auto written = state::write_snapshot_and_trim(view_, dir_, logs_, FileSystem::system(),
                                                      {.before = forgotten, .policy = forgetting_.policy});
  if (!written) {
    log_warning("cannot take a snapshot: " + written.error());
    return false;
  }
  times_.add(std::chrono::steady_clock::now() - began);
  taken_.push_back(now);
  if (taken_.size() > state::kSnapshotsKept) taken_.pop_front();
  // Events appended during the snapshot stay counted although it may contain some of them: the next one is only
  // earlier.
  events_count_ -= before;
  log_info("took a snapshot of " + std::to_string(written->bytes) + " bytes");
  return true;
}

std::expected<void, std::string> Snapshotter::trim_log() {
  const MutexLock lock(taking_);
  return state::trim_logs(dir_, logs_);
}

bool Snapshotter::has_snapshot_before(Time time) const {
  const MutexLock lock(taking_);
  return taken_.size() < state::kSnapshotsKept || taken_.front() < time;
}

}  // namespace porchlight::node
