// Subscriptions alone, without HTTP: so many of them, each of one person, taken up from the disk; and then
// one person whom all of them are told of, to receivers that take everything at once.
//
//     bench_notifications DIR SUBSCRIPTIONS      prints "NAME VALUE" lines, a line for each round
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/time_text.h"
#include "notify/publisher.h"
#include "people.h"

namespace porchlight::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr std::size_t kUrls = 1000;  // that the subscriptions share

const Guid kTenant = guid_from_name("tenant");
const Guid kWatched = guid_from_name("watched by all");

Guid id_of(std::uint64_t number) {
  Guid guid;
  const std::uint64_t low = scramble(2 * number), high = scramble(2 * number + 1);
  std::memcpy(guid.bytes.data(), &low, 8);
  std::memcpy(guid.bytes.data() + 8, &high, 8);
  return guid;
}

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

// Of this process, in bytes.
double memory() {
  ::malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

// Everybody looks the same, and all change at once.
class Dialect final : public notify::Dialect {
 public:
  std::vector<Guid> people(const notify::Subscription& subscription) const override {
    return subscription.ids;
  }
  std::vector<state::UserKey> keys_of(const notify::Subscription&, const Guid& person) const override {
    return {{kTenant, person}};
  }
  notify::Seen seen(const notify::Subscription&, const Guid& person, Time) const override {
    const std::uint64_t turn = person == kWatched ? changes_.load() : 0;
    return {
        *presence::State::find(turn % 2 == 0 ? "Away" : "Available", turn % 2 == 0 ? "Away" : "Available"),
        turn};
  }
  bool is_rightful(const notify::Subscription&) const override { return true; }
  // About as many bytes as the real ones have.
  std::optional<std::string> body(std::span<const notify::Notice> notices, Time) override {
    std::string out;
    for (const notify::Notice& notice : notices) {
      append_guid(out, notice.subscription->id);
      append_date_time(out, notice.subscription->expires_at);
      append_guid(out, notice.person);
      out.append(450, 'x');
    }
    return out;
  }
  void change() { ++changes_; }

 private:
  std::atomic<std::uint64_t> changes_ = 0;
};

class TakesAll final : public webhook::Poster {
 public:
  void post(webhook::Post, Done done) override {
    ++posts;
    done({.status = 202});
  }
  std::atomic<std::size_t> posts = 0;
};

void fill(const std::filesystem::path& folder, std::uint64_t count) {
  auto store = notify::SubscriptionStore::open(folder).value();
  notify::Texts texts;
  const notify::Told told{kWatched, notify::kUnsure};
  notify::SubscriptionStore::Telling writes;
  for (std::uint64_t i = 0; i < count; ++i) {
    notify::Subscription made;
    made.id = id_of(3 * i);
    made.tenant = kTenant;
    made.app = id_of(3 * (i % 1000) + 1);
    made.user = id_of(3 * i + 2);
    made.expires_at = SystemClock().wall() + std::chrono::hours(48);
    made.ids = {kWatched};
    made.resource = "communications/presences/" + to_string(kWatched);
    made.url = texts.keep(fmt::format("https://{}.receiver.example/presence/changes", i % kUrls));
    writes.put(made);
    writes.tell(made.id, told);
    if (i % 1000 == 999) store->write(std::exchange(writes, {}), notify::SubscriptionStore::Sync::kNo);
  }
  store->write(std::move(writes), notify::SubscriptionStore::Sync::kYes);
}

int run(const std::filesystem::path& folder, std::uint64_t count) {
  fill(folder, count);
  const SystemClock clock;
  Dialect dialect;
  state::View view;
  notify::Watchers watchers(view, clock, presence::kDocumentedPolicy);
  TakesAll poster;
  const double before = memory();
  const auto begin = Steady::now();
  auto store = notify::SubscriptionStore::open(folder).value();
  notify::Publisher publisher(watchers, *store, poster, clock, dialect,
                              {.limits = {.per_app = count, .per_owner = 1}});
  if (!publisher.start()) return 1;
  fmt::print("start_seconds {}\n", seconds_since(begin));
  // Each is told of once, for nobody knows what was told before.
  publisher.clock_advanced();
  fmt::print("bytes_per_subscription {}\n", (memory() - before) / static_cast<double>(count));

  log::Batch batch;
  batch.events.push_back({id_of(7), kTenant, kWatched, 1, log::Skipped{}});
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t posts = poster.posts;
    const auto changed = Steady::now();
    dialect.change();
    watchers.applied(batch);
    watchers.clock_advanced();
    publisher.clock_advanced();
    fmt::print("items_per_second {}\n", static_cast<double>(count) / seconds_since(changed));
    if (poster.posts == posts) return 1;
  }
  watchers.close();
  publisher.close();
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return porchlight::bench::run(argv[1], std::strtoull(argv[2], nullptr, 10));
}
