#include "server/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/logging.h"
#include "node/place.h"
#include "server/effective_config.h"
#include "server/notifier.h"
#include "server/passed_sockets.h"
#include "server/process.h"
#include "server/progress_reporter.h"
#include "server/server.h"
#include "server/service_manager.h"

namespace porchlight::server {
namespace {

// More than the time between two messages of a start.
constexpr std::chrono::seconds kStartExtension{30};

// The start time of a manual clock; nullopt for the system clock.
std::optional<Time> manual_start(const ServeOptions& options) {
  if (!options.manual_clock) return std::nullopt;
  return options.clock_start.value_or(SystemClock().wall());
}

// Logs the version and the settings in effect; of issuers, only their names.
void log_settings(const ServeOptions& options, const node::ReadConfig& read) {
  const std::string data = std::filesystem::absolute(options.data).string();
  LogFields fields = {
      {"version", options.version}, {"data", data}, {"clock", options.manual_clock ? "manual" : "system"}};
  for (const node::SettingRow& row : read.rows)
    if (!row.key.starts_with("issuer.") || row.key == "issuer.iss") fields.emplace_back(row.key, row.value);
  log_info("starting", fields);
  for (const std::string& warning : read.warnings) log_warning(warning);
}

// As the names of passed sockets say it.
std::string_view purpose_of(http::ListenerKind kind) {
  return kind == http::ListenerKind::kTls       ? "https"
         : kind == http::ListenerKind::kMetrics ? "metrics"
                                                : "http";
}

// Prints where the server listens. Tests and scripts wait for these lines.
void announce(const Server& server, const node::Config& config) {
  for (const std::string& url : server.urls()) std::printf("listening on %s\n", url.c_str());
  if (!server.metrics_url().empty()) std::printf("metrics at %s\n", server.metrics_url().c_str());
  if (!server.self_made_ca().empty())
    std::printf("the certificate is self-signed; clients that trust its CA accept it: %s\n",
                server.self_made_ca().c_str());
  if (const std::string ranges = opened_ranges(config.webhooks.policy); !ranges.empty())
    std::printf("webhooks may reach addresses that are not public: %s\n", ranges.c_str());
  std::fflush(stdout);
}

// Reports to the service manager while the data folder is read, and asks for more time each time.
node::StartObserver start_observer(ServiceManager& manager) {
  return [&manager](std::uint32_t begun) {
    manager.extend_start(kStartExtension);
    manager.status(fmt::format("replaying {} of {} shards", begun, state::kShards));
  };
}

// How the server is connected to its process.
ServerHooks hooks_of(const ServeOptions& options, const node::ReadConfig& read, ServiceManager& manager,
                     std::vector<PassedSocket> sockets) {
  ConfigAgain again{.rows = read.rows,
                    .read = [&options] { return effective_config(options, node::process_environment()); },
                    .begins = [&manager] { manager.reloading(); },
                    .ended = [&manager] { manager.ready("serving"); }};
  return {.broken = request_stop,
          .on_start_progress = start_observer(manager),
          .version = options.version,
          .again = std::move(again),
          .sockets = std::move(sockets),
          .demo = options.demo};
}

// Until a signal asks to stop.
void run(Server& server, ServiceManager& manager) {
  manager.ready(server.state());
  const ProgressReporter reporter(
      manager, [&server] { return server.all_loops_turned(); }, [&server] { return server.state(); });
  for (ReceivedSignal received = wait_for_signal(); received.asks_for == SignalRequest::kReload;
       received = wait_for_signal())
    (void)server.reload({.name = "SIGHUP", .uid = received.uid});  // which logs its outcome
}

}  // namespace

std::expected<void, std::string> serve(const ServeOptions& options) {
  prepare_process();
  const node::Environment environment = node::process_environment();
  node::ReadConfig read = effective_config(options, environment);
  if (!read.faults.empty()) return std::unexpected(read.fault_text());
  start_logging(read.config.level, read.config.log_format);
  log_settings(options, read);
  auto sockets = take_passed_sockets(environment, ::getpid(), read);
  if (!sockets) return std::unexpected(sockets.error());
  for (const PassedSocket& socket : *sockets)
    log_info("serving a passed socket", {{"address", socket.address}, {"for", purpose_of(socket.kind)}});
  ServiceManager manager(environment);
  manager.status("starting");
  const auto folder =
      options.create ? node::DataFolder::open_or_create(options.data) : node::DataFolder::open(options.data);
  if (!folder) return std::unexpected(folder.error());
  if (options.adopt) {
    if (auto adopted = node::adopt(*folder); !adopted) return std::unexpected(adopted.error());
  }
  auto server = Server::start(read.config, *folder, manual_start(options),
                              hooks_of(options, read, manager, *std::move(sockets)));
  if (!server) return std::unexpected(server.error());
  announce(**server, read.config);
  run(**server, manager);
  manager.stopping();
  log_info("stopping; requests in flight are answered first");
  const auto stopped = (*server)->stop();
  log_info("stopped");
  // The process ends now. To free the tables takes seconds if there are millions of users, and the kernel does it at
  // once.
  [[maybe_unused]] static const Server* const kept = server->release();
  return stopped;
}

}  // namespace porchlight::server
