#include "server/serve.h"

#include <cstdio>

#include "base/logging.h"
#include "node/place.h"
#include "server/notifier.h"
#include "server/process.h"
#include "server/server.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kListenDefault = "127.0.0.1:8080";

// The configuration file with the options applied.
std::expected<node::Config, std::string> effective_config(const ServeOptions& options) {
  node::Config config;
  if (!options.config.empty()) {
    auto loaded = node::load_config(options.config);
    if (!loaded) return loaded;
    config = *std::move(loaded);
  }
  if (!options.listen.empty()) config.listen = options.listen;
  if (!options.tls_listen.empty()) config.tls_listen = options.tls_listen;
  // The default applies only if neither the options nor the file name an address.
  if (config.listen.empty() && config.tls_listen.empty()) config.listen = {std::string(kListenDefault)};
  if (options.no_notifications) config.notifications = false;
  if (options.threads) config.threads = *options.threads;
  if (options.authority) config.authority = *options.authority;
  if (!options.clouds.empty()) config.clouds.clear();
  for (const std::string& name : options.clouds) config.clouds.push_back(identity::find_cloud(name).value());
  if (options.throttle_off) {
    for (throttle::Budget* budget : {&config.budgets.reads, &config.budgets.presence, &config.budgets.graph})
      budget->requests = 0;
  }
  return config;
}

// The start time of a manual clock; nullopt for the system clock.
std::optional<Time> manual_start(const ServeOptions& options) {
  if (!options.manual_clock) return std::nullopt;
  return options.clock_start.value_or(SystemClock().wall());
}

// Logs the version and the settings in effect.
void log_settings(const ServeOptions& options, const node::Config& config) {
  const std::string data = std::filesystem::absolute(options.data).string();
  const auto settings = node::setting_values(config);
  LogFields fields = {
      {"version", options.version}, {"data", data}, {"clock", options.manual_clock ? "manual" : "system"}};
  for (const auto& [name, value] : settings) fields.emplace_back(name, value);
  log_info("starting", fields);
}

// Prints where the server listens. Tests and scripts wait for these lines.
void announce(const Server& server, const node::Config& config) {
  for (const std::string& url : server.urls()) std::printf("listening on %s\n", url.c_str());
  if (!server.self_made_ca().empty())
    std::printf("the certificate is self-signed; clients that trust its CA accept it: %s\n",
                server.self_made_ca().c_str());
  if (const std::string ranges = opened_ranges(config); !ranges.empty())
    std::printf("webhooks may reach addresses that are not public: %s\n", ranges.c_str());
  std::fflush(stdout);
}

}  // namespace

std::expected<void, std::string> serve(const ServeOptions& options) {
  prepare_process();
  const auto config = effective_config(options);
  if (!config) return std::unexpected(config.error());
  start_logging(config->level);
  log_settings(options, *config);
  const auto folder = node::DataFolder::open(options.data);
  if (!folder) return std::unexpected(folder.error());
  if (options.adopt) {
    if (auto adopted = node::adopt(*folder); !adopted) return std::unexpected(adopted.error());
  }
  auto server = Server::start(*config, *folder, manual_start(options), request_stop);
  if (!server) return std::unexpected(server.error());
  announce(**server, *config);
  wait_for_stop_signal();
  log_info("stopping; requests in flight are answered first");
  const auto stopped = (*server)->stop();
  log_info("stopped");
  // The process ends now. To free the tables takes seconds if there are millions of users, and the kernel does it at
  // once.
  [[maybe_unused]] static const Server* const kept = server->release();
  return stopped;
}

}  // namespace porchlight::server
