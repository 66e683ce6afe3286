// The interface of the durable, ordered log of one shard. Any number of writers may append to it: the log refuses an
// append of a writer that has not seen its end (kConflict). Implementations: embedded_log.h (RocksDB) and
// tests/support/fake_log.h (faults on demand).
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "log/event.h"

namespace porchlight::log {

// The outcome of an append. There are three, because a failed write may still be on the disk.
enum class Appended : std::uint8_t {
  kOk,        // durable: survives kill -9 and power loss
  kConflict,  // the shard's last batch is not the expected one; nothing is written
  kUnknown,   // the batch may be in the log or not: read tail() and compare before the next append
};

// The end of a shard: its last batch, and the time of that. `chain` is the checksum over all batches (batch_codec.h).
struct Tail {
  std::uint64_t seq = 0;
  std::uint32_t epoch = 1;
  std::uint64_t chain = 0;
  Time at{};
  friend bool operator==(const Tail&, const Tail&) = default;
};

// A batch, its number, and the chain with it.
struct StoredBatch {
  std::uint64_t seq;
  Batch batch;
  std::uint64_t chain = 0;
};

// What follows a number in the log: some batches, and the end of the log at that time.
struct NextBatches {
  std::vector<StoredBatch> batches;
  Tail tail;
};

// The number of a batch and its time.
struct BatchStamp {
  std::uint64_t seq;
  Time at;
  friend bool operator==(const BatchStamp&, const BatchStamp&) = default;
};

// The log can't answer now, for example because the disk failed. `why` is for the server's log only.
struct Unavailable {
  std::string why;
};

// Writers run on the log's threads: tasks and callbacks of a shard are called there, one at a time and in order, and
// never within the call that caused them. run(), append(), read_on(), accepts() and now() may be called on any thread,
// and never wait; the others on threads that may wait for the disk.
class ShardLog {
 public:
  using LogTask = std::move_only_function<void()>;
  // `tail` is the end of the log after a batch with outcome kOk.
  using AppendCallback = std::move_only_function<void(Appended, const Tail& tail)>;
  using ReadCallback = std::move_only_function<void(std::expected<NextBatches, Unavailable>)>;
  virtual ~ShardLog() = default;

  // Calls `task` on the log's thread.
  virtual void run(LogTask task) = 0;

  // Appends `batch` as number expected_last + 1. Calls `done` once, when the outcome is known. Appends to any shards
  // that wait at the same time become durable together.
  virtual void append(const Batch& batch, std::uint64_t expected_last, AppendCallback done) = 0;

  // Reads the batches behind number `after`: all, or as many as are read at once. Calls `done` once, with Unavailable
  // if that is not possible until `deadline`, a time of now().
  virtual void read_on(std::uint64_t after, SteadyTime deadline, ReadCallback done) = 0;

  // Whether an append would be accepted now, as far as is known.
  virtual bool accepts() const = 0;

  // The time that deadlines are measured by.
  virtual SteadyTime now() const = 0;

  // The last durable batch.
  virtual std::expected<Tail, Unavailable> tail() = 0;

  // The batches from number `from` on, in order: `limit` of them, or fewer if the log ends. Starts with a later
  // number if batches were trimmed.
  virtual std::expected<std::vector<StoredBatch>, Unavailable> read(std::uint64_t from,
                                                                    std::size_t limit) = 0;

  // The stamp of the first batch from number `from` on; nullopt if the log ends before it. Costs little: the events are
  // neither decoded nor checked.
  virtual std::expected<std::optional<BatchStamp>, Unavailable> stamp(std::uint64_t from) = 0;

  // Deletes batches up to and including number `upto`, but never the last batch.
  virtual std::expected<void, Unavailable> trim(std::uint64_t upto) = 0;
};

}  // namespace porchlight::log
