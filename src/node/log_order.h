// The logs of all shards as one sequence of batches, ordered by (time, shard, number): for the export, and to find the
// first batch after a time.
#pragma once

#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "log/shard_log.h"

namespace porchlight::node {

// "shard:seq".
std::string to_text(log::Position position);
// The inverse; nullopt if the text is malformed or there is no such shard.
std::optional<log::Position> parse_position(std::string_view text);

// The batches of one shard that are left to read: from `next` to `last`, both included.
struct ShardRange {
  std::uint64_t next = 1;
  std::uint64_t last = 0;
  friend bool operator==(const ShardRange&, const ShardRange&) = default;
};

// A range for each shard: a position in the total order, and its end.
using LogCursor = std::vector<ShardRange>;

// The number of the first batch of a shard at `at` or later; last + 1 if there is no such batch. A binary search: the
// times in a log never decrease. The caller may run on any thread but the log's.
std::expected<std::uint64_t, log::Unavailable> first_batch_at(log::ShardLog& shard, Time at);

// The time of the oldest batch; nullopt if the logs are empty or cannot be read.
std::optional<Time> oldest_batch(const std::vector<log::ShardLog*>& logs);

// A time before which about this part of all batches is, from 0 to 1. By a search of kQuantileSteps steps.
inline constexpr int kQuantileSteps = 12;
std::expected<Time, log::Unavailable> batch_time_quantile(const std::vector<log::ShardLog*>& logs,
                                                          double part, Time now);

// All batches that the logs have now, from the one at `from` on, or from the beginning. An error, which is a sentence,
// if the log has no batch at `from`.
std::expected<LogCursor, std::string> cursor_from(const std::vector<log::ShardLog*>& logs,
                                                  const std::optional<log::Position>& from);

// Reads the batches of a cursor in order: a merge of the shards, each of which is read ahead a few batches at a time.
class LogOrder {
 public:
  // `logs` must outlive the LogOrder.
  LogOrder(const std::vector<log::ShardLog*>& logs, LogCursor cursor);

  struct Item {
    log::Position position;
    log::Batch batch;
  };
  // The next batch; nullopt at the end.
  std::expected<std::optional<Item>, std::string> next();
  // The batches that next() has not returned: a cursor for a later LogOrder.
  const LogCursor& left() const { return cursor_; }

 private:
  std::expected<void, std::string> refill(std::size_t shard);

  const std::vector<log::ShardLog*>& logs_;
  LogCursor cursor_;
  std::vector<std::deque<log::StoredBatch>> ahead_;  // batches read ahead, by shard
};

}  // namespace porchlight::node
