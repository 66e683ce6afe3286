// The merge of all shards by time. next() compares the first batch of each shard, which is enough because times within
// a shard never decrease; of equal times the lower shard is first.
#include "node/log_order.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace porchlight::node {
namespace {

constexpr std::size_t kReadAhead = 16;  // batches per shard

}  // namespace

std::expected<std::uint64_t, log::Unavailable> first_batch_at(log::ShardLog& shard, Time at) {
  const auto tail = shard.tail();
  if (!tail) return std::unexpected(tail.error());
  std::uint64_t low = 1, high = tail->seq + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto found = shard.read(middle, 1);
    if (!found) return std::unexpected(found.error());
    // If `middle` was trimmed, read() returns the first batch that the log still has.
    if (found->empty() || found->front().batch.at >= at)
      high = middle;
    else
      low = found->front().seq + 1;
  }
  return low;
}

namespace {

// The batches of a shard before `at`, or all.
std::expected<std::uint64_t, log::Unavailable> count_before(log::ShardLog& shard, std::optional<Time> at) {
  const auto first = shard.read(1, 1);
  if (!first) return std::unexpected(first.error());
  if (first->empty()) return 0;
  const auto tail = shard.tail();
  if (!tail) return std::unexpected(tail.error());
  const auto end = at ? first_batch_at(shard, *at) : tail->seq + 1;
  if (!end) return std::unexpected(end.error());
  return *end - std::min(*end, first->front().seq);
}

std::expected<std::uint64_t, log::Unavailable> count_before(const std::vector<log::ShardLog*>& logs,
                                                            std::optional<Time> at) {
  std::uint64_t batches = 0;
  for (log::ShardLog* const shard : logs) {
    const auto of_shard = count_before(*shard, at);
    if (!of_shard) return of_shard;
    batches += *of_shard;
  }
  return batches;
}

}  // namespace

std::optional<Time> oldest_batch(const std::vector<log::ShardLog*>& logs) {
  std::optional<Time> oldest;
  for (log::ShardLog* const shard : logs) {
    const auto first = shard->read(1, 1);
    if (first && !first->empty()) oldest = std::min(oldest.value_or(Time::max()), first->front().batch.at);
  }
  return oldest;
}

std::expected<Time, log::Unavailable> batch_time_quantile(const std::vector<log::ShardLog*>& logs,
                                                          double part, Time now) {
  const auto all = count_before(logs, std::nullopt);
  if (!all) return std::unexpected(all.error());
  Time low = oldest_batch(logs).value_or(now), high = std::max(low, now);
  for (int step = 0; step < kQuantileSteps; ++step) {
    const Time middle = low + (high - low) / 2;
    const auto before = count_before(logs, middle);
    if (!before) return std::unexpected(before.error());
    (static_cast<double>(*before) < part * static_cast<double>(*all) ? low : high) = middle;
  }
  return high;
}

std::expected<LogCursor, std::string> cursor_from(const std::vector<log::ShardLog*>& logs,
                                                  const std::optional<log::Position>& from) {
  Time at{};
  if (from) {
    const auto found = logs[from->shard]->read(from->seq, 1);
    if (!found) return std::unexpected(found.error().why);
    if (found->empty() || found->front().seq != from->seq)
      return std::unexpected("the log holds no position " + to_text(*from));
    at = found->front().batch.at;
  }
  LogCursor cursor(logs.size());
  for (std::uint32_t shard = 0; shard < logs.size(); ++shard) {
    const auto tail = logs[shard]->tail();
    if (!tail) return std::unexpected(tail.error().why);
    cursor[shard].last = tail->seq;
    if (!from) continue;
    // Of batches at the same time, those of lower shards are before `from` and are skipped.
    const auto first = first_batch_at(*logs[shard], shard < from->shard ? at + Duration(1) : at);
    if (!first) return std::unexpected(first.error().why);
    cursor[shard].next = shard == from->shard ? from->seq : *first;
  }
  return cursor;
}

LogOrder::LogOrder(const std::vector<log::ShardLog*>& logs, LogCursor cursor)
    : logs_(logs), cursor_(std::move(cursor)), ahead_(cursor_.size()) {}

// Reads more batches of a shard if none is left from the last read.
std::expected<void, std::string> LogOrder::refill(std::size_t shard) {
  ShardRange& range = cursor_[shard];
  if (!ahead_[shard].empty() || range.next > range.last) return {};
  auto found =
      logs_[shard]->read(range.next, std::min<std::uint64_t>(kReadAhead, range.last - range.next + 1));
  if (!found) return std::unexpected(found.error().why);
  if (found->empty() || found->front().seq > range.last) {
    range.next = range.last + 1;  // trimmed to the end since the cursor was made
    return {};
  }
  std::ranges::move(*found, std::back_inserter(ahead_[shard]));
  return {};
}

std::expected<std::optional<LogOrder::Item>, std::string> LogOrder::next() {
  std::optional<std::uint32_t> best;
  for (std::uint32_t shard = 0; shard < ahead_.size(); ++shard) {
    if (auto filled = refill(shard); !filled) return std::unexpected(filled.error());
    if (ahead_[shard].empty()) continue;
    if (!best || ahead_[shard].front().batch.at < ahead_[*best].front().batch.at) best = shard;
  }
  if (!best) return std::nullopt;
  log::StoredBatch stored = std::move(ahead_[*best].front());
  ahead_[*best].pop_front();
  cursor_[*best].next = stored.seq + 1;
  return Item{{*best, stored.seq}, std::move(stored.batch)};
}

std::string to_text(log::Position position) {
  return std::to_string(position.shard) + ":" + std::to_string(position.seq);
}

std::optional<log::Position> parse_position(std::string_view text) {
  log::Position position;
  const char* const end = text.data() + text.size();
  const auto shard = std::from_chars(text.data(), end, position.shard);
  if (shard.ec != std::errc{} || shard.ptr == end || *shard.ptr != ':') return std::nullopt;
  const auto seq = std::from_chars(shard.ptr + 1, end, position.seq);
  if (seq.ec != std::errc{} || seq.ptr != end || position.shard >= state::kShards) return std::nullopt;
  return position;
}

}  // namespace porchlight::node
