// Subscriptions without HTTP: many of them, each for one user, loaded from the disk; then changes of one user that all
// of them name, to receivers that accept everything at once.
//
//     bench_notifications DIR SUBSCRIPTIONS      prints "NAME VALUE" lines, a line for each round
//     bench_notifications DIR SUBSCRIPTIONS fill      only writes them, for users who are all offline
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>

#include "base/time_text.h"
#include "notify/publisher.h"
#include "people.h"

namespace porchlight::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr std::size_t kUrls = 1000;  // shared by the subscriptions

const Guid kTenant = *parse_guid(kTenantId);
const Guid kWatched = guid_from_name("watched by all");

Guid id_of(std::uint64_t number) {
  Guid guid;
  const std::uint64_t low = scramble(2 * number), high = scramble(2 * number + 1);
  std::memcpy(guid.bytes.data(), &low, 8);
  std::memcpy(guid.bytes.data() + 8, &high, 8);
  return guid;
}

Guid person_of(std::uint64_t number) {
  std::string id;
  append_id(id, number);
  return *parse_guid(id);
}

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

// The memory of this process in bytes.
double memory() {
  ::malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

// All users have the same state and change at the same time.
class FixedView final : public notify::SubscriberView {
 public:
  std::vector<Guid> people(const notify::Subscription& subscription) const override {
    return subscription.target.ids;
  }
  std::vector<state::UserKey> watch_keys(const notify::Subscription&,
                                         std::span<const Guid> people) const override {
    std::vector<state::UserKey> keys;
    for (const Guid& person : people) keys.push_back({kTenant, person});
    return keys;
  }
  bool may_have_moved(const notify::Subscription&, std::span<const state::UserKey>) const override {
    return false;
  }
  notify::VisibleState visible_state(const notify::Subscription&, const Guid& person, Time) const override {
    const std::uint64_t turn = person == kWatched ? changes_.load() : 0;
    return {
        *presence::State::find(turn % 2 == 0 ? "Away" : "Available", turn % 2 == 0 ? "Away" : "Available"),
        turn};
  }
  bool is_still_permitted(const notify::Subscription&) const override { return true; }
  // About the size of real items.
  std::optional<std::string> render(std::span<const notify::Notification> notifications, Time) override {
    std::string out;
    for (const notify::Notification& notification : notifications) {
      append_guid(out, notification.subscription->id);
      append_date_time(out, notification.subscription->expires_at);
      append_guid(out, notification.person);
      out.append(450, 'x');
    }
    return out;
  }
  void change() { ++changes_; }

 private:
  std::atomic<std::uint64_t> changes_ = 0;
};

class AcceptingClient final : public webhook::WebhookClient {
 public:
  void post(webhook::Post, ReplyCallback done) override {
    ++posts;
    done({.status = 202});
  }
  std::atomic<std::size_t> posts = 0;
};

// Writes `count` subscriptions; number i is for the user person_for(i), whose last sent state is `sent_code`.
void fill(const std::filesystem::path& folder, std::uint64_t count,
          const std::function<Guid(std::uint64_t)>& person_for, std::uint8_t sent_code) {
  auto store = notify::SubscriptionStore::open(folder).value();
  notify::StringPool texts;
  notify::SubscriptionStore::StoreBatch writes;
  for (std::uint64_t i = 0; i < count; ++i) {
    notify::Subscription made;
    made.id = id_of(3 * i);
    made.tenant = kTenant;
    made.app = id_of(3 * (i % 1000) + 1);
    made.user = id_of(3 * i + 2);
    made.expires_at = SystemClock().wall() + std::chrono::hours(48);
    made.target.ids = {person_for(i)};
    made.resource = "communications/presences/" + to_string(made.target.ids.front());
    made.url = texts.intern(fmt::format("https://{}.receiver.example/presence/changes", i % kUrls));
    writes.put(made);
    writes.put_last_sent(made.id, {made.target.ids.front(), sent_code});
    if (i % 1000 == 999) store->write(std::exchange(writes, {}), notify::SubscriptionStore::WriteSync::kNo);
  }
  store->write(std::move(writes), notify::SubscriptionStore::WriteSync::kYes);
}

int run(const std::filesystem::path& folder, std::uint64_t count) {
  fill(
      folder, count, [](std::uint64_t) { return kWatched; }, notify::kSentUnknown);
  const SystemClock clock;
  FixedView subscriber_view;
  state::View view;
  watch::WatchRegistry watchers(view, clock, presence::kDocumentedPolicy);
  AcceptingClient webhook_client;
  const double before = memory();
  const auto begin = Steady::now();
  auto store = notify::SubscriptionStore::open(folder).value();
  notify::Publisher publisher(watchers, *store, webhook_client, clock, subscriber_view,
                              {.limits = {.per_app = count, .per_owner = 1}});
  if (!publisher.start()) return 1;
  fmt::print("start_seconds {}\n", seconds_since(begin));
  // Sends each the current state once, because the last sent state is unknown.
  publisher.clock_advanced();
  fmt::print("bytes_per_subscription {}\n", (memory() - before) / static_cast<double>(count));

  log::Batch batch;
  batch.events.push_back({id_of(7), kTenant, kWatched, 1, log::SkippedEvent{}});
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t posts = webhook_client.posts;
    const auto changed = Steady::now();
    subscriber_view.change();
    watchers.on_applied(batch);
    watchers.clock_advanced();
    publisher.clock_advanced();
    fmt::print("items_per_second {}\n", static_cast<double>(count) / seconds_since(changed));
    if (webhook_client.posts == posts) return 1;
  }
  watchers.close();
  publisher.close();
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  using namespace porchlight::bench;
  if (argc != 3 && argc != 4) return 2;
  const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
  if (argc == 3) return run(argv[1], count);
  fill(argv[1], count, person_of, porchlight::presence::kOffline.code());
  return 0;
}
