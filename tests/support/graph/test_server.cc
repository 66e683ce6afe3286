#include "support/graph/test_server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/percent.h"
#include "graph/subscriptions/notification_renderer.h"
#include "history/recent_batches.h"
#include "http/listen.h"
#include "http/loop.h"
#include "identity/minter.h"
#include "state/snapshot.h"
#include "support/fake_log.h"
#include "support/faulty_disk.h"
#include "webhook/validation_token.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kIssuer = "https://porchlight.local/{tenantid}/v2.0";
constexpr std::string_view kAudience = "https://graph.microsoft.com";
// 2030-01-07T09:00:00Z
constexpr Time kStart{std::chrono::seconds(1894006800)};

// All servers of the process share one RSA key, since generating one is slow.
const identity::SigningKey& signing_key() {
  static const identity::SigningKey key = identity::SigningKey::generate();
  return key;
}

std::shared_ptr<const identity::KeySet> key_set() {
  std::vector<identity::Issuer> issuers(1);
  issuers[0].iss = kIssuer;
  issuers[0].is_own = true;
  issuers[0].keys.push_back(signing_key().public_key());
  return std::make_shared<identity::KeySet>(std::move(issuers));
}

// Creates an empty folder that only this process uses.
std::filesystem::path new_folder(std::string_view what) {
  std::string name = std::filesystem::temp_directory_path() / "porch-";
  name.append(what).append("-XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

}  // namespace

// Lets the test's thread wait until another thread has called open().
class CompletionLatch {
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

bool is_validation_request(const webhook::Post& post) {
  return post.url.find("validationToken=") != std::string::npos;
}

std::optional<webhook::Reply> reply_as_valid_receiver(const webhook::Post& post) {
  if (!is_validation_request(post)) return webhook::Reply{.status = 202};
  webhook::Reply reply{.status = 200, .content_type = "text/plain"};
  percent_decode(std::string_view(post.url).substr(post.url.find("validationToken=") + 16), false,
                 reply.body);
  return reply;
}

// The part of the server that a restart keeps: log, disk, clock and receiver.
struct TestServer::DurableState {
  DurableState(throttle::Budgets its_budgets, std::string its_public_base)
      : budgets(its_budgets), public_base(std::move(its_public_base)) {
    for (log::FakeLog& log : logs) log.set_plan([this] { return fate.load(); });
  }

  const throttle::Budgets budgets;
  const std::string public_base;
  ManualClock clock{kStart};
  log::FakeLog logs[state::kShards];
  std::atomic<log::FakeLog::Fate> fate = log::FakeLog::Fate::kOk;
  std::atomic<std::size_t> dropped{0};
  FaultyDisk disk;  // of the subscription store
  const std::unique_ptr<rocksdb::Env> env = env_on(disk);
  webhook::FakeWebhookClient webhook_client{reply_as_valid_receiver};
  identity::Revocations revocations;
  NotificationSettings notifications;
  std::filesystem::path subscriptions_folder, history_folder;  // empty: not enabled
};

// The part of the server that a restart replaces. Destroyed in reverse order of the members: users before what they
// use.
struct TestServer::Impl {
  explicit Impl(DurableState& its_durable)
      : durable(its_durable), quota(durable.budgets), verifier(key_set(), {std::string(kAudience)}) {
    for (log::FakeLog& one : durable.logs) log_pointers.push_back(&one);
    if (const auto restored = state::restore(view, {}, log_pointers); !restored)
      throw std::runtime_error(restored.error());
    watchers = std::make_unique<watch::WatchRegistry>(view, clock);
    writer = std::make_unique<state::Writer>(view, log_pointers);
    if (view.tenants().empty()) populate_directory();
    services = std::make_unique<Services>(
        Services{.clock = clock,
                 .machine_clock = clock,
                 .manual_clock = &clock,
                 .clock_advanced =
                     [this] {
                       settle();
                       loop->wake();
                     },
                 .view = view,
                 .commands = *writer,
                 .watchers = *watchers,
                 .watch_quota = watch_quota,
                 .streams = streams,
                 .causes = causes,
                 .quota = quota,
                 .addresses = addresses,
                 .verifier = verifier,
                 .revocations = durable.revocations,
                 .stream_ends = stream_ends,
                 .worker = worker,
                 .public_base = durable.public_base,
                 .published_keys = [](Time) { return std::vector{signing_key().public_key()}; },
                 .issuer = std::string(kIssuer),
                 .paging_key = "paging secret",
                 .node_name = "node"});
    if (!durable.subscriptions_folder.empty()) enable_subscriptions();
    if (!durable.history_folder.empty()) enable_history();
    service = make_graph_handler(*services);
    const auto listening = http::listen_tcp("127.0.0.1:0");
    if (!listening) throw std::runtime_error(listening.error());
    listener = *listening;
    const http::Limits limits{.admitted_body_bytes = services->settings.calendar.bytes_max};
    loop = std::make_unique<http::Loop>(*service, io_clock, limits, http::make_connection_limiter(limits),
                                        nullptr,
                                        std::vector<http::Listener>{{listener, http::ListenerKind::kPlain}});
    thread = std::jthread([this] { loop->run(); });
    wire = std::make_unique<HttpClient>(http::port_of(listener));
  }

  void populate_directory() {
    change({{kContoso, {}, directory::TenantPut{"Contoso"}},
            {kFabrikam, {}, directory::TenantPut{"Fabrikam"}},
            {kContoso, kAna, directory::UserPut{"ana@contoso.example", "Ana"}},
            {kContoso, kBen, directory::UserPut{"ben@contoso.example", "Ben"}},
            {kContoso, kCleo, directory::UserPut{"cleo@contoso.example", "Cleo"}},
            {kFabrikam, kZoe, directory::UserPut{"zoe@fabrikam.example", "Zoe"}},
            {kContoso, kClientApp, directory::AppPut{"Desktop", true, {}, {}}},
            {kContoso, kAppA, directory::AppPut{"A", false, {}, {}}},
            {kContoso, kAppB, directory::AppPut{"B", false, {}, {}}},
            {kFabrikam, kAppA, directory::AppPut{"A", false, {}, {}}},
            {kFabrikam, kAppB, directory::AppPut{"B", false, {}, {}}}});
  }

  ~Impl() {
    wire.reset();
    stop_subscriptions();
    watchers->close();
    loop->drain(std::chrono::seconds(5));
    thread.join();
    for (OwnHistory& own : histories) own.history.reset();
    ::close(listener);
  }

  void change(std::vector<state::DirectoryCommand> commands) {
    CompletionLatch done;
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
    webhook_client.answer_all({.error = webhook::PostError::kOther});
    webhook_client.settle();
    watchers->clock_advanced();
    services->publisher = nullptr;
    publisher.reset();
    store.reset();
  }

  void open_subscriptions() {
    stop_subscriptions();
    auto opened = notify::SubscriptionStore::open(durable.subscriptions_folder, durable.env.get());
    if (!opened) throw std::runtime_error(opened.error());
    store = *std::move(opened);
    const NotificationSettings& settings = services->settings.notifications;
    publisher = std::make_unique<notify::Publisher>(
        *watchers, *store, webhook_client, clock, *renderer,
        notify::PublisherSettings{
            .limits = {.per_app = settings.per_app, .per_owner = settings.per_owner},
            .dead_letters = settings.dead_letters,
            .on_dropped = [this](std::size_t count, std::string_view) { durable.dropped += count; }});
    services->publisher = publisher.get();
  }

  void start_subscriptions() {
    if (const auto started = publisher->start(); !started) throw std::runtime_error(started.error());
  }

  void enable_subscriptions() {
    services->settings.notifications = durable.notifications;
    services->webhook_client = &webhook_client;
    services->validation_token = [](const Guid& app, const Guid& tenant, Time now) {
      return webhook::validation_token(app, tenant, kIssuer, now,
                                       [](std::string_view claims) { return signing_key().sign(claims); });
    };
    renderer = std::make_unique<NotificationRenderer>(*services);
    open_subscriptions();
    start_subscriptions();
  }

  // A history, and what it needs.
  struct OwnHistory {
    explicit OwnHistory(state::View& view, std::filesystem::path dir) : recent(view), folder(std::move(dir)) {
      view.add_listener(recent);
    }
    history::RecentBatches recent;
    std::filesystem::path folder;
    std::unique_ptr<history::History> history;
  };

  void open_history(OwnHistory& own) {
    own.history = std::make_unique<history::History>(own.folder, std::chrono::days(30), clock, view,
                                                     log_pointers, own.recent);
  }

  void add_history() {
    const std::string name = "history" + (histories.empty() ? "" : std::to_string(histories.size()));
    open_history(histories.emplace_back(view, durable.history_folder / name));
  }

  void enable_history() {
    add_history();
    use_history(0);
  }

  void use_history(std::size_t number) {
    used_history = number;
    services->history = histories[number].history.get();
  }

  void rebuild_history(std::size_t number) {
    OwnHistory& own = histories[number];
    own.history.reset();
    std::filesystem::remove_all(own.folder);
    open_history(own);
    use_history(used_history);
  }

  DurableState& durable;
  ManualClock& clock = durable.clock;
  webhook::FakeWebhookClient& webhook_client = durable.webhook_client;
  SystemClock io_clock;
  state::View view;
  std::vector<log::ShardLog*> log_pointers;
  std::unique_ptr<watch::WatchRegistry> watchers;
  std::unique_ptr<state::Writer> writer;
  watch::WatchQuota watch_quota;
  Streams streams{{}, "paging secret"};
  StreamEnds stream_ends;
  Causes causes;
  throttle::Quota quota;
  throttle::AddressBudget addresses;
  identity::Verifier verifier;
  std::unique_ptr<Services> services;
  std::unique_ptr<http::Handler> service;
  int listener = -1;
  std::unique_ptr<http::Loop> loop;
  std::jthread thread;
  std::unique_ptr<HttpClient> wire;
  WorkerPool worker{kQueuedTasksMax};
  std::unique_ptr<NotificationRenderer> renderer;
  std::unique_ptr<notify::SubscriptionStore> store;
  std::unique_ptr<notify::Publisher> publisher;
  std::deque<OwnHistory> histories;
  std::size_t used_history = 0;
};

TestServer::TestServer(throttle::Budgets budgets, std::string public_base)
    : durable_(std::make_unique<DurableState>(budgets, std::move(public_base))),
      impl_(std::make_unique<Impl>(*durable_)) {}
TestServer::~TestServer() {
  impl_.reset();
  std::error_code ignored;
  for (const std::filesystem::path& folder : {durable_->history_folder, durable_->subscriptions_folder})
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
}

void TestServer::restart() {
  impl_.reset();
  impl_ = std::make_unique<Impl>(*durable_);
}

void TestServer::enable_subscriptions(const NotificationSettings& settings) {
  durable_->notifications = settings;
  durable_->subscriptions_folder = new_folder("subscriptions");
  impl_->enable_subscriptions();
}
webhook::FakeWebhookClient& TestServer::webhook_client() { return durable_->webhook_client; }
std::vector<webhook::Post> TestServer::take_posts() {
  std::vector<webhook::Post> all;
  for (;;) {
    impl_->settle();
    impl_->webhook_client.settle();
    impl_->settle();
    std::vector<webhook::Post> more = impl_->webhook_client.take();
    if (more.empty()) break;
    std::ranges::move(more, std::back_inserter(all));
  }
  std::erase_if(all, is_validation_request);
  return all;
}
void TestServer::stop_subscriptions() { impl_->stop_subscriptions(); }
void TestServer::restart_subscriptions() {
  open_subscriptions();
  start_subscriptions();
}
notify::SubscriberView& TestServer::renderer() { return *impl_->renderer; }
void TestServer::open_subscriptions() { impl_->open_subscriptions(); }
void TestServer::start_subscriptions() { impl_->start_subscriptions(); }

void TestServer::enable_history() {
  durable_->history_folder = new_folder("history");
  impl_->enable_history();
}
std::size_t TestServer::add_history() {
  impl_->add_history();
  return impl_->histories.size() - 1;
}
void TestServer::use_history(std::size_t number) { impl_->use_history(number); }
void TestServer::rebuild_history(std::size_t number) { impl_->rebuild_history(number); }
void TestServer::trim_logs(std::uint64_t kept) {
  for (log::ShardLog* const log : impl_->log_pointers) {
    const std::uint64_t last = log->tail()->seq;
    EXPECT_TRUE(last <= kept || log->trim(last - kept));
  }
}
const std::string& TestServer::paging_key() const { return impl_->services->paging_key; }

std::string TestServer::token(const TokenSpec& spec) const {
  return signing_key().mint({.tenant = spec.tenant,
                             .app = spec.app,
                             .user = spec.user,
                             .scopes = spec.scopes,
                             .roles = spec.roles,
                             .audience = std::string(kAudience),
                             .life = spec.life},
                            kIssuer, kStart + spec.issued_after);
}

Answer TestServer::send(std::string_view method, std::string_view target, std::string_view token,
                        std::vector<std::string> headers, std::string_view body) {
  return impl_->wire->send(method, target, token, headers, body);
}

Answer TestServer::post(std::string_view target, std::string_view token, std::string_view body) {
  return impl_->wire->post(target, token, body);
}

void TestServer::advance(Duration step) {
  impl_->clock.advance(step);
  impl_->services->clock_advanced();
}

std::uint16_t TestServer::port() const { return static_cast<std::uint16_t>(http::port_of(impl_->listener)); }

WorkerPool& TestServer::worker() { return impl_->worker; }

std::unique_ptr<HttpClient> TestServer::connect() const {
  return std::make_unique<HttpClient>(http::port_of(impl_->listener));
}

std::size_t TestServer::most_people() const { return impl_->streams.most_people(); }
std::pair<std::uint64_t, Duration> TestServer::sse_delays() const {
  const Streams::StreamDelays& delays = impl_->streams.delays_by_sse;
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket < Streams::StreamDelays::kBuckets; ++bucket)
    count += delays.count(bucket);
  return {count, Duration(static_cast<Duration::rep>(delays.sum()))};
}
std::uint64_t TestServer::streams_behind() const { return impl_->streams.behind.value(); }

std::size_t TestServer::wait_count() {
  impl_->watchers->clock_advanced();
  return impl_->watchers->count();
}

void TestServer::await_wait_count(std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (wait_count() != count) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << wait_count() << " watches, expected " << count;
    std::this_thread::yield();
  }
}

