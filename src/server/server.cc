#include "server/server.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "graph/service.h"
#include "http/listen.h"
#include "http/loop.h"
#include "server/admin.h"
#include "server/admin_door.h"
#include "server/calendar_files.h"
#include "server/front.h"
#include "server/loop_clock.h"
#include "server/node.h"
#include "server/notifier.h"

namespace porchlight::server {
namespace {

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof(name) - 1);
  return name;
}

// The host of "https://host[:port]".
std::string host_of_url(std::string_view url) {
  if (const auto slashes = url.find("://"); slashes != std::string_view::npos) url.remove_prefix(slashes + 3);
  const auto last_colon = url.rfind(':');
  const bool port =
      last_colon != std::string_view::npos && url.find(']', last_colon) == std::string_view::npos;
  return std::string(host_of(port ? url : std::string(url) + ":0"));
}

// The names under which clients may reach a TLS listener of ours.
std::vector<std::string> certificate_names(const Config& config) {
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1", host_name()};
  for (const std::string& address : config.tls_listen) names.emplace_back(host_of(address));
  if (!config.public_base_url.empty()) names.push_back(host_of_url(config.public_base_url));
  for (const identity::Cloud cloud : config.clouds) {
    names.push_back(host_of_url(identity::names(cloud).graph));
    names.push_back(host_of_url(identity::names(cloud).authority));
  }
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
  std::erase_if(names, [](const std::string& n) { return n.empty() || n == "0.0.0.0" || n == "::"; });
  return names;
}

