// Takes snapshots while the server goes on, so that a start has little to replay, and lets the log forget
// what is old.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::node {

// A snapshot is due after so many events. An event takes some 100 bytes of log, at most some 500: 25 to
// 125 MB, which a start replays in well under a second.
inline constexpr std::uint64_t kEventsPerSnapshot = 250'000;
// Fewer than these are not worth a snapshot at the end: a command that changed one thing must not write out
// everybody.
inline constexpr std::uint64_t kEventsAtEnd = 1000;

class Snapshotter {
 public:
  // All must outlive the keeper. `events_count`: appended since the last snapshot; taken back to zero by it.
  Snapshotter(const state::View& view, const std::filesystem::path& dir,
              const std::vector<log::ShardLog*>& logs, std::atomic<std::uint64_t>& events_count);
  // Takes a last snapshot where it is worth it. Nothing may be written any more.
  ~Snapshotter();

 private:
  void run();
  void take_snapshot();

  const state::View& view_;
  const std::filesystem::path dir_;
  const std::vector<log::ShardLog*>& logs_;
  std::atomic<std::uint64_t>& events_count_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace porchlight::node
