// The log over the message engine: appends to several shards at once, reading on, and messages between two nodes.
//
//     bench_replicated_log SECONDS BATCH_BYTES host:port …
//
// The servers must be without a cell of the name `bench`. Prints one line of JSON.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <vector>

#include "nats/jet_stream_log.h"
#include "nats/nats_messages.h"
#include "nats/streams.h"

namespace {

using namespace porchlight;
using Seconds = std::chrono::duration<double>;
using Machine = std::chrono::steady_clock;

constexpr std::uint32_t kShards = 8;

log::Batch batch_of(std::size_t bytes) {
  log::Batch batch;
  // Sixteen events of a kind that this version does not know: only their bytes matter.
  for (std::uint64_t number = 1; number <= 16; ++number)
    batch.events.push_back({secure_random_guid(), secure_random_guid(), secure_random_guid(), number,
                            log::SkippedEvent{255, 1, std::string(bytes / 16 - 56, 'x')}});
  return batch;
}

double ms_of(Machine::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

double quantile(std::vector<double>& values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0
                        : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// Appends one batch after the other to a shard.
class Appender {
 public:
  Appender(nats::Engine& engine, std::uint32_t shard, const log::Batch& batch, Machine::time_point end)
      : log_(engine, "bench", shard), batch_(batch), end_(end) {}
  void begin() {
    begun_ = Machine::now();
    if (begun_ >= end_) return done_.set_value();
    log_.append(batch_, seq_, [this](log::Appended appended, const log::Tail& tail) {
      if (appended == log::Appended::kOk) {
        seq_ = tail.seq;
        times_.push_back(ms_of(Machine::now() - begun_));
        return begin();
      }
      // Read on, as a writer does.
      ++failed_;
      log_.read_on(seq_, log_.now() + std::chrono::seconds(10), [this](auto next) {
        if (next && !next->batches.empty()) seq_ = next->batches.back().seq;
        begin();
      });
    });
  }
  void wait() { done_.get_future().wait(); }
  const std::vector<double>& times() const { return times_; }
  std::size_t failed() const { return failed_; }

 private:
  nats::JetStreamLog log_;
  const log::Batch& batch_;
  const Machine::time_point end_;
  Machine::time_point begun_;
  std::uint64_t seq_ = 0;
  std::vector<double> times_;
  std::size_t failed_ = 0;
  std::promise<void> done_;
};

// Reads a shard from its beginning to its end.
class Reader {
 public:
  Reader(nats::Engine& engine, std::uint32_t shard) : log_(engine, "bench", shard) {}
  void begin() {
    log_.read_on(seq_, log_.now() + std::chrono::seconds(10), [this](auto next) {
      if (next && !next->batches.empty()) seq_ = next->batches.back().seq;
      if (next && seq_ < next->tail.seq) return begin();
      done_.set_value();
    });
  }
  void wait() { done_.get_future().wait(); }
  std::uint64_t read() const { return seq_; }

 private:
  nats::JetStreamLog log_;
  std::uint64_t seq_ = 0;
  std::promise<void> done_;
};

// The time of a message from one node to another that decodes it, in ms, one after the other; and how many arrive each
// second if they are sent without waiting.
struct Told {
  double median_ms, per_second;
};

Told measure_messages(const nats::EngineOptions& options, const log::Batch& batch) {
  nats::EngineOptions other = options;
  other.name = "second";
  nats::Engine from(options), to(other);
  nats::NatsMessages sender(from, "bench", "first"), receiver(to, "bench", "second");
  const std::string message = log::encode_batch(log::header_of(batch), log::encode_events(batch), 1, 0);
  std::atomic<int> arrived = 0;
  receiver.listen("log.1", [&](cluster::Message& told) {
    if (log::decode_batch(told.bytes)) ++arrived;
  });
  while (!sender.connected() || !receiver.connected()) std::this_thread::yield();
  while (arrived == 0) {
    sender.publish("log.1", message);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::vector<double> times;
  for (int count = 0; count < 1000; ++count) {
    const int before = arrived;
    const auto begin = Machine::now();
    sender.publish("log.1", message);
    while (arrived == before) std::this_thread::yield();
    times.push_back(ms_of(Machine::now() - begin));
  }
  constexpr int kMany = 4000;
  const int before = arrived;
  const auto begin = Machine::now();
  for (int count = 0; count < kMany; ++count) {
    sender.publish("log.1", message);
    while (count - (arrived - before) > 64) std::this_thread::yield();
  }
  while (arrived - before < kMany) std::this_thread::yield();
  return {quantile(times, 0.5), kMany / Seconds(Machine::now() - begin).count()};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    std::fputs("expected SECONDS BATCH_BYTES host:port …\n", stderr);
    return 2;
  }
  const double seconds = std::atof(arguments[1]);
  const log::Batch batch = batch_of(static_cast<std::size_t>(std::atoll(arguments[2])));
  nats::EngineOptions options{.servers = {arguments + 3, arguments + count}, .files = {}, .name = "first"};
  if (const auto fault = nats::fault_of(options)) {
    std::fprintf(stderr, "%s\n", fault->c_str());
    return 2;
  }
  nats::Engine engine(options);
  const unsigned replicas = options.servers.size() >= 3 ? 3 : 1;
  const auto made = nats::make_streams(engine, {.cell = "bench", .shards = kShards, .replicas = replicas},
                                       std::chrono::minutes(1));
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().c_str());
    return 1;
  }
  const auto begin = Machine::now();
  const auto end = begin + std::chrono::duration_cast<Machine::duration>(Seconds(seconds));
  std::vector<std::unique_ptr<Appender>> appenders;
  for (std::uint32_t shard = 0; shard < kShards; ++shard)
    appenders.push_back(std::make_unique<Appender>(engine, shard, batch, end));
  for (const auto& appender : appenders) appender->begin();
  for (const auto& appender : appenders) appender->wait();
  const double appending = Seconds(Machine::now() - begin).count();
  std::vector<double> times;
  std::size_t failed = 0;
  for (const auto& appender : appenders) {
    times.insert(times.end(), appender->times().begin(), appender->times().end());
    failed += appender->failed();
  }
  const auto reading_from = Machine::now();
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::uint32_t shard = 0; shard < kShards; ++shard)
    readers.push_back(std::make_unique<Reader>(engine, shard));
  for (const auto& reader : readers) reader->begin();
  std::uint64_t read = 0;
  for (const auto& reader : readers) reader->wait(), read += reader->read();
  const double reading = Seconds(Machine::now() - reading_from).count();
  const Told told = measure_messages(options, batch);
  fmt::print(
      R"({{"appends_per_s":{:.0f},"append_ms_p50":{:.2f},"append_ms_p99":{:.2f},"not_ok":{},"read_per_s":{:.0f},)"
      R"("told_ms_p50":{:.3f},"told_per_s":{:.0f}}})"
      "\n",
      static_cast<double>(times.size()) / appending, quantile(times, 0.5), quantile(times, 0.99), failed,
      static_cast<double>(read) / reading, told.median_ms, told.per_second);
  return 0;
}
