// Keeps the data folder within its retentions and bounds. Two jobs, on a thread of its own:
//
// - Forgetting: what is older than a retention is gone from all files of log, history and snapshots within an hour,
//   also if nothing is written. A busy server takes snapshots and merges tables anyway; on a quiet one this does it.
//   Old entries of the audit log are removed as well, and leave its files when RocksDB merges them.
// - Bounds: a log or history that takes more than its bound loses its oldest part.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/worker.h"
#include "history/history.h"
#include "log/embedded_log.h"
#include "node/disk_use.h"
#include "node/retained_log.h"
#include "node/snapshotter.h"
#include "state/writer.h"

namespace porchlight::node {

// The interval of forgetting, on the wall clock.
inline constexpr Duration kForgetEvery = std::chrono::minutes(20);
// A history up to this size is merged at each forgetting. A larger one would be written again and again: RocksDB merges
// it within a day.
inline constexpr std::uint64_t kMergedHistoryBytesMax = 256 * 1024 * 1024;
// A database over its bound is trimmed to this part of it.
inline constexpr double kTrimTo = 0.9;

class DiskKeeper {
 public:
  struct Settings {
    std::filesystem::path log_folder, history_folder;
    std::filesystem::path before_upgrade;  // removed after the first write: an upgrade can then not be undone
    Duration log_retention;
    Duration history_retention;
    std::uint64_t log_bytes_max;      // 0: no bound
    std::uint64_t history_bytes_max;  // 0: no bound
  };
  struct Parts {
    const Clock& clock;
    audit::AuditLog& audit;
    const state::View& view;
    const std::vector<std::unique_ptr<RetainedLog>>& retained_logs;
    const std::vector<log::ShardLog*>& logs;  // the same
    log::EmbeddedEngine& engine;
    history::History* history;  // null if it is off
    Snapshotter& snapshotter;
    state::Writer& writer;
  };
  // All parts must outlive the keeper.
  DiskKeeper(const Parts& parts, Settings settings);
  // Ends a job under way early.
  ~DiskKeeper();

  // Lines about the use of the disk, for /readyz?verbose: as of the last check, some seconds ago. Any thread.
  std::string describe() const;

 private:
  std::chrono::steady_clock::time_point run();
  void forget(Time now);
  std::vector<std::uint64_t> tails() const;
  void forget_upgrade();
  bool has_old_events(Time before) const;
  void renew_old_tails(Time before, Time now);
  void take_new_snapshots(Time before);
  void catch_up_history();
  void erase_trimmed();
  void merge_history();
  void check_bounds(Time now);
  DiskUse use_of_log() const;
  DiskUse use_of_history(Time now) const;
  void warn(const DiskUse& use, bool& is_warned);
  void shrink_log(const DiskUse& use, Time now);
  void shrink_history(const DiskUse& use);

  const Parts parts_;
  const Settings settings_;
  const std::vector<std::uint64_t> tails_at_start_;  // by shard
  // Used by the thread only.
  Time last_forgotten_ = Time::min();
  std::chrono::steady_clock::time_point next_check_{};
  bool is_log_warned_ = false, is_history_warned_ = false;
  std::atomic<bool> is_stopping_ = false;
  mutable Mutex mutex_;
  std::string description_ ABSL_GUARDED_BY(mutex_);
  WorkerPool pool_;  // one thread; last: it ends first
};

}  // namespace porchlight::node
