// All shards' logs as one: batches in the order (time, shard, number). Used by the export, page by page, and
// by whoever looks for a moment in a log.
#pragma once

#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "log/shard_log.h"

namespace porchlight::node {

// "shard:seq", and back; nothing where it is malformed or no such shard.
std::string to_text(log::Position position);
std::optional<log::Position> parse_position(std::string_view text);

// What is left of one shard: the batches from `next` to `last`, both included.
struct ShardRange {
  std::uint64_t next = 1;
  std::uint64_t last = 0;
  friend bool operator==(const ShardRange&, const ShardRange&) = default;
};

// One span per shard: a place in the total order, and where it ends.
using LogCursor = std::vector<ShardRange>;

// The number of the first batch at `at` or later; one past the end where there is none. A log's times never
// go back, so halving finds it.
std::expected<std::uint64_t, log::Unavailable> first_batch_at(log::ShardLog& shard, Time at);

// Everything the logs hold now, from the batch at `from` on, or from the beginning. `from` must be a batch
// that the log holds.
std::expected<LogCursor, std::string> cursor_from(const std::vector<log::ShardLog*>& logs,
                                                  const std::optional<log::Position>& from);

// Walks the spans of a cursor in order.
class LogOrder {
 public:
  LogOrder(const std::vector<log::ShardLog*>& logs, LogCursor cursor);

  struct Item {
    log::Position position;
    log::Batch batch;
  };
  // The next batch, or nothing at the end.
  std::expected<std::optional<Item>, std::string> next();
  // What has not been walked.
  const LogCursor& left() const { return cursor_; }

 private:
  std::expected<void, std::string> refill(std::size_t shard);

  const std::vector<log::ShardLog*>& logs_;
  LogCursor cursor_;
  std::vector<std::deque<log::StoredBatch>> ahead_;  // read already, per shard
};

}  // namespace porchlight::node