// The address as others write it, with the port that the socket really has.
std::string with_port(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

// In order of construction; stop() takes them down in the order that in-flight work needs.
struct Server::Parts {
  SystemClock system_clock;
  std::unique_ptr<ManualClock> manual_clock;
  std::unique_ptr<LoopClock> loop_clock;
  Config config;
  std::unique_ptr<Node> node;
  std::unique_ptr<Admin> admin;
  std::unique_ptr<AdminDoor> admin_door;
  std::unique_ptr<AuthorityDoor> authority_door;  // where the authority is on
  std::unique_ptr<ScimDoor> scim_door;
  std::unique_ptr<CalendarWatch> calendars;  // where there is a folder
  std::optional<Worker> worker;
  Readiness readiness;
  throttle::AddressBudget addresses;
  notify::Seats seats;
  std::optional<graph::Streams> streams;
  std::shared_ptr<http::TlsContext> tls;
  std::filesystem::path ca;
  std::filesystem::path admin_socket;
  std::vector<std::string> urls;
  std::optional<graph::Shared> shared;  // the services refer to it
  std::unique_ptr<Notifier> notifier;

  // One loop and what is its own.
  struct Lane {
    std::vector<http::Listener> listeners;
    std::unique_ptr<graph::Service> service;
    std::unique_ptr<Front> front;
    std::unique_ptr<http::Loop> loop;
    std::thread thread;
  };
  std::vector<Lane> lanes;

  const Clock& clock() const {
    return manual_clock ? static_cast<const Clock&>(*manual_clock) : system_clock;
  }
  std::expected<void, std::string> start_tls(const DataFolder& folder);
  std::expected<void, std::string> listen(const std::string& wanted, http::Door door);
  std::expected<void, std::string> listen_all(const DataFolder& folder);
  graph::Shared what_is_shared();
  std::expected<void, std::string> open_notifier(const DataFolder& folder, std::function<void()> broken);
  void start_loops();
  std::expected<void, std::string> stop();
};

std::expected<void, std::string> Server::Parts::start_tls(const DataFolder& folder) {
  if (config.tls_listen.empty()) return {};
  http::SelfSigned files{{}, config.tls_certificate, config.tls_key};
  if (config.tls_certificate.empty()) {
    auto made = http::ensure_self_signed(folder.tls(), certificate_names(config));
    if (!made) return std::unexpected(made.error());
    files = *std::move(made);
    ca = files.ca;
  }
  auto context = http::TlsContext::load(files.certificate, files.key);
  if (!context) return std::unexpected(context.error());
  tls = *std::move(context);
  return {};
}

// One socket per lane at the same address: the kernel spreads the connections over them.
std::expected<void, std::string> Server::Parts::listen(const std::string& wanted, http::Door door) {
  std::string address = wanted;
  for (Lane& lane : lanes) {
    const auto fd = http::listen_tcp(address);
    if (!fd) return std::unexpected(fd.error());
    lane.listeners.push_back({*fd, door});
    address = with_port(address, http::port_of(*fd));
  }
  urls.push_back((door == http::Door::kTls ? "https://" : "http://") + address);
  return {};
}

std::expected<void, std::string> Server::Parts::listen_all(const DataFolder& folder) {
  const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
  lanes.resize(config.threads ? config.threads : processors);
  for (const std::string& address : config.listen) {
    if (auto listening = listen(address, http::Door::kPlain); !listening) return listening;
  }
  for (const std::string& address : config.tls_listen) {
    if (auto listening = listen(address, http::Door::kTls); !listening) return listening;
  }
  admin_socket = folder.admin_socket();
  const auto fd = http::listen_unix(admin_socket);
  if (!fd) return std::unexpected(fd.error());
  lanes.front().listeners.push_back({*fd, http::Door::kAdmin});
  return {};
}

graph::Shared Server::Parts::what_is_shared() {
  return {.clock = clock(),
          .machine_clock = *loop_clock,
          .manual_clock = manual_clock.get(),
          .clock_advanced =
              [this] {
                notifier->await_start();
                node->clock_advanced();
                notifier->clock_advanced();
                for (Lane& lane : lanes) lane.loop->wake();
              },
          .view = node->view(),
          .writer = node->writer(),
          .watchers = node->watchers(),
          .seats = seats,
          .streams = *streams,
          .quota = node->quota(),
          .addresses = addresses,
          .verifier = node->verifier(),
          .worker = *worker,
          .history = node->history(),
          .settings = config.settings,
          .public_base = config.public_base_url,
          .clouds = identity::ServedClouds(config.clouds),
          .jwks = node->signing_key().jwks(),
          .issuer = std::string(kIssuer),
          .paging_key = node->paging_key(),
          .node_name = "porchlight"};
}

std::expected<void, std::string> Server::Parts::open_notifier(const DataFolder& folder,
                                                              std::function<void()> broken) {
  worker.emplace(graph::kWorkWaitingMax);
  streams.emplace(config.settings.streams, node->paging_key());
  shared.emplace(what_is_shared());
  auto opened = Notifier::open(*node, config, folder, *shared, std::move(broken));
  if (!opened) return std::unexpected(opened.error());
  notifier = *std::move(opened);
  return {};
}

void Server::Parts::start_loops() {
  const auto census = http::make_census(config.limits);
  for (Lane& lane : lanes) {
    lane.service = std::make_unique<graph::Service>(*shared);
    lane.front =
        std::make_unique<Front>(*lane.service, *admin_door, authority_door.get(), *scim_door, readiness);
    lane.loop = std::make_unique<http::Loop>(*lane.front, *loop_clock, config.limits, census, tls,
                                             std::vector(lane.listeners));
  }
  readiness.serving = true;
  for (Lane& lane : lanes) lane.thread = std::thread([&lane] { lane.loop->run(); });
}

std::expected<void, std::string> Server::Parts::stop() {
  readiness.serving = false;
  // Who waits is answered at once, not when their time is over.
  if (node) node->watchers().close();
  for (Lane& lane : lanes) {
    if (lane.loop) lane.loop->drain(kDrainMax);
  }
  for (Lane& lane : lanes) {
    if (lane.thread.joinable()) lane.thread.join();
  }
  if (!admin_socket.empty()) ::unlink(admin_socket.c_str());
  // Commands and appends that are still under way answer into the loops: these must go last.
  calendars.reset();
  worker.reset();
  std::expected<void, std::string> closed;
  if (notifier) closed = notifier->close();
  notifier.reset();
  authority_door.reset();
  scim_door.reset();
  admin_door.reset();
  admin.reset();
  node.reset();
  for (Lane& lane : lanes) {
    lane.loop.reset();
    for (const http::Listener& listener : lane.listeners) ::close(listener.fd);
  }
  lanes.clear();
  return closed;
}

std::expected<std::unique_ptr<Server>, std::string> Server::start(const Config& config,
                                                                  const DataFolder& folder,
                                                                  std::optional<Time> manual,
                                                                  std::function<void()> broken) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>()));
  Parts& parts = *server->parts_;
  parts.config = config;
  if (manual) parts.manual_clock = std::make_unique<ManualClock>(*manual);
  parts.loop_clock = std::make_unique<LoopClock>(parts.clock());
  auto node = Node::open(folder, parts.config, parts.clock(), Purpose::kServe);
  if (!node) return std::unexpected(node.error());
  parts.node = *std::move(node);
  parts.admin = std::make_unique<Admin>(*parts.node);
  parts.admin_door = std::make_unique<AdminDoor>(*parts.admin);
  if (authority::Authority* authority = parts.node->authority())
    parts.authority_door = std::make_unique<AuthorityDoor>(*authority, parts.clock());
  parts.scim_door =
      std::make_unique<ScimDoor>(*parts.node, parts.addresses, parts.clock(), *parts.loop_clock);
  parts.readiness.writer = &parts.node->writer();
  if (auto ready = parts.start_tls(folder); !ready) return std::unexpected(ready.error());
  if (auto ready = parts.listen_all(folder); !ready) return std::unexpected(ready.error());
  if (!config.calendar_folder.empty()) {
    parts.calendars = std::make_unique<CalendarWatch>(config.calendar_folder, parts.node->view(),
                                                      parts.node->writer(), parts.clock());
  }
  if (auto ready = parts.open_notifier(folder, std::move(broken)); !ready)
    return std::unexpected(ready.error());
  parts.start_loops();
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { (void)stop(); }
const std::vector<std::string>& Server::urls() const { return parts_->urls; }
const std::filesystem::path& Server::self_made_ca() const { return parts_->ca; }
std::expected<void, std::string> Server::stop() { return parts_->stop(); }

}  // namespace porchlight::server
