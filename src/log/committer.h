// The thread that writes the embedded log. It takes all waiting jobs, of any shards, and makes them durable with one
// write and one sync.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/counter.h"
#include "base/mutex.h"
#include "log/batch_codec.h"
#include "log/database.h"
#include "log/shard_log.h"

namespace porchlight::log {

// What the committer counts for metrics. Changed on its thread.
struct CommitCounters {
  Histogram<OwnCounter, kShortTimes> times;      // of a write with its sync
  Histogram<OwnCounter, kAmounts> batch_events;  // of the batches that are durable
};

// add(), run(), tail() and accepts() may be called on any thread.
class Committer {
 public:
  // Appends a batch to a shard. `done` is called on the committer's thread.
  struct Append {
    std::uint32_t shard;
    std::uint64_t expected_last;  // number of the shard's last batch; any other is a conflict
    BatchHeader header;
    std::string message;  // of open_message()
    ShardLog::AppendCallback done;
    Tail tail{};  // of the shard after this append
  };
  // Deletes the batches of a shard up to a number, except the last of the shard.
  struct Trim {
    Position upto;
    std::move_only_function<void(std::expected<void, Unavailable>)> done;
  };
  using Job = std::variant<Append, Trim>;

  // Continues from `ends`. `read_only`: why the database takes no writes yet, or empty; then writes are refused until
  // it was opened again. `database` must outlive the committer.
  Committer(Database& database, LogEnds ends, const std::string& read_only, const EmbeddedOptions& options);
  // Finishes the waiting jobs.
  ~Committer();

  void add(Job job);
  // Calls `task` on the committer's thread, before the jobs that wait with it are written.
  void run(ShardLog::LogTask task);
  // The end of a shard; Unavailable while the outcome of a write is unknown.
  std::expected<Tail, Unavailable> tail(std::uint32_t shard) const;
  // Whether the last write succeeded, or the disk was usable again afterwards.
  bool accepts() const { return accepts_.load(); }
  const CommitCounters& counters() const { return counters_; }

 private:
  // The content of a commit that is not written yet.
  struct OpenCommit;

  void work();
  // What waits for the thread.
  struct Waiting {
    std::vector<ShardLog::LogTask> tasks;
    std::vector<Job> jobs;
    bool empty() const { return tasks.empty() && jobs.empty(); }
  };

  Waiting take_waiting();
  void add_waiting_jobs(std::vector<Job>& jobs);
  void commit(std::vector<Job>& jobs);
  bool add_to(OpenCommit& open_commit, Append& append);
  bool add_to(OpenCommit& open_commit, const Trim& trim);
  static void answer(Job& job, bool fits, const std::string& error);
  std::string write(OpenCommit& open_commit);
  std::string write_durably(const OpenCommit& open_commit);
  void recover();
  bool reopen();
  std::string space_shortage() const;
  void reset_next_tails();
  std::string why_reopen() const;
  // What has failed: nothing but free space is missing; the database is open for reads only; or a write failed.
  enum class WriteFailure : std::uint8_t { kNoSpace, kReadOnly, kUnknownOutcome };
  void set_failure(std::string why, WriteFailure failure);
  void clear_failure();

  Database& database_;
  const EmbeddedOptions options_;
  const std::uint64_t reserve_bytes_;

  mutable Mutex mutex_;
  CondVar has_work_;
  Waiting waiting_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Tail> tails_ ABSL_GUARDED_BY(mutex_);  // by shard, durable
  // No write is accepted until the database is opened again.
  bool must_reopen_ ABSL_GUARDED_BY(mutex_) = false;
  // A write failed, so it may be on the disk or not. Implies must_reopen_.
  bool is_outcome_unknown_ ABSL_GUARDED_BY(mutex_) = false;
  std::string failure_ ABSL_GUARDED_BY(mutex_);  // why writes are refused; empty if they are accepted
  std::atomic<bool> accepts_{true};              // changed by the thread only

  // Used by the thread only.
  std::vector<Tail> next_tails_;  // by shard, with the commit that is open
  std::uint64_t last_commit_;
  CommitCounters counters_;
  std::chrono::steady_clock::time_point next_try_{};
  std::thread thread_;
};

}  // namespace porchlight::log
