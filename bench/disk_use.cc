// Bytes on disk for each write, without HTTP: random users set their sessions, as a service with few writes per commit
// sees it. The log and the history are those of the server; after the writes all their tables are merged.
//
//     bench_disk_use DIR PEOPLE WRITES      prints "NAME VALUE" lines; DIR is created and must not exist
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <latch>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "history/history.h"
#include "history/history_store.h"
#include "history/recent_batches.h"
#include "log/embedded_log.h"
#include "log/rocks_open.h"
#include "people.h"
#include "presence/rules.h"

namespace porchlight::bench {
namespace {

namespace fs = std::filesystem;

constexpr Time kBegin{std::chrono::sys_days(std::chrono::January / 7 / 2030)};
constexpr Duration kBetweenWrites = std::chrono::milliseconds(2);  // 500 writes per second
// Appends that wait together, as in a commit of the server; each is a batch of one event, for a random shard.
constexpr std::uint64_t kAppendsTogether = 64;

Guid id_of(std::uint64_t number) {
  Guid guid;
  const std::uint64_t low = scramble(2 * number), high = scramble(2 * number + 1);
  std::memcpy(guid.bytes.data(), &low, 8);
  std::memcpy(guid.bytes.data() + 8, &high, 8);
  return guid;
}

const Guid kTenant = guid_from_name("tenant"), kApp = guid_from_name("app");

double cpu_seconds() {
  struct rusage used;
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::uint64_t bytes_of(const fs::path& dir) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(dir)) bytes += entry.file_size();
  return bytes;
}

class DiskBench {
 public:
  DiskBench(fs::path dir, std::uint64_t people) : dir_(std::move(dir)), clock_(kBegin), versions_(people, 0) {
    fs::create_directories(dir_);
    open();
    for (std::uint64_t person = 0; person < people; ++person) put(person);
    wait_until_indexed();
    merge();
    log_before_ = bytes_of(dir_ / "log");
    history_before_ = bytes_of(dir_ / "history");
  }

  void run(std::uint64_t writes) {
    open();
    const double cpu_before = cpu_seconds();
    for (std::uint64_t write = 0; write < writes; ++write) set_session(scramble(write) % versions_.size());
    flush();
    wait_until_indexed();
    const double cpu = cpu_seconds() - cpu_before;
    const double merging_before = cpu_seconds();
    merge();
    const auto per_write = [&](std::uint64_t bytes) {
      return static_cast<double>(bytes) / static_cast<double>(writes);
    };
    fmt::print("log_bytes {:.1f}\nhistory_bytes {:.1f}\ncpu_us {:.2f}\nmerge_cpu_us {:.2f}\n",
               per_write(bytes_of(dir_ / "log") - log_before_),
               per_write(bytes_of(dir_ / "history") - history_before_),
               cpu * 1e6 / static_cast<double>(writes),
               (cpu_seconds() - merging_before) * 1e6 / static_cast<double>(writes));
  }

 private:
  log::EmbeddedOptions log_options() const {
    return {.dir = (dir_ / "log").string(), .shards = state::kShards};
  }

  void open() {
    engine_ = log::EmbeddedEngine::open(log_options()).value();
    logs_ = engine_->logs();
    past_ = std::make_unique<history::History>(dir_ / "history", std::chrono::days(400), clock_, view_, logs_,
                                               recent_);
  }

  void put(std::uint64_t person) {
    const directory::UserPut user{fmt::format("person{}@contoso.com", person),
                                  fmt::format("Person {}", person)};
    append(person, log::DirectoryEvent{now_, user});
    if (waiting_.size() == 64 * kAppendsTogether) flush();
  }

  void set_session(std::uint64_t person) {
    now_ += kBetweenWrites;
    const presence::State kStates[] = {presence::kAvailable, presence::kAway, presence::kOffline};
    const std::uint64_t dice = scramble(~versions_[person] ^ person);
    const presence::SessionSet set{
        {kApp, id_of(~person)}, kStates[dice % 3], now_ + std::chrono::minutes(5 * (1 + dice / 3 % 12))};
    append(person, presence::Event{now_, versions_[person], set});
    if (waiting_.size() == kAppendsTogether) flush();
  }

  void append(std::uint64_t person, decltype(log::Event::body) body) {
    const Guid user = id_of(person);
    const std::uint32_t shard = state::shard_of(kTenant, user);
    waiting_.emplace_back(
        shard,
        log::Batch{.at = now_,
                   .events = {{random_.serial_guid(), kTenant, user, ++versions_[person], std::move(body)}}});
  }

  void flush() {
    std::latch durable(static_cast<std::ptrdiff_t>(waiting_.size()));
    std::vector<std::uint64_t> last(state::kShards);
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) last[shard] = view_.position(shard).seq;
    for (const auto& [shard, batch] : waiting_) {
      logs_[shard]->append(batch, last[shard]++, [&](log::Appended appended, const log::Tail&) {
        if (appended != log::Appended::kOk) std::abort();
        durable.count_down();
      });
    }
    durable.wait();
    for (const auto& [shard, batch] : waiting_) view_.apply({shard, view_.position(shard).seq + 1}, batch);
    waiting_.clear();
    clock_.advance(now_ - clock_.wall());
  }

  void wait_until_indexed() {
    flush();
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      while (past_->indexed(shard) < view_.position(shard).seq)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  // Closes both databases and merges their tables.
  void merge() {
    past_.reset();
    engine_.reset();
    {
      const auto opened = log::open_rocks(log_options()).value();
      rocksdb::CompactRangeOptions options;
      options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
      if (!opened.db->CompactRange(options, nullptr, nullptr).ok()) std::abort();
    }
    const auto store =
        history::HistoryStore::open(dir_ / "history", [] { return history::Cutoffs(); }).value();
    std::atomic<bool> canceled = false;
    if (!store->compact(canceled)) std::abort();
  }

  const fs::path dir_;
  ManualClock clock_;
  Time now_ = kBegin;
  Random random_;
  state::View view_;
  std::vector<std::uint64_t> versions_;  // by user
  std::unique_ptr<log::EmbeddedEngine> engine_;
  std::vector<log::ShardLog*> logs_;
  history::RecentBatches recent_{view_};
  std::unique_ptr<history::History> past_;
  std::vector<std::pair<std::uint32_t, log::Batch>> waiting_;
  std::uint64_t log_before_ = 0, history_before_ = 0;
};

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_disk_use DIR PEOPLE WRITES\n");
    return 2;
  }
  porchlight::bench::DiskBench bench(argv[1], std::strtoull(argv[2], nullptr, 10));
  bench.run(std::strtoull(argv[3], nullptr, 10));
}
