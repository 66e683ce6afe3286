// A shard's log with a retention. It counts appended events, so that the snapshotter knows when a snapshot is due, and
// it trims nothing that is younger than the retention or that a reader (history) still needs, even if a snapshot has
// it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "log/shard_log.h"

namespace porchlight::node {

// Any thread, as ShardLog.
class RetainedLog final : public log::ShardLog {
 public:
  // All arguments must outlive the log. `events_count` grows by the events appended; several shards may share it.
  // `read_upto` returns the number of the last batch that no reader needs any more; called on any thread.
  RetainedLog(log::ShardLog& inner, const Clock& clock, Duration retention,
              std::atomic<std::uint64_t>& events_count, std::function<std::uint64_t()> read_upto)
      : inner_(inner),
        clock_(clock),
        retention_(retention),
        events_count_(events_count),
        read_upto_(std::move(read_upto)) {}

  void run(LogTask task) override { inner_.run(std::move(task)); }
  void append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) override;
  void read_on(std::uint64_t after, SteadyTime deadline, ReadCallback done) override {
    inner_.read_on(after, deadline, std::move(done));
  }
  bool accepts() const override { return inner_.accepts(); }
  SteadyTime now() const override { return inner_.now(); }
  std::expected<log::Tail, log::Unavailable> tail() override { return inner_.tail(); }
  std::expected<std::vector<log::StoredBatch>, log::Unavailable> read(std::uint64_t from,
                                                                      std::size_t limit) override {
    return inner_.read(from, limit);
  }
  std::expected<std::optional<log::BatchStamp>, log::Unavailable> stamp(std::uint64_t from) override {
    return inner_.stamp(from);
  }
  // Trims up to `upto`, or less if the rest is too young or still needed by a reader.
  std::expected<void, log::Unavailable> trim(std::uint64_t upto) override;
  // From now on, trims what is before `time` too, even if it is younger than the retention.
  void keep_from(Time time) { keep_from_ = time; }

 private:
  log::ShardLog& inner_;
  const Clock& clock_;
  const Duration retention_;
  std::atomic<Time> keep_from_ = Time::min();
  std::atomic<std::uint64_t>& events_count_;
  const std::function<std::uint64_t()> read_upto_;
};

}  // namespace porchlight::node
