// Takes snapshots of the view while the server runs, so that a start replays only a short part of the log, and trims
// the log behind them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "base/mutex.h"
#include "log/shard_log.h"
#include "presence/policy.h"
#include "state/view.h"

namespace porchlight::node {

// The least events between two snapshots. An event is 100 to 500 bytes of log, so a start replays at most 25 to 125 MB,
// which takes well under a second.
inline constexpr std::uint64_t kEventsPerSnapshot = 250'000;
// A snapshot writes all users, so with very many users there are more events between two: one for this many users. Ten
// million users with 15,000 events/s, 1 GB of snapshot, are 3 MB/s of snapshots then.
inline constexpr std::uint64_t kUsersPerEvent = 2;
// Whether a snapshot is due after this number of events.
constexpr bool is_snapshot_due(std::uint64_t events, std::uint64_t users) {
  return events >= std::max(kEventsPerSnapshot, users / kUsersPerEvent);
}
// Events for which a last snapshot is taken at the end. Below it, the cost of writing all users is not worth it for a
// command that changed a single thing.
inline constexpr std::uint64_t kEventsAtEnd = 1000;
// A snapshot leaves out what expired longer ago than this. A snapshot is replaced once it is older than the retention,
// and so all that it has is gone soon after that. Not zero, because the wall clock may be set back.
inline constexpr Duration kExpiredKept = std::chrono::minutes(30);

// Runs a thread of its own, which checks once a second whether a snapshot is due.
class Snapshotter {
 public:
  // What snapshots leave out: what expired longer ago than kExpiredKept, or than the log goes back.
  struct Forgetting {
    const Clock& clock;
    Duration retention;  // of the log
    presence::Policy policy;
  };
  // All arguments must outlive the snapshotter. `events_count`: events appended since the last snapshot; each snapshot
  // subtracts the events that it covers.
  Snapshotter(const state::View& view, const std::filesystem::path& dir,
              const std::vector<log::ShardLog*>& logs, std::atomic<std::uint64_t>& events_count,
              const Forgetting& forgetting);
  // Takes a last snapshot if it is worth it. Nothing may be written to the view any more.
  ~Snapshotter();

  // Takes a snapshot now and trims the log. Returns false, and logs why, if that failed. Any thread.
  bool take_snapshot() ABSL_LOCKS_EXCLUDED(taking_);
  // Trims the log up to what the kept snapshots have. The error is a sentence. Any thread.
  std::expected<void, std::string> trim_log() ABSL_LOCKS_EXCLUDED(taking_);
  // Held by each snapshot and by each trim of the log. With it held, a copy of the snapshots fits a later one of the
  // log.
  Mutex& taking() const ABSL_LOCK_RETURNED(taking_) { return taking_; }
  // Whether a kept snapshot may be from before `time`. Those of an earlier run of the server may be. Any thread.
  bool has_snapshot_before(Time time) const ABSL_LOCKS_EXCLUDED(taking_);

  using SnapshotTimes = Histogram<SharedCounter, kLongTimes>;
  // How long snapshots took, for metrics. Any thread.
  const SnapshotTimes& times() const { return times_; }

 private:
  void run();
  bool is_due() const;

  const state::View& view_;
  const std::filesystem::path dir_;
  const std::vector<log::ShardLog*>& logs_;
  std::atomic<std::uint64_t>& events_count_;
  const Forgetting forgetting_;
  mutable Mutex taking_;                             // held while a snapshot is taken or the log trimmed
  std::deque<Time> taken_ ABSL_GUARDED_BY(taking_);  // when the kept snapshots of this run were, oldest first
  SnapshotTimes times_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace porchlight::node
