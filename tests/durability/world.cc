#include "durability/world.h"

#include <fmt/format.h>

#include <filesystem>
#include <future>
#include <sstream>

namespace porchlight {
namespace {

const Guid kTenant = log::id_of(1), kApp = log::id_of(2);
constexpr std::string_view kUrl = "https://receiver.example/hook";
constexpr std::size_t kRowsBytes = 1 << 16;
constexpr auto kSubscribed = std::chrono::hours(24);

presence::SetSession session(std::uint64_t choice) {
  constexpr const char* kPairs[][2] = {
      {"Busy", "InACall"}, {"Away", "Away"}, {"DoNotDisturb", "Presenting"}, {"Busy", "InAConferenceCall"}};
  const auto& [availability, activity] = kPairs[choice % std::size(kPairs)];
  return {{kApp, kApp}, log::state_of(availability, activity), World::kSessionLife};
}

}  // namespace

std::vector<state::UserKey> OpenView::watch_keys(const notify::Subscription& subscription,
                                                 std::span<const Guid> people) const {
  std::vector<state::UserKey> keys;
  for (const Guid& person : people) keys.push_back({subscription.tenant, person});
  return keys;
}

notify::VisibleState OpenView::visible_state(const notify::Subscription& subscription, const Guid& person,
                                             Time now) const {
  const auto found = view_.copy({subscription.tenant, person});
  if (!found) return {presence::kPresenceUnknown, 0};
  return {presence::effective(found->record, now), found->record.sequence_base};
}

std::optional<std::string> OpenView::render(std::span<const notify::Notification> notifications, Time) {
  std::string body;
  for (const notify::Notification& one : notifications)
    body += fmt::format("{}={}\n", to_string(one.person), one.seen.state.code());
  return body;
}

World::World(std::uint64_t seed) {
  for (const char* part : {"log", "snapshots"})
    std::filesystem::create_directory(std::filesystem::path(folder_.path()) / part);
  disk_ = std::make_unique<CutDisk>(folder_.path(), seed);
  for (int i = 0; i < kPeople; ++i) presence_[i].acknowledged = "(none)";
  token_.acknowledged = "";
  start();
  add_people();
  subscribe();
}

World::~World() { stop(); }

void World::settle(Known& known, const std::string& value, bool is_acknowledged) {
  if (is_acknowledged)
    known = {value, {}};
  else
    known.in_doubt.insert(value);
}

std::string World::state(int number, Time at) const {
  const auto found = view_->copy({kTenant, person(number)});
  return found ? fmt::format("{}", presence::effective(found->record, at).code()) : "(none)";
}

void World::add_people() {
  for (int i = 0; i < kPeople; ++i) {
    std::promise<bool> done;
    writer_->submit({{kTenant, person(i), directory::UserPut{fmt::format("p{}@contoso.example", i), "Name"}}},
                    clock_.wall(),
                    [&](const state::Outcome& outcome) { done.set_value(outcome.has_value()); });
    ASSERT_TRUE(done.get_future().get());
    presence_[i].acknowledged = state(i, kStart);
  }
}

void World::set_presence(int number, std::uint64_t choice) {
  const presence::SetSession command = session(choice);
  const std::string value = fmt::format("{}", command.state.code());
  std::promise<bool> done;
  writer_->submit({kTenant, person(number)}, log::id_of(10'000 + ++last_), command, clock_.wall(),
                  [&](const state::Outcome& outcome) { done.set_value(outcome.has_value()); });
  settle(presence_[number], value, done.get_future().get());
}

void World::subscribe() {
  notify::Subscription made;
  made.id = log::id_of(20'000 + ++last_);
  made.tenant = kTenant;
  made.app = kApp;
  made.user = made.id;  // an owner has one subscription to a resource
  made.expires_at = clock_.wall() + kSubscribed;
  for (int i = 0; i < kPeople; ++i) made.target.ids.push_back(person(i));
  made.resource = "communications/presences";
  made.url = std::make_shared<const std::string>(kUrl);
  auto reserved = publisher_->reserve(made);
  if (!reserved) return;
  std::promise<bool> done;
  publisher_->add(*std::move(reserved), made, [&](notify::Publisher::WriteResult result, const auto&) {
    done.set_value(result == notify::Publisher::WriteResult::kDone);
  });
  Known& known = subscriptions_[made.id];
  known.acknowledged = "gone";
  settle(known, "there", done.get_future().get());
}

void World::unsubscribe() {
  if (subscriptions_.size() < 2) return;
  auto& [id, known] = *std::prev(subscriptions_.end());
  std::promise<bool> done;
  publisher_->remove(id, [&](notify::Publisher::WriteResult result, const auto&) {
    done.set_value(result != notify::Publisher::WriteResult::kFailed);
  });
  // The removal is acknowledged when it is durable. Before that either is right.
  settle(known, "gone", done.get_future().get());
}

void World::consent() {
  const std::string permission = fmt::format("Permission.{}", ++last_);
  if (authority::CredentialStore(*credential_rows_)
          .consent(kTenant, kApp, person(0), std::vector{permission}))
    consents_.insert(permission);
}

void World::make_scim_token() {
  scim::Tokens tokens(*scim_rows_);
  if (!tokens.load()) return;
  const auto made = tokens.make(kTenant);
  if (made) token_.acknowledged = *made;
  // A token that was refused was not returned to a caller, but may have replaced the acknowledged one.
  if (!made) token_.in_doubt.insert("");
  if (made) token_.in_doubt.clear();
}

void World::take_snapshot() {
  const auto logs = engine_->logs();
  (void)state::write_snapshot_and_trim(*view_, std::filesystem::path(folder_.path()) / "snapshots", logs,
                                       disk_->files());
}

void World::deliver(int cut_at) {
  posts_ = 0;
  cut_at_ = cut_at;
  for (int turn = 0; turn < 3; ++turn) {
    watchers_->clock_advanced();
    publisher_->clock_advanced();
    receiver_->settle();
    clock_.advance(std::chrono::seconds(30));
  }
}

void World::open_stores() {
  const std::filesystem::path root = folder_.path();
  const auto rows = [&](const char* name) {
    auto opened = storage::RocksKvStore::open({root / name, "rows 1", kRowsBytes, disk_->env()});
    if (!opened) throw std::runtime_error(opened.error());
    return *std::move(opened);
  };
  credential_rows_ = rows("authority");
  scim_rows_ = rows("scim");
  auto subscriptions = notify::SubscriptionStore::open(root / "subscriptions", disk_->env());
  if (!subscriptions) throw std::runtime_error(subscriptions.error());
  subscription_rows_ = *std::move(subscriptions);
}

void World::open_publisher() {
  subscriber_view_ = std::make_unique<OpenView>(*view_);
  receiver_ = std::make_unique<webhook::FakeWebhookClient>([this](const webhook::Post& post) {
    std::istringstream lines(post.body);
    for (std::string line; std::getline(lines, line);)
      if (const auto at = line.find('='); at != std::string::npos)
        believed_[line.substr(0, at)] = std::stoi(line.substr(at + 1));
    if (++posts_ == cut_at_) disk_->cut();
    return webhook::Reply{.status = 202};
  });
  publisher_ = std::make_unique<notify::Publisher>(*watchers_, *subscription_rows_, *receiver_, clock_,
                                                   *subscriber_view_);
  if (const auto started = publisher_->start(); !started) throw std::runtime_error(started.error());
}

void World::start() {
  const std::filesystem::path root = folder_.path();
  auto engine = log::EmbeddedEngine::open(
      {.dir = root / "log", .shards = state::kShards, .reserve_bytes = 0, .env = disk_->env()});
  if (!engine) throw std::runtime_error(engine.error());
  engine_ = *std::move(engine);
  view_ = std::make_unique<state::View>();
  if (const auto restored = state::restore(*view_, root / "snapshots", engine_->logs()); !restored)
    throw std::runtime_error(restored.error());
  writer_ = std::make_unique<state::Writer>(*view_, engine_->logs());
  watchers_ = std::make_unique<watch::WatchRegistry>(*view_, clock_);
  open_stores();
  open_publisher();
  check();
}

void World::stop() {
  if (watchers_) watchers_->close();
  if (publisher_) publisher_->close();
  receiver_.reset();
  publisher_.reset();
  subscription_rows_.reset();
  credential_rows_.reset();
  scim_rows_.reset();
  writer_.reset();
  watchers_.reset();
  view_.reset();
  engine_.reset();
}

void World::check() {
  for (auto& [number, known] : presence_) {
    const std::string seen = state(number, kStart);
    EXPECT_TRUE(known.allows(seen)) << "log: user " << number << " is " << seen << ", acknowledged "
                                    << known.acknowledged;
    known = {seen, {}};
  }
  for (auto& [id, known] : subscriptions_) {
    const std::string seen = publisher_->find(id, clock_.wall()) ? "there" : "gone";
    EXPECT_TRUE(known.allows(seen)) << "subscription is " << seen << ", acknowledged " << known.acknowledged;
    known = {seen, {}};
  }
  const auto consents = authority::CredentialStore(*credential_rows_).consents(kTenant, kApp, person(0));
  for (const std::string& one : consents_)
    EXPECT_TRUE(consents && std::ranges::count(*consents, one) == 1) << "authority: " << one << " is lost";
  scim::Tokens tokens(*scim_rows_);
  EXPECT_TRUE(tokens.load());
  if (!token_.acknowledged.empty() && token_.in_doubt.empty()) {
    EXPECT_TRUE(tokens.tenant_of(token_.acknowledged)) << "SCIM: the token is lost";
  }
  if (subscriptions_.empty()) return;
  deliver();
  for (int i = 0; i < kPeople; ++i) {
    const auto seen = believed_.find(to_string(person(i)));
    const std::string believed = seen == believed_.end() ? "(none)" : fmt::format("{}", seen->second);
    // A user whose first state is the one that a subscriber assumes is not notified.
    const bool is_assumed = believed == "(none)";
    const std::string real = state(i, clock_.wall());
    EXPECT_TRUE(is_assumed || believed == real)
        << "the receiver believes that user " << i << " is " << believed << " instead of " << real;
  }
}

}  // namespace porchlight
