// A shard's log as the server keeps it: what it counts of appends tells when a snapshot is due, and it
// forgets nothing that is younger than the retention or not yet read by all who read it, whatever snapshots
// hold.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "log/shard_log.h"

namespace porchlight::node {

class RetainedLog final : public log::ShardLog {
 public:
  // All must outlive it. `events_count` grows with the events appended; logs of several shards may share it.
  // `read_upto` gives the number of the last batch that nobody needs to read any more.
  RetainedLog(log::ShardLog& inner, const Clock& clock, Duration retention,
              std::atomic<std::uint64_t>& events_count, std::function<std::uint64_t()> read_upto)
      : inner_(inner),
        clock_(clock),
        retention_(retention),
        events_count_(events_count),
        read_upto_(std::move(read_upto)) {}

  void append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) override;
  std::expected<log::Tail, log::Unavailable> tail() override { return inner_.tail(); }
  std::expected<std::vector<log::StoredBatch>, log::Unavailable> read(std::uint64_t from,
                                                                      std::size_t limit) override {
    return inner_.read(from, limit);
  }
  // Forgets less than it is told where the rest is too young or is still to be read.
  std::expected<void, log::Unavailable> trim(std::uint64_t upto) override;
  bool accepts() const override { return inner_.accepts(); }

 private:
  log::ShardLog& inner_;
  const Clock& clock_;
  const Duration retention_;
  std::atomic<std::uint64_t>& events_count_;
  const std::function<std::uint64_t()> read_upto_;
};

}  // namespace porchlight::node
