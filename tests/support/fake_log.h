// A log of one shard in memory, for tests. A plan decides the outcome of each append.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "base/mutex.h"
#include "log/shard_log.h"

namespace porchlight::log {

// May be used from any thread. Tasks and callbacks are called one after the other, on the thread that caused the first
// of them before its call returns: so a write completes within submit(). Each append takes a millisecond of now(),
// unless it is set.
class FakeLog final : public ShardLog {
 public:
  // The fate of an append. The outcome that the writer gets is Appended::kUnknown for the three kUnknown…, and
  // for kRefused.
  enum class Fate : std::uint8_t {
    kOk,
    kUnknownWritten,    // the batch is written
    kUnknownUnwritten,  // the batch is not written
    kUnknownDelayed,    // the batch is written before the next append, if it still fits
    kRefused,           // the same, and the log accepts no appends until the next one
    kConflict,          // an empty batch of another writer is written first
    kHeld,              // no outcome until release()
  };

  // Called for each append. Without a plan, each append is kOk.
  using Plan = std::function<Fate()>;
  void set_plan(Plan plan);
  // How long each append takes, in time of now().
  void set_append_time(Duration time);
  // Moves now() on.
  void advance(Duration step);
  // Whether tail(), read() and stamp() answer; otherwise they are Unavailable.
  void set_readable(bool readable);
  // Completes the held appends in order.
  void release();
  std::size_t held_count() const;
  // How many batches read() has returned so far.
  std::size_t read_count() const;

  void run(LogTask task) override;
  void append(const Batch& batch, std::uint64_t expected_last, AppendCallback done) override;
  void read_on(std::uint64_t after, SteadyTime deadline, ReadCallback done) override;
  SteadyTime now() const override;
  std::expected<Tail, Unavailable> tail() override;
  std::expected<std::vector<StoredBatch>, Unavailable> read(std::uint64_t from, std::size_t limit) override;
  std::expected<std::optional<BatchStamp>, Unavailable> stamp(std::uint64_t from) override;
  std::expected<void, Unavailable> trim(std::uint64_t upto) override;
  bool accepts() const override;

 private:
  struct HeldAppend {
    Batch batch;
    std::uint64_t expected_last;
    AppendCallback done;
  };
  Appended settle(const Batch& batch, std::uint64_t expected_last, Fate fate)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void answer(AppendCallback done, Appended appended, const Tail& tail);
  void write(const Batch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::deque<LogTask> tasks_ ABSL_GUARDED_BY(mutex_);
  bool is_running_ ABSL_GUARDED_BY(mutex_) = false;  // a thread calls tasks
  Duration elapsed_ ABSL_GUARDED_BY(mutex_){};
  Duration append_time_ ABSL_GUARDED_BY(mutex_){1};
  Plan plan_ ABSL_GUARDED_BY(mutex_);
  bool readable_ ABSL_GUARDED_BY(mutex_) = true;
  bool accepts_ ABSL_GUARDED_BY(mutex_) = true;
  std::size_t read_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<StoredBatch> batches_ ABSL_GUARDED_BY(mutex_);
  std::deque<HeldAppend> held_ ABSL_GUARDED_BY(mutex_);
  std::deque<HeldAppend> delayed_ ABSL_GUARDED_BY(mutex_);  // their outcome is reported already
  Tail tail_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::log
