// Reads of past presence without HTTP: a history of generated events of many users over thirty days, and random
// queries.
//
//     bench_history DIR PEOPLE EVENTS      prints "NAME VALUE" lines, a line for each round
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "history/history.h"
#include "history/recent_batches.h"
#include "people.h"
#include "presence/rules.h"

namespace porchlight::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration kSpan = std::chrono::days(30);
constexpr Time kBegin{std::chrono::sys_days(std::chrono::January / 7 / 2030)};
constexpr std::size_t kEventsPerBatch = 64;
constexpr int kRounds = 5;
constexpr int kWarmReads = 20'000, kColdReads = 500, kBulkReads = 100;
constexpr std::size_t kBulk = 650;
constexpr int kUnchangedRounds = 2000, kChangedRounds = 100, kChanges = 100;

const Guid kTenant = guid_from_name("tenant");
const presence::SessionKey kSession{guid_from_name("app"), guid_from_name("session")};

Guid id_of(std::uint64_t number) {
  Guid guid;
  const std::uint64_t low = scramble(2 * number), high = scramble(2 * number + 1);
  std::memcpy(guid.bytes.data(), &low, 8);
  std::memcpy(guid.bytes.data() + 8, &high, 8);
  return guid;
}

// The generated log of a shard: all users are added first, then events of random users, evenly distributed over the
// span.
class SyntheticLog final : public log::ShardLog {
 public:
  void add(const Guid& person) { people_.push_back(person); }
  void set_events(std::uint64_t events) { events_ = events; }
  // Adds a batch with an event of one of the users.
  void happen() { ++later_; }
  std::uint64_t batches() const { return planned_batches() + later_; }

  void run(LogTask task) override { task(); }
  void append(const log::Batch&, std::uint64_t, AppendCallback done) override {
    done(log::Appended::kUnknown, {});
  }
  void read_on(std::uint64_t, SteadyTime, ReadCallback done) override {
    done(std::unexpected(log::Unavailable{"only the history reads this log"}));
  }
  SteadyTime now() const override { return {}; }
  std::expected<log::Tail, log::Unavailable> tail() override { return log::Tail{.seq = batches()}; }
  std::expected<std::vector<log::StoredBatch>, log::Unavailable> read(std::uint64_t from,
                                                                      std::size_t limit) override {
    std::vector<log::StoredBatch> found;
    for (std::uint64_t seq = std::max<std::uint64_t>(from, 1); seq <= batches() && found.size() < limit;
         ++seq)
      found.push_back({seq, batch(seq)});
    return found;
  }
  std::expected<std::optional<log::BatchStamp>, log::Unavailable> stamp(std::uint64_t from) override {
    if (from > batches()) return std::nullopt;
    return log::BatchStamp{from, batch(from).at};
  }
  std::expected<void, log::Unavailable> trim(std::uint64_t) override { return {}; }
  bool accepts() const override { return true; }

 private:
  std::uint64_t planned_batches() const {
    return (people_.size() + events_ + kEventsPerBatch - 1) / kEventsPerBatch;
  }

  log::Batch batch(std::uint64_t seq) const {
    log::Batch batch;
    if (seq > planned_batches()) {
      batch.events.push_back(event(people_.size() + events_ + (seq - planned_batches() - 1)));
      return batch;
    }
    const std::uint64_t end = std::min<std::uint64_t>(seq * kEventsPerBatch, people_.size() + events_);
    for (std::uint64_t n = (seq - 1) * kEventsPerBatch; n < end; ++n) batch.events.push_back(event(n));
    return batch;
  }

  log::Event event(std::uint64_t n) const {
    if (n < people_.size()) {
      return {id_of(n), kTenant, people_[n], 1,
              log::DirectoryEvent{kBegin, directory::UserPut{"a@contoso.com", "A"}}};
    }
    const std::uint64_t happened = n - people_.size(), chance = scramble(n);
    const Time at = kBegin + Duration(static_cast<Duration::rep>(static_cast<double>(kSpan.count()) *
                                                                 static_cast<double>(happened) /
                                                                 static_cast<double>(events_)));
    presence::Event what{.at = at, .sequence = n, .what = presence::SessionCleared{kSession}};
    if (chance % 20 == 0) {
      what.what = presence::MessageSet{{.text = "In the workshop until four, then on the way home",
                                        .published_at = at,
                                        .expires_at = at + std::chrono::hours(8),
                                        .expiry_text = {},
                                        .expiry_zone = {}}};
    } else if (chance % 20 < 16) {
      what.what = presence::SessionSet{kSession, presence::kAvailable, at + std::chrono::hours(1)};
    }
    return {id_of(n), kTenant, people_[(chance >> 8) % people_.size()], n + 2, what};
  }

  std::vector<Guid> people_;
  std::uint64_t events_ = 0, later_ = 0;
};

