// Start and stop. What answers later (commands, the authority, SCIM, appends to the log) answers into a loop, so the
// loops' threads end first, then everything that answers, and the loops themselves are destroyed last.
#include "server/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "admin/admin.h"
#include "base/logging.h"
#include "graph/gate/graph_handler.h"
#include "http/listen.h"
#include "http/loop.h"
#include "node/host_names.h"
#include "node/listen_entry.h"
#include "node/node.h"
#include "node/place.h"
#include "server/admin_handler.h"
#include "server/backup_keeper.h"
#include "server/calendar_files.h"
#include "server/demo_player.h"
#include "server/live_server.h"
#include "server/loop_clock.h"
#include "server/metrics_page.h"
#include "server/notifier.h"
#include "server/request_dispatcher.h"
#include "server/server_commands.h"
#include "server/test_posts.h"
#include "trace/exporter.h"

namespace porchlight::server {
namespace {

// The address with the port that the socket has: `address` may ask for port 0.
std::string with_port(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

// In order of construction; stop() ends them in the order that requests in flight need.
struct Server::Parts {
  SystemClock system_clock;
  const Time started = system_clock.wall();
  std::string version;
  std::optional<node::DataFolder> opened_folder;
  std::unique_ptr<ManualClock> manual_clock;
  std::unique_ptr<LoopClock> loop_clock;
  node::Config config;
  std::shared_ptr<const void> tables;  // of `node` after stop()
  std::unique_ptr<node::Node> node;
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<admin::Admin> admin;
  std::unique_ptr<AdminHandler> admin_handler;
  std::unique_ptr<AuthorityHandler> authority_handler;  // null if the authority is off
  std::unique_ptr<ScimHandler> scim_handler;
  std::unique_ptr<WebHandler> web_handler;
  std::unique_ptr<MetricsHandler> metrics_handler;
  std::unique_ptr<RequestLog> requests;
  std::unique_ptr<BackupKeeper> backups;
  TestPosts test_posts;
  std::unique_ptr<trace::SpanExporter> spans;  // null if no traces are sent
  std::unique_ptr<CalendarWatcher> calendars;  // null without a folder
  bool is_demo = false;
  std::optional<DemoPlayer> demo_player;  // under --demo, if the clock is not a client's
  std::optional<WorkerPool> worker;
  Readiness readiness;
  metrics::ClockJumps clock_jumps;  // on the thread of the metrics handler
  throttle::AddressBudget addresses;
  watch::WatchQuota watch_quota;
  std::optional<graph::Streams> streams;
  graph::Causes causes;
  std::shared_ptr<http::TlsContext> tls;
  std::filesystem::path ca;
  std::filesystem::path admin_socket;
  std::vector<std::string> urls;
  std::vector<PassedSocket> passed_sockets;
  std::string metrics_url;                  // empty without a listener
  std::optional<graph::Services> services;  // after everything that it refers to
  std::unique_ptr<Notifier> notifier;

  // A serving loop with its thread, sockets and handlers.
  struct ServingThread {
    std::vector<http::Listener> listeners;
    std::unique_ptr<graph::GateHandler> service;
    std::unique_ptr<RequestDispatcher> dispatcher;
    std::unique_ptr<http::Loop> loop;
    std::unique_ptr<std::atomic<bool>> turned = std::make_unique<std::atomic<bool>>(true);
    std::thread thread;
  };
  std::vector<ServingThread> serving_threads;

  const Clock& clock() const {
    return manual_clock ? static_cast<const Clock&>(*manual_clock) : system_clock;
  }
  std::expected<void, std::string> decide_notifications(const node::DataFolder& folder);
  std::expected<void, std::string> start_tls(const node::DataFolder& folder);
  const PassedSocket* passed_socket(const std::string& address, http::ListenerKind kind) const;
  std::expected<void, std::string> listen(const std::string& wanted, http::ListenerKind kind);
  std::expected<void, std::string> listen_for_metrics();
  std::expected<void, std::string> listen_all(const node::DataFolder& folder);
  graph::Services make_services();
  std::expected<void, std::string> open_notifier(const node::DataFolder& folder,
                                                 std::function<void()> broken);
  ReplaceableParts replaceable_parts();
  void start_loops();
  LiveServer live();
  std::string make_metrics();
  std::expected<void, std::string> stop();
};

// Loads the configured certificate, or creates a self-signed one in the data folder.
std::expected<void, std::string> Server::Parts::start_tls(const node::DataFolder& folder) {
  if (config.tls_listen.empty()) return {};
  http::SelfSigned files{{}, config.tls_certificate, config.tls_key};
  if (config.tls_certificate.empty()) {
    auto made = http::ensure_self_signed(folder.tls(), node::own_host_names(config));
    if (!made) return std::unexpected(made.error());
    files = *std::move(made);
    ca = files.ca;
  }
  auto context = http::TlsContext::load(files.certificate, files.key);
  if (!context) return std::unexpected(context.error());
  tls = *std::move(context);
  readiness.tls.set(tls);
  if (const auto validity = tls->validity(SystemClock().wall()); !validity.good)
    log_error("clients refuse the TLS certificate " + files.certificate.string() + ": it is " +
              validity.text);
  return {};
}

// The socket that the service manager passed for the address; null if it passed none.
const PassedSocket* Server::Parts::passed_socket(const std::string& address, http::ListenerKind kind) const {
  const auto found = std::ranges::find_if(passed_sockets, [&](const PassedSocket& socket) {
    return socket.address == address && socket.kind == kind;
  });
  return found == passed_sockets.end() ? nullptr : &*found;
}

// Opens a socket for each loop at the same address; the kernel distributes connections over them (SO_REUSEPORT). A
// passed socket gets a descriptor for each loop instead: what waits in its queue stays there for the next server, while
// the queues of other sockets would end with this one.
std::expected<void, std::string> Server::Parts::listen(const std::string& wanted, http::ListenerKind kind) {
  const auto [wanted_address, proxy_protocol] = node::parse_listen_entry(wanted);
  const PassedSocket* const passed = passed_socket(wanted_address, kind);
  std::optional<int> first;
  for (ServingThread& serving : serving_threads) {
    const auto fd = passed  ? http::duplicate_listener(passed->fd)
                    : first ? http::share_listener(*first)
                            : http::listen_tcp(wanted_address);
    if (!fd) return std::unexpected(fd.error());
    if (!first) first = *fd;
    serving.listeners.push_back({*fd, kind, proxy_protocol, passed != nullptr});
  }
  const std::string address = with_port(wanted_address, http::port_of(first.value()));
  urls.push_back((kind == http::ListenerKind::kTls ? "https://" : "http://") + address);
  return {};
}

// The listener of metrics belongs to the first loop.
std::expected<void, std::string> Server::Parts::listen_for_metrics() {
  if (config.metrics_listen.empty()) return {};
  const PassedSocket* const passed = passed_socket(config.metrics_listen, http::ListenerKind::kMetrics);
  const auto fd = passed ? http::duplicate_listener(passed->fd) : http::listen_tcp(config.metrics_listen);
  if (!fd) return std::unexpected(fd.error());
  serving_threads.front().listeners.push_back({*fd, http::ListenerKind::kMetrics, false, passed != nullptr});
  metrics_url = "http://" + with_port(config.metrics_listen, http::port_of(*fd)) + "/metrics";
  return {};
}

// Opens all listeners for all loops; the admin socket only for the first.
std::expected<void, std::string> Server::Parts::listen_all(const node::DataFolder& folder) {
  const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
  serving_threads.resize(config.threads ? config.threads : processors);
  for (const std::string& address : config.listen) {
    if (auto listening = listen(address, http::ListenerKind::kPlain); !listening) return listening;
  }
  for (const std::string& address : config.tls_listen) {
    if (auto listening = listen(address, http::ListenerKind::kTls); !listening) return listening;
  }
  if (auto listening = listen_for_metrics(); !listening) return listening;
  admin_socket = folder.admin_socket();
  const auto fd = http::listen_unix(admin_socket);
  if (fd) {
    serving_threads.front().listeners.push_back({*fd, http::ListenerKind::kAdmin});
    return {};
  }
  // A socket is a file: a folder that takes no writes cannot have a new one.
  if (node->writer().healthy()) return std::unexpected(fd.error());
  log_warning("no commands are taken while the server runs: " + fd.error());
  admin_socket.clear();
  return {};
}

// What the Graph handlers of all loops share.
graph::Services Server::Parts::make_services() {
  return {.clock = clock(),
          .machine_clock = *loop_clock,
          .manual_clock = manual_clock.get(),
          .clock_advanced =
              [this] {
                notifier->await_start();
                node->clock_advanced();
                notifier->clock_advanced();
                for (ServingThread& serving : serving_threads) serving.loop->wake();
              },
          .view = node->view(),
          .commands = node->writer(),
          .watchers = node->watchers(),
          .watch_quota = watch_quota,
          .streams = *streams,
          .causes = causes,
          .quota = node->quota(),
          .addresses = addresses,
          .verifier = node->verifier(),
          .revocations = node->revocations(),
          .stream_ends = node->stream_ends(),
          .worker = *worker,
          .history = node->history(),
          .spans = spans.get(),
          .settings = config.settings,
          .public_base = config.public_base_url,
          .clouds = identity::ServedClouds(config.clouds),
          .published_keys = [raw = node.get()](Time now) { return raw->published_keys(now); },
          .issuer = std::string(node::kIssuer),
          .paging_key = node->paging_key(),
          .node_name = "porchlight"};
}

// Determines whether notifications are sent: not from a copy of a data folder, because its original sends them.
std::expected<void, std::string> Server::Parts::decide_notifications(const node::DataFolder& folder) {
  const auto copied = node::is_copy(folder);
  if (!copied) return std::unexpected(copied.error());
  readiness.notifications = *copied                ? "off: this data folder is a copy (serve --adopt)"
                            : config.notifications ? "sent"
                                                   : "off: as configured";
  if (*copied)
    log_warning(
        "this data folder is a copy: no change notifications are sent. If the original is not used any more, "
        "stop this server and start it once with --adopt",
        {{"data", folder.root().string()}});
  else if (!config.notifications)
    log_info("no change notifications are sent, as configured");
  config.notifications = config.notifications && !*copied;
  return {};
}

// Creates the services, then the notifier, which sets its own members in them.
std::expected<void, std::string> Server::Parts::open_notifier(const node::DataFolder& folder,
                                                              std::function<void()> broken) {
  worker.emplace(graph::kQueuedTasksMax, 1, CpuShare::kLow);  // clients cause its work
  streams.emplace(config.settings.streams, node->paging_key());
  services.emplace(make_services());
  auto opened = Notifier::open(*node, config, folder, *services, std::move(broken));
  if (!opened) return std::unexpected(opened.error());
  notifier = *std::move(opened);
  readiness.publisher = &notifier->publisher();
  return {};
}

// What a reload replaces. Loops exist when it is used.
ReplaceableParts Server::Parts::replaceable_parts() {
  ReplaceableParts parts;
  if (tls) {
    parts.set_tls = [this](const std::shared_ptr<http::TlsContext>& context) {
      readiness.tls.set(context);
      for (ServingThread& serving : serving_threads) serving.loop->set_tls(context);
    };
  }
  parts.set_issuers = [this](const std::vector<node::TrustedIssuer>& issuers) {
    return node->set_issuers(issuers);
  };
  parts.set_budgets = [this](const throttle::Budgets& budgets) { node->quota().set_budgets(budgets); };
  parts.set_webhooks = [this](const webhook::WebhookClientSettings& settings) {
    notifier->reconfigure(settings);
  };
  parts.set_origins = [this](const std::vector<std::string>& origins) { streams->origins.set(origins); };
  return parts;
}

LiveServer Server::Parts::live() {
  LiveServer parts{.version = version,
                   .started = started,
                   .node = *node,
                   .folder = *opened_folder,
                   .services = *services,
                   .readiness = readiness,
                   .notifier = *notifier,
                   .authority = authority_handler.get(),
                   .scim = *scim_handler,
                   .admin = *admin_handler,
                   .metrics = *metrics_handler,
                   .requests = *requests,
                   .backups = *backups,
                   .test_posts = test_posts,
                   .reloader = *reloader};
  for (const ServingThread& serving : serving_threads) {
    parts.loops.push_back(&serving.loop->counters());
    parts.gates.push_back(&serving.service->counters());
  }
  return parts;
}

// On the thread of the metrics handler, which ends before anything that is read here.
std::string Server::Parts::make_metrics() {
  clock_jumps.observe(system_clock.wall(), system_clock.steady());
  return metrics_page(live(), clock_jumps);
}

// Creates a loop with its handlers for each thread, and starts the threads once all are complete.
void Server::Parts::start_loops() {
  const auto limiter = http::make_connection_limiter(config.limits);
  metrics_handler = std::make_unique<MetricsHandler>([this] { return make_metrics(); }, *loop_clock);
  web_handler = std::make_unique<WebHandler>(config, *node, version, is_demo);
  requests = std::make_unique<RequestLog>(*loop_clock);
  backups = std::make_unique<BackupKeeper>(*node, config.backup_folder, version);
  for (ServingThread& serving : serving_threads) {
    serving.service = graph::make_graph_handler(*services);
    serving.dispatcher = std::make_unique<RequestDispatcher>(
        *serving.service, *admin_handler, authority_handler.get(), *scim_handler, *web_handler,
        *metrics_handler, readiness, *requests, spans.get());
    serving.loop = std::make_unique<http::Loop>(*serving.dispatcher, *loop_clock, config.limits, limiter, tls,
                                                std::vector(serving.listeners), config.trusted_proxies);
  }
  readiness.serving = true;
  for (ServingThread& serving : serving_threads)
    serving.thread = std::thread([&serving] { serving.loop->run(); });
}

std::expected<void, std::string> Server::Parts::stop() {
  readiness.serving = false;
  if (reloader) reloader->close();
  // Held requests and streams end now instead of at their time limit.
  if (node) node->watchers().close();
  for (ServingThread& serving : serving_threads) {
    if (serving.loop) serving.loop->drain(kDrainMax);
  }
  for (ServingThread& serving : serving_threads) {
    if (serving.thread.joinable()) serving.thread.join();
  }
  if (!admin_socket.empty()) ::unlink(admin_socket.c_str());
  metrics_handler.reset();  // reads all that ends below
  // These answer into the loops, which therefore are destroyed last.
  calendars.reset();
  demo_player.reset();
  worker.reset();
  admin_handler.reset();  // its commands use what ends below, such as the store of the notifier
  std::expected<void, std::string> closed;
  if (notifier) closed = notifier->close();
  authority_handler.reset();
  scim_handler.reset();
  admin.reset();
  backups.reset();
  if (node) tables = node->tables();
  node.reset();
  for (ServingThread& serving : serving_threads) {
    serving.loop.reset();
    for (const http::Listener& listener : serving.listeners) ::close(listener.fd);
  }
  serving_threads.clear();
  spans.reset();
  return closed;
}

std::expected<std::unique_ptr<Server>, std::string> Server::start(const node::Config& config,
                                                                  const node::DataFolder& folder,
                                                                  std::optional<Time> manual,
                                                                  ServerHooks hooks) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>()));
  Parts& parts = *server->parts_;
  parts.config = config;
  parts.version = hooks.version;
  parts.opened_folder = folder;
  parts.passed_sockets = std::move(hooks.sockets);
  parts.config.limits.admitted_body_bytes = config.settings.calendar.bytes_max;
  if (!config.traces_endpoint.empty())
    parts.spans = std::make_unique<trace::SpanExporter>(
        trace::SpanExporter::ExporterSettings{config.traces_endpoint, config.traces_percent, parts.version});
  if (manual) parts.manual_clock = std::make_unique<ManualClock>(*manual);
  parts.loop_clock = std::make_unique<LoopClock>(parts.clock());
  if (auto decided = parts.decide_notifications(folder); !decided) return std::unexpected(decided.error());
  auto node =
      node::Node::open(folder, parts.config, parts.clock(), node::Purpose::kServe, hooks.on_start_progress);
  if (!node) return std::unexpected(node.error());
  parts.node = *std::move(node);
  if (hooks.demo) {
    if (auto fault = demo_fault(parts.config, parts.node->view())) return std::unexpected(*std::move(fault));
  }
  parts.is_demo = hooks.demo;
  parts.admin =
      std::make_unique<admin::Admin>(*parts.node, server_commands([raw = &parts] { return raw->live(); }));
  if (authority::Authority* authority = parts.node->authority())
    parts.authority_handler = std::make_unique<AuthorityHandler>(*authority, parts.clock());
  parts.scim_handler = std::make_unique<ScimHandler>(*parts.node, parts.clock());
  parts.readiness.writer = &parts.node->writer();
  parts.readiness.node = parts.node.get();
  if (!parts.node->writer().healthy())
    log_warning("the data folder takes no writes: serving reads only until it does");
  if (auto ready = parts.start_tls(folder); !ready) return std::unexpected(ready.error());
  if (auto ready = parts.listen_all(folder); !ready) return std::unexpected(ready.error());
  if (!config.calendar_folder.empty()) {
    parts.calendars =
        std::make_unique<CalendarWatcher>(config.calendar_folder, parts.node->view(), parts.node->writer(),
                                          config.settings.calendar, parts.clock());
  }
  if (hooks.demo && !manual) parts.demo_player.emplace(parts.node->writer(), parts.clock());
  if (auto ready = parts.open_notifier(folder, std::move(hooks.broken)); !ready)
    return std::unexpected(ready.error());
  parts.reloader = std::make_unique<Reloader>(config, std::move(hooks.again), parts.replaceable_parts(),
                                              parts.node->audit(), parts.clock());
  parts.admin_handler = std::make_unique<AdminHandler>(*parts.admin, *parts.reloader);
  parts.services->administration = parts.admin_handler.get();
  parts.start_loops();
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { (void)stop(); }
const std::vector<std::string>& Server::urls() const { return parts_->urls; }
const std::string& Server::metrics_url() const { return parts_->metrics_url; }
const std::filesystem::path& Server::self_made_ca() const { return parts_->ca; }
bool Server::all_loops_turned() {
  const auto has_turned = [](const Parts::ServingThread& serving) { return serving.turned->load(); };
  if (!std::ranges::all_of(parts_->serving_threads, has_turned)) return false;
  for (Parts::ServingThread& serving : parts_->serving_threads) {
    *serving.turned = false;
    serving.loop->post([turned = serving.turned.get()] { *turned = true; });
  }
  return true;
}
std::string Server::state() const {
  const std::string_view fault = readiness_fault(parts_->readiness);
  return fault.empty() ? fmt::format("serving {}", fmt::join(parts_->urls, " ")) : std::string(fault);
}
std::expected<ReloadReport, std::string> Server::reload(const audit::Actor& by) {
  return parts_->reloader->reload(by);
}
std::expected<void, std::string> Server::stop() { return parts_->stop(); }

}  // namespace porchlight::server
