// A shard's log in memory, for tests: keeps what it is given, and fails as it is told to.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "log/shard_log.h"

namespace porchlight::log {

class FakeLog final : public ShardLog {
 public:
  // What becomes of an append.
  enum class Fate : std::uint8_t {
    kOk,
    kUnknownWritten,    // it is there, but the writer is not told so
    kUnknownUnwritten,  // it is not there, and the writer is not told so
    kUnknownDelayed,    // as unwritten; it turns up by itself before the next append, if it still fits
    kConflict,          // somebody else's empty batch came first
    kHeld,              // waits for release()
  };

  // Asked for each append; kOk where there is none.
  using Plan = std::function<Fate()>;
  void set_plan(Plan plan);
  // Whether tail() and read() answer.
  void set_readable(bool readable);
  // Lets the appends that are held go on, in order. Their `done`s are called on this thread.
  void release();
  std::size_t held_count() const;

  void append(const Batch& batch, std::uint64_t expected_last, AppendCallback done) override;
  std::expected<Tail, Unavailable> tail() override;
  std::expected<std::vector<StoredBatch>, Unavailable> read(std::uint64_t from, std::size_t limit) override;
  std::expected<void, Unavailable> trim(std::uint64_t upto) override;
  bool accepts() const override;

 private:
  struct HeldAppend {
    Batch batch;
    std::uint64_t expected_last;
    AppendCallback done;
  };
  Appended settle(const Batch& batch, std::uint64_t expected_last, Fate fate);
  void write(const Batch& batch);

  mutable std::mutex mutex_;
  Plan plan_;
  bool readable_ = true;
  bool last_ok_ = true;
  std::deque<StoredBatch> batches_;
  std::deque<HeldAppend> held_;
  std::deque<HeldAppend> delayed_;
  Tail tail_;
};

}  // namespace porchlight::log
