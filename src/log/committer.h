// The one thread that writes the embedded log. It takes all that waits, of any shards, and makes it durable
// in one write.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "log/batch_codec.h"
#include "log/database.h"
#include "log/shard_log.h"

namespace porchlight::log {

class Committer {
 public:
  struct Append {
    std::uint32_t shard;
    std::uint64_t expected_last;
    BatchHeader header;
    std::string events;  // of encode_events()
    ShardLog::AppendCallback done;
  };
  // Forgets a shard's batches up to a number.
  struct Trim {
    Position upto;
    std::move_only_function<void(std::expected<void, Unavailable>)> done;
  };
  using Job = std::variant<Append, Trim>;

  // Goes on from `ends`. `database` must outlive this.
  Committer(Database& database, LogEnds ends, const EmbeddedOptions& options);
  // Finishes what waits.
  ~Committer();

  void add(Job job);
  // Unavailable while the fate of a write is unknown.
  std::expected<Tail, Unavailable> tail(std::uint32_t shard) const;
  bool accepts() const { return accepts_.load(); }

 private:
  // What a commit will have changed once it is durable.
  struct OpenCommit;

  void run();
  std::vector<Job> take_waiting();
  void commit(std::vector<Job>& jobs);
  bool add_to(OpenCommit& open_commit, const Append& append);
  bool add_to(OpenCommit& open_commit, const Trim& trim);
  static void answer(Job& job, bool fits, const std::string& error);
  std::string write(OpenCommit& open_commit);
  std::string write_durably(const OpenCommit& open_commit);
  void recover();
  bool reopen();
  std::string space_shortage() const;
  void set_failure(std::string why, bool is_outcome_unknown);
  void clear_failure();

  Database& database_;
  const EmbeddedOptions options_;
  const std::uint64_t reserve_bytes_;

  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::vector<Job> waiting_;         // guarded by mutex_
  bool is_stopping_ = false;         // guarded by mutex_
  std::vector<Tail> tails_;          // guarded by mutex_; changed by the thread only
  bool is_outcome_unknown_ = false;  // the same
  std::string failure_;              // the same; empty while all is well
  std::atomic<bool> accepts_{true};  // no trouble

  // The thread's own.
  std::uint64_t last_commit_;
  std::chrono::steady_clock::time_point next_try_{};
  std::thread thread_;
};

}  // namespace porchlight::log
