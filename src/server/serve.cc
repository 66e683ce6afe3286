#include "server/serve.h"

#include <cstdio>

#include "base/logging.h"
#include "node/place.h"
#include "server/effective_config.h"
#include "server/notifier.h"
#include "server/process.h"
#include "server/server.h"

namespace porchlight::server {
namespace {

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

// Prints where the server listens. Tests and scripts wait for these lines.
void announce(const Server& server, const node::Config& config) {
  for (const std::string& url : server.urls()) std::printf("listening on %s\n", url.c_str());
  if (!server.self_made_ca().empty())
    std::printf("the certificate is self-signed; clients that trust its CA accept it: %s\n",
                server.self_made_ca().c_str());
  if (const std::string ranges = opened_ranges(config.webhooks.policy); !ranges.empty())
    std::printf("webhooks may reach addresses that are not public: %s\n", ranges.c_str());
  std::fflush(stdout);
}

}  // namespace

std::expected<void, std::string> serve(const ServeOptions& options) {
  prepare_process();
  const node::ReadConfig read = effective_config(options, node::process_environment());
  if (!read.faults.empty()) return std::unexpected(read.fault_text());
  const node::Config& config = read.config;
  start_logging(config.level);
  log_settings(options, read);
  const auto folder =
      options.create ? node::DataFolder::open_or_create(options.data) : node::DataFolder::open(options.data);
  if (!folder) return std::unexpected(folder.error());
  if (options.adopt) {
    if (auto adopted = node::adopt(*folder); !adopted) return std::unexpected(adopted.error());
  }
  const auto read_again = [&options] { return effective_config(options, node::process_environment()); };
  auto server =
      Server::start(config, *folder, manual_start(options), request_stop, ConfigAgain{read.rows, read_again});
  if (!server) return std::unexpected(server.error());
  announce(**server, config);
  while (wait_for_signal() == SignalRequest::kReload) (void)(*server)->reload();  // which logs its outcome
  log_info("stopping; requests in flight are answered first");
  const auto stopped = (*server)->stop();
  log_info("stopped");
  // The process ends now. To free the tables takes seconds if there are millions of users, and the kernel does it at
  // once.
  [[maybe_unused]] static const Server* const kept = server->release();
  return stopped;
}

}  // namespace porchlight::server