struct BenchWorld {
  BenchWorld(std::uint64_t people, std::uint64_t events) : logs(state::kShards), clock(kBegin + kSpan) {
    for (std::uint64_t person = 0; person < people; ++person) {
      ids.push_back(id_of(person));
      logs[state::shard_of(kTenant, ids.back())].add(ids.back());
    }
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
      logs[shard].set_events(events / state::kShards);
      all.push_back(&logs[shard]);
      view.apply({shard, logs[shard].batches()}, {});
    }
  }
  // An event of a random user, in a batch of its own.
  void happen(std::uint64_t chance) {
    const std::uint32_t shard = state::shard_of(kTenant, ids[scramble(chance) % ids.size()]);
    logs[shard].happen();
    view.apply({shard, logs[shard].batches()}, {});
  }
  std::vector<Guid> ids;
  std::vector<SyntheticLog> logs;
  std::vector<log::ShardLog*> all;
  state::View view;
  history::RecentBatches recent{view};
  ManualClock clock;
};

std::unique_ptr<history::History> open(BenchWorld& world, const std::filesystem::path& dir) {
  return std::make_unique<history::History>(dir, kSpan + std::chrono::days(1), world.clock, world.view,
                                            world.all, world.recent);
}

void wait_until_indexed(const BenchWorld& world, const history::History& past) {
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    while (past.indexed(shard) < world.view.position(shard).seq)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// Reads must come from the disk and not from memory.
void forget_pages(const std::filesystem::path& dir) {
  ::sync();
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

// The durations of such queries in microseconds, run one at a time, sorted.
std::vector<double> time_queries(BenchWorld& world, history::History& past, int queries, std::size_t people,
                                 std::uint64_t seed) {
  std::vector<double> durations;
  for (int i = 0; i < queries; ++i) {
    std::vector<state::UserKey> who;
    for (std::size_t k = 0; k < people; ++k)
      who.push_back({kTenant, world.ids[scramble(seed + i * people + k) % world.ids.size()]});
    const Time at = kBegin + Duration(scramble(~seed - i) % kSpan.count());
    std::promise<bool> done;
    const Clock::time_point begin = Clock::now();
    past.records_at(std::move(who), at,
                    [&](const auto& records) { done.set_value(records && records->front()); });
    if (!done.get_future().get()) throw std::runtime_error("the history of a user is missing");
    durations.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::ranges::sort(durations);
  return durations;
}

void print_percentiles(const char* name, const std::vector<double>& durations) {
  fmt::print("{}_p50 {:.1f}\n{}_p99 {:.1f}\n", name, durations[durations.size() / 2], name,
             durations[durations.size() * 99 / 100]);
}

// The changes of the tenant since a known one: of `events` users, and the durations in microseconds, sorted.
std::vector<double> time_changes(BenchWorld& world, history::History& past, int rounds, int events) {
  std::vector<double> durations;
  const auto changes_after = [&](const std::optional<history::KnownChanges>& known) {
    std::promise<history::Changes> done;
    past.changes_after(kTenant, known, [&](auto changes) { done.set_value(std::move(changes).value()); });
    return done.get_future().get();
  };
  history::Changes known = changes_after({});
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < events; ++i) world.happen(static_cast<std::uint64_t>(round * events + i));
    changes_after({});  // indexes them, which is not measured
    const Clock::time_point begin = Clock::now();
    const history::Changes changes = changes_after(history::KnownChanges{known.last, world.clock.wall()});
    durations.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    if (changes.people.empty() != (events == 0)) throw std::runtime_error("a change is missing");
    known = changes;
  }
  std::ranges::sort(durations);
  return durations;
}

void run(const std::filesystem::path& dir, std::uint64_t people, std::uint64_t events) {
  BenchWorld world(people, events);
  const Clock::time_point begin = Clock::now();
  auto past = open(world, dir);
  wait_until_indexed(world, *past);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  fmt::print("events_per_second {:.0f}\n", static_cast<double>(people + events) / seconds);
  past.reset();
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) bytes += entry.file_size();
  fmt::print("bytes_per_event {:.1f}\n", static_cast<double>(bytes) / static_cast<double>(people + events));
  for (int round = 0; round < kRounds; ++round) {
    const auto seed = static_cast<std::uint64_t>(round) << 40;
    forget_pages(dir);
    past = open(world, dir);
    time_queries(world, *past, 1, 1, seed + 1);  // the first query opens files; it is not measured
    print_percentiles("cold", time_queries(world, *past, kColdReads, 1, seed + 2));
    time_queries(world, *past, kWarmReads, 1, seed + 3);
    print_percentiles("warm", time_queries(world, *past, kWarmReads, 1, seed + 4));
    print_percentiles("bulk", time_queries(world, *past, kBulkReads, kBulk, seed + 5));
    print_percentiles("unchanged", time_changes(world, *past, kUnchangedRounds, 0));
    print_percentiles("changed", time_changes(world, *past, kChangedRounds, kChanges));
    past.reset();
  }
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bench_history DIR PEOPLE EVENTS\n", stderr);
    return 2;
  }
  porchlight::bench::run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
  return 0;
}
