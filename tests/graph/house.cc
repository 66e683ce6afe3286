#include "house.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/percent.h"
#include "graph/notices.h"
#include "http/listen.h"
#include "http/loop.h"
#include "identity/minter.h"
#include "log/fake_log.h"
#include "state/snapshot.h"
#include "support/faulty_disk.h"
#include "webhook/validation_token.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kIssuer = "https://porchlight.local/{tenantid}/v2.0";
constexpr std::string_view kAudience = "https://graph.microsoft.com";
// 2030-01-07T09:00:00Z
constexpr Time kStart{std::chrono::seconds(1894006800)};

// Making an RSA key takes long: all houses of the process share one.
const identity::SigningKey& signing_key() {
  static const identity::SigningKey key = identity::SigningKey::generate();
  return key;
}

std::shared_ptr<const identity::KeySet> key_set() {
  std::vector<identity::Issuer> issuers(1);
  issuers[0].iss = kIssuer;
  issuers[0].keys.push_back(signing_key().public_key());
  return std::make_shared<identity::KeySet>(std::move(issuers));
}

std::filesystem::path new_folder(std::string_view what) {
  std::string name = std::filesystem::temp_directory_path() / "porch-";
  name.append(what).append("-XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

}  // namespace

// Waits for something that another thread is about to do.
class HouseLatch {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

bool is_question(const webhook::Post& post) { return post.url.find("validationToken=") != std::string::npos; }

std::optional<webhook::Reply> answer_well(const webhook::Post& post) {
  if (!is_question(post)) return webhook::Reply{.status = 202};
  webhook::Reply reply{.status = 200, .content_type = "text/plain"};
  percent_decode(std::string_view(post.url).substr(post.url.find("validationToken=") + 16), false,
                 reply.body);
  return reply;
}

// What outlives a restart.
struct House::World {
  World(throttle::Budgets its_budgets, std::string its_public_base)
      : budgets(its_budgets), public_base(std::move(its_public_base)) {
    for (log::FakeLog& log : logs)
      log.set_plan(
          [this] { return broken ? log::FakeLog::Fate::kUnknownUnwritten : log::FakeLog::Fate::kOk; });
  }

  const throttle::Budgets budgets;
  const std::string public_base;
  ManualClock clock{kStart};
  log::FakeLog logs[state::kShards];
  std::atomic<bool> broken{false};
  std::atomic<std::size_t> given_up{0};
  FaultyDisk disk;  // of the subscriptions
  const std::unique_ptr<rocksdb::Env> env = env_on(disk);
  webhook::FakePoster poster{answer_well};
  NotificationSettings notifications;
  std::filesystem::path subscriptions_folder, history_folder;  // empty: there are none
};

struct House::Impl {
  explicit Impl(World& its_world)
      : world(its_world), quota(world.budgets), verifier(key_set(), {std::string(kAudience)}) {
    for (log::FakeLog& one : world.logs) log_pointers.push_back(&one);
    if (const auto restored = state::restore(view, {}, log_pointers); !restored)
      throw std::runtime_error(restored.error());
    watchers = std::make_unique<notify::Watchers>(view, clock);
    writer = std::make_unique<state::Writer>(view, log_pointers);
    if (view.tenants().empty()) furnish();
    shared = std::make_unique<Shared>(Shared{.clock = clock,
                                             .machine_clock = clock,
                                             .manual_clock = &clock,
                                             .clock_advanced =
                                                 [this] {
                                                   settle();
                                                   loop->wake();
                                                 },
                                             .view = view,
                                             .writer = *writer,
                                             .watchers = *watchers,
                                             .seats = seats,
                                             .streams = streams,
                                             .quota = quota,
                                             .addresses = addresses,
                                             .verifier = verifier,
                                             .worker = worker,
                                             .public_base = world.public_base,
                                             .jwks = signing_key().jwks(),
                                             .issuer = std::string(kIssuer),
                                             .paging_key = "a secret of the house",
                                             .node_name = "house"});
    if (!world.subscriptions_folder.empty()) keep_subscriptions();
    if (!world.history_folder.empty()) keep_history();
    service = std::make_unique<Service>(*shared);
    const auto listening = http::listen_tcp("127.0.0.1:0");
    if (!listening) throw std::runtime_error(listening.error());
    listener = *listening;
    const http::Limits limits;
    loop = std::make_unique<http::Loop>(*service, io_clock, limits, http::make_census(limits), nullptr,
                                        std::vector<http::Listener>{{listener, http::Door::kPlain}});
    thread = std::jthread([this] { loop->run(); });
    wire = std::make_unique<Wire>(http::port_of(listener));
  }

  void furnish() {
    change({{kContoso, {}, directory::TenantPut{"Contoso"}},
            {kFabrikam, {}, directory::TenantPut{"Fabrikam"}},
            {kContoso, kAna, directory::UserPut{"ana@contoso.example", "Ana"}},
            {kContoso, kBen, directory::UserPut{"ben@contoso.example", "Ben"}},
            {kContoso, kCleo, directory::UserPut{"cleo@contoso.example", "Cleo"}},
            {kFabrikam, kZoe, directory::UserPut{"zoe@fabrikam.example", "Zoe"}},
            {kContoso, kClientApp, directory::AppPut{"Desktop", true, {}, {}}}});
  }

  ~Impl() {
    wire.reset();
    stop_subscriptions();
    watchers->close();
    loop->drain(std::chrono::seconds(5));
    thread.join();
    history.reset();
    ::close(listener);
  }

  void change(std::vector<state::DirectoryCommand> commands) {
    HouseLatch done;
    writer->submit(std::move(commands), clock.wall(), [&](const state::Outcome& outcome) {
      EXPECT_TRUE(outcome);
      done.open();
    });
    done.wait();
  }

  void settle() {
    watchers->clock_advanced();
    if (publisher) publisher->clock_advanced();
  }

  void stop_subscriptions() {
    if (publisher) publisher->close();
    poster.answer_all({.fault = webhook::Fault::kOther});
    poster.settle();
    watchers->clock_advanced();
    shared->publisher = nullptr;
    publisher.reset();
    store.reset();
  }

  void open_subscriptions() {
    stop_subscriptions();
    auto opened = notify::SubscriptionStore::open(world.subscriptions_folder, world.env.get());
    if (!opened) throw std::runtime_error(opened.error());
    store = *std::move(opened);
    const NotificationSettings& settings = shared->settings.notifications;
    publisher = std::make_unique<notify::Publisher>(
        *watchers, *store, poster, clock, *notices,
        notify::PublisherSettings{
            .limits = {.per_app = settings.per_app, .per_owner = settings.per_owner},
            .dead_letters = settings.dead_letters,
            .dropped = [this](std::size_t count, std::string_view) { world.given_up += count; }});
    shared->publisher = publisher.get();
  }

  void take_up_subscriptions() {
    if (const auto started = publisher->start(); !started) throw std::runtime_error(started.error());
  }

  void keep_subscriptions() {
    shared->settings.notifications = world.notifications;
    shared->poster = &poster;
    shared->validation_token = [](const Guid& app, const Guid& tenant, Time now) {
      return webhook::validation_token(app, tenant, kIssuer, now,
                                       [](std::string_view claims) { return signing_key().sign(claims); });
    };
    notices = std::make_unique<Notices>(*shared);
    open_subscriptions();
    take_up_subscriptions();
  }

  void keep_history() {
    history = std::make_unique<history::History>(world.history_folder / "history", std::chrono::days(30),
                                                 clock, view, log_pointers);
    shared->history = history.get();
  }

  World& world;
  ManualClock& clock = world.clock;
  webhook::FakePoster& poster = world.poster;
  SystemClock io_clock;
  state::View view;
  std::vector<log::ShardLog*> log_pointers;
  std::unique_ptr<notify::Watchers> watchers;
  std::unique_ptr<state::Writer> writer;
  notify::Seats seats;
  Streams streams{{}, "a secret of the house"};
  throttle::Quota quota;
  throttle::AddressBudget addresses;
  identity::Verifier verifier;
  std::unique_ptr<Shared> shared;
  std::unique_ptr<Service> service;
  int listener = -1;
  std::unique_ptr<http::Loop> loop;
  std::jthread thread;
  std::unique_ptr<Wire> wire;
  Worker worker{kWorkWaitingMax};
  std::unique_ptr<Notices> notices;
  std::unique_ptr<notify::SubscriptionStore> store;
  std::unique_ptr<notify::Publisher> publisher;
  std::unique_ptr<history::History> history;
};

House::House(throttle::Budgets budgets, std::string public_base)
    : world_(std::make_unique<World>(budgets, std::move(public_base))),
      impl_(std::make_unique<Impl>(*world_)) {}
House::~House() {
  impl_.reset();
  std::error_code ignored;
  for (const std::filesystem::path& folder : {world_->history_folder, world_->subscriptions_folder})
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
}

void House::restart() {
  impl_.reset();
  impl_ = std::make_unique<Impl>(*world_);
}

void House::keep_subscriptions(const NotificationSettings& settings) {
  world_->notifications = settings;
  world_->subscriptions_folder = new_folder("subscriptions");
  impl_->keep_subscriptions();
}
webhook::FakePoster& House::poster() { return world_->poster; }
std::vector<webhook::Post> House::posts() {
  std::vector<webhook::Post> all;
  for (;;) {
    impl_->settle();
    impl_->poster.settle();
    impl_->settle();
    std::vector<webhook::Post> more = impl_->poster.take();
    if (more.empty()) break;
    std::ranges::move(more, std::back_inserter(all));
  }
  std::erase_if(all, is_question);
  return all;
}
void House::stop_subscriptions() { impl_->stop_subscriptions(); }
void House::restart_subscriptions() {
  open_subscriptions();
  take_up_subscriptions();
}
notify::Dialect& House::notices() { return *impl_->notices; }
void House::open_subscriptions() { impl_->open_subscriptions(); }
void House::take_up_subscriptions() { impl_->take_up_subscriptions(); }

void House::keep_history() {
  world_->history_folder = new_folder("history");
  impl_->keep_history();
}

std::string House::token(const Badge& badge) const {
  return signing_key().mint({.tenant = badge.tenant,
                             .app = badge.app,
                             .user = badge.user,
                             .scopes = badge.scopes,
                             .roles = badge.roles,
                             .audience = std::string(kAudience),
                             .life = badge.life},
                            kIssuer, kStart);
}

Answer House::send(std::string_view method, std::string_view target, std::string_view token,
                   std::vector<std::string> headers, std::string_view body) {
  return impl_->wire->send(method, target, token, headers, body);
}

Answer House::post(std::string_view target, std::string_view token, std::string_view body) {
  return impl_->wire->post(target, token, body);
}

void House::advance(Duration step) {
  impl_->clock.advance(step);
  impl_->shared->clock_advanced();
}

std::uint16_t House::port() const { return static_cast<std::uint16_t>(http::port_of(impl_->listener)); }

std::unique_ptr<Wire> House::connect() const {
  return std::make_unique<Wire>(http::port_of(impl_->listener));
}

std::size_t House::waits() {
  impl_->watchers->clock_advanced();
  return impl_->watchers->count();
}

void House::await_waits(std::size_t count) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (waits() != count) {
    ASSERT_LT(std::chrono::steady_clock::now(), patience) << waits() << " wait, not " << count;
    std::this_thread::yield();
  }
}

void House::close_waits() { impl_->watchers->close(); }

void House::change(std::vector<state::DirectoryCommand> commands) { impl_->change(std::move(commands)); }

void House::add_user(const Guid& id, std::string upn) {
  impl_->change({{kContoso, id, directory::UserPut{upn, upn}}});
}

void House::add_users(const std::vector<Guid>& ids) {
  std::vector<state::DirectoryCommand> commands;
  for (const Guid& id : ids)
    commands.push_back({kContoso, id, directory::UserPut{to_string(id) + "@contoso.example", "Somebody"}});
  impl_->change(std::move(commands));
}

void House::remove_user(const Guid& id) { impl_->change({{kContoso, id, directory::UserRemoved{}}}); }

void House::set_audience(const Guid& id, const presence::Audience& audience) {
  HouseLatch done;
  impl_->writer->submit({kContoso, id}, secure_random_guid(), presence::SetAudience{audience},
                        impl_->clock.wall(), [&](const state::Outcome& outcome) {
                          EXPECT_TRUE(outcome);
                          done.open();
                        });
  done.wait();
}

void House::put_group(const Guid& id, std::vector<Guid> members) {
  impl_->change({{kContoso, id, directory::GroupPut{"Group", std::move(members)}}});
}

void House::set_contoso(const directory::TenantSettings& settings) {
  impl_->change({{kContoso, {}, directory::TenantPut{"Contoso", settings}}});
}

std::size_t House::given_up() const { return world_->given_up; }

void House::fill_disk(bool full) { world_->disk.says_full = full; }

void House::break_log(bool broken) { world_->broken = broken; }

}  // namespace porchlight::graph
