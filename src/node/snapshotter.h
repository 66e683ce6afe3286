// Takes snapshots of the view while the server runs, so that a start replays only a short part of the log, and trims
// the log behind them.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::node {

// Events between two snapshots. An event is 100 to 500 bytes of log, so a start replays at most 25 to 125 MB, which
// takes well under a second.
inline constexpr std::uint64_t kEventsPerSnapshot = 250'000;
// Events for which a last snapshot is taken at the end. Below it, the cost of writing all users is not worth it for a
// command that changed a single thing.
inline constexpr std::uint64_t kEventsAtEnd = 1000;

// Runs a thread of its own, which checks once a second whether a snapshot is due.
class Snapshotter {
 public:
  // All arguments must outlive the snapshotter. `events_count`: events appended since the last snapshot; each snapshot
  // subtracts the events that it covers.
  Snapshotter(const state::View& view, const std::filesystem::path& dir,
              const std::vector<log::ShardLog*>& logs, std::atomic<std::uint64_t>& events_count);
  // Takes a last snapshot if it is worth it. Nothing may be written to the view any more.
  ~Snapshotter();

 private:
  void run();
  void take_snapshot();

  const state::View& view_;
  const std::filesystem::path dir_;
  const std::vector<log::ShardLog*>& logs_;
  std::atomic<std::uint64_t>& events_count_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace porchlight::node
