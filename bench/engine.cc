// The storage engine alone, opened with the options of the log: batches with one value per writer, each durable before
// the next.
//
//     bench_engine DIR VALUES_PER_BATCH SECONDS      prints "writes seconds cpu_ns value_bytes"
#include <fmt/format.h>
#include <rocksdb/write_batch.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "base/random.h"
#include "log/batch_codec.h"
#include "log/rocks_open.h"

namespace porchlight::bench {
namespace {

using Clock = std::chrono::steady_clock;

// One setPresence as the log stores it: a batch of one event.
std::string message(Random& random, std::uint64_t seq, Time now) {
  const presence::SessionKey key{random.guid(), random.guid()};
  const presence::Event happened{
      .at = now,
      .sequence = seq,
      .what =
          presence::SessionSet{.key = key, .state = presence::kAvailable, .expires_at = presence::kNever}};
  log::Batch batch;
  batch.at = now;
  batch.events.push_back({random.guid(), random.guid(), random.guid(), seq, happened});
  return log::encode_batch(log::header_of(batch), log::encode_events(batch), seq, random.next());
}

std::int64_t cpu_ns() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) { return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1000LL; };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

struct Measured {
  std::uint64_t writes = 0;
  double seconds = 0;
  std::int64_t cpu_ns = 0;
};

Measured write_for(rocksdb::DB& db, std::size_t values, double seconds, const std::string& value) {
  rocksdb::WriteOptions durable;
  durable.sync = true;
  Measured measured;
  std::uint64_t seq = 0;
  const std::int64_t cpu_before = cpu_ns();
  const Clock::time_point begin = Clock::now();
  while (measured.seconds < seconds) {
    rocksdb::WriteBatch batch;
    ++seq;
    for (std::uint32_t shard = 0; shard < values; ++shard) batch.Put(log::batch_key({shard, seq}), value);
    if (const auto status = db.Write(durable, &batch); !status.ok())
      throw std::runtime_error(status.ToString());
    measured.writes += values;
    measured.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  measured.cpu_ns = cpu_ns() - cpu_before;
  return measured;
}

int run(const std::string& dir, std::size_t values, double seconds) {
  std::filesystem::create_directories(dir);
  auto opened = log::open_rocks({.dir = dir});
  if (!opened) {
    fmt::print(stderr, "bench_engine: {}\n", opened.error());
    return 1;
  }
  Random random;
  const std::string value = message(random, 1000, SystemClock().wall());
  const Measured measured = write_for(*opened->db, values, seconds, value);
  fmt::print("{} {:.6f} {} {}\n", measured.writes, measured.seconds, measured.cpu_ns, value.size());
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc == 4)
    return porchlight::bench::run(argv[1], std::strtoul(argv[2], nullptr, 10), std::atof(argv[3]));
  std::fputs("usage: bench_engine DIR VALUES_PER_BATCH SECONDS\n", stderr);
  return 2;
}