void TestServer::close_waits() { impl_->watchers->close(); }

void TestServer::change(std::vector<state::DirectoryCommand> commands) { impl_->change(std::move(commands)); }

void TestServer::revoke(const Guid& subject) {
  durable_->revocations.add(kContoso, subject, durable_->clock.wall());
  impl_->watchers->call_watchers_of({kContoso, subject});
}

void TestServer::add_user(const Guid& id, std::string upn) {
  impl_->change({{kContoso, id, directory::UserPut{upn, upn}}});
}

void TestServer::add_users(const std::vector<Guid>& ids) {
  std::vector<state::DirectoryCommand> commands;
  for (const Guid& id : ids)
    commands.push_back({kContoso, id, directory::UserPut{to_string(id) + "@contoso.example", "User"}});
  impl_->change(std::move(commands));
}

void TestServer::end_streams(const Guid& user) {
  impl_->stream_ends.end({kContoso, user});
  impl_->watchers->call_watchers_of({kContoso, user});
}
void TestServer::remove_user(const Guid& id) { impl_->change({{kContoso, id, directory::UserRemoved{}}}); }

void TestServer::set_audience(const Guid& id, const presence::Visibility& audience) {
  CompletionLatch done;
  impl_->writer->submit({kContoso, id}, secure_random_guid(), presence::SetVisibility{audience},
                        impl_->clock.wall(), [&](const state::Outcome& outcome) {
                          EXPECT_TRUE(outcome);
                          done.open();
                        });
  done.wait();
}

void TestServer::put_group(const Guid& id, std::vector<Guid> members) {
  impl_->change({{kContoso, id, directory::GroupPut{"Group", std::move(members)}}});
}

void TestServer::set_contoso(const directory::TenantSettings& settings) {
  impl_->change({{kContoso, {}, directory::TenantPut{"Contoso", settings}}});
}

std::size_t TestServer::dropped() const { return durable_->dropped; }

void TestServer::fill_disk(bool full) { durable_->disk.says_full = full; }

void TestServer::break_log(bool broken) {
  durable_->fate = broken ? log::FakeLog::Fate::kUnknownUnwritten : log::FakeLog::Fate::kOk;
}
void TestServer::refuse_log(bool refusing) {
  durable_->fate = refusing ? log::FakeLog::Fate::kRefused : log::FakeLog::Fate::kOk;
}
void TestServer::advance_log(Duration step) {
  for (log::FakeLog& log : durable_->logs) log.advance(step);
}
void TestServer::enable_hold() {
  impl_->view.hold().enable([watchers = impl_->watchers.get()](const state::HoldChange& change) {
    watchers->recheck_shard(change.shard, change.span.from);
  });
}

}  // namespace porchlight::graph
