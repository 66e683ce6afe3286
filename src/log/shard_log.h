// The durable, ordered log of one shard. One writer at a time; the log itself refuses a second one.
// Implementations: embedded_log (RocksDB), fake_log (tests: faults on demand).
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "log/event.h"

namespace porchlight::log {

// What became of an append. Three outcomes, not two.
enum class Appended : std::uint8_t {
  kOk,        // durable: it survives kill -9 and power loss
  kConflict,  // the shard's last batch is not the expected one; nothing was written
  kUnknown,   // it may or may not be there: read tail() and compare before anything else
};

// The end of a shard. `chain` ties each batch to all before it.
struct Tail {
  std::uint64_t seq = 0;
  std::uint32_t epoch = 1;
  std::uint64_t chain = 0;
  friend bool operator==(const Tail&, const Tail&) = default;
};

struct StoredBatch {
  std::uint64_t seq;
  Batch batch;
};

// The log can't answer now (disk full, stopped); says what failed, for the operator's log only.
struct Unavailable {
  std::string why;
};

class ShardLog {
 public:
  using AppendCallback = std::move_only_function<void(Appended)>;
  virtual ~ShardLog() = default;

  // Appends `batch` as number expected_last + 1 and calls `done` once, on the log's thread, when its fate is
  // known. Appends to any shards that wait together become durable together.
  virtual void append(const Batch& batch, std::uint64_t expected_last, AppendCallback done) = 0;

  virtual std::expected<Tail, Unavailable> tail() = 0;

  // Up to `limit` batches from number `from` on, in order; fewer only where the log ends.
  virtual std::expected<std::vector<StoredBatch>, Unavailable> read(std::uint64_t from,
                                                                    std::size_t limit) = 0;

  // Forgets batches up to and including number `upto`; the last batch stays, whatever `upto` says.
  virtual std::expected<void, Unavailable> trim(std::uint64_t upto) = 0;

  // Whether an append would be taken now, as far as the log knows. Never waits.
  virtual bool accepts() const = 0;
};

}  // namespace porchlight::log
