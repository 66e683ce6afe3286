// porchlight serve: runs the server until a signal stops it.
#include "server/serve.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/time_text.h"
#include "cli/command.h"
#include "node/listen_entry.h"

namespace porchlight::cli {
namespace {

constexpr const char* kServeExamples = R"(
Without --listen, --tls-listen or addresses in the configuration, the server listens on 127.0.0.1:8080. Port 0 takes
a free port. Once the server is ready, it prints the address of each listener on stdout.

Examples:
  porchlight serve --data ~/porch
  porchlight serve --data ~/porch --listen 0.0.0.0:8080 --config porchlight.toml
  porchlight serve --data ~/porch --tls-listen 127.0.0.1:8443      with a self-signed certificate
  porchlight serve --data ~/porch --cloud usgov                    uses the names of graph.microsoft.us
  porchlight serve --data ~/porch --clock manual --throttle off    for tests
  porchlight serve --data ~/porch --demo                           plays the demo of init --demo)";

// The options as texts, until they are checked.
struct ServeCommandOptions {
  server::ServeOptions serve;
  std::string clock = "system";
  std::string clock_start;
  std::string throttle = "on";
  std::string authority;
};

// Converts the options and runs the server.
CommandStatus serve(ServeCommandOptions& options) {
  options.serve.version = PORCHLIGHT_VERSION;
  options.serve.manual_clock = options.clock == "manual";
  options.serve.throttle_off = options.throttle == "off";
  if (!options.authority.empty()) options.serve.authority = options.authority == "on";
  if (!options.clock_start.empty()) options.serve.clock_start = parse_date_time(options.clock_start);
  return server::serve(options.serve);
}

// Checks of options: the error, or an empty string.
std::string check_address(const std::string& address) { return std::string(node::address_fault(address)); }

std::string check_start(const std::string& text) {
  return parse_date_time(text) ? "" : "not a time such as 2030-01-07T09:00:00Z";
}

}  // namespace

void add_serve(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<ServeCommandOptions>();
  CLI::App* command = root.add_subcommand("serve", "Serve the presence API");
  server::ServeOptions& serve_options = options->serve;
  add_data(*command, serve_options.data);
  command->add_option("--config", serve_options.config, "The configuration file; see porchlight.toml.example")
      ->type_name("FILE");
  command->add_option("--listen", serve_options.listen, "An address for HTTP (may be repeated)")
      ->type_name("HOST:PORT")
      ->check(check_address);
  command->add_option("--tls-listen", serve_options.tls_listen, "An address for HTTPS (may be repeated)")
      ->type_name("HOST:PORT")
      ->check(check_address);
  command
      ->add_option("--threads", serve_options.threads,
                   "Number of serving threads (default: one per processor)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--clock", options->clock,
                   "system, or manual: the time changes only when a client advances it (default system)")
      ->check(CLI::IsMember({"system", "manual"}));
  command
      ->add_option("--clock-start", options->clock_start, "The start time of a manual clock (default: now)")
      ->type_name("TIME")
      ->check(check_start);
  command->parse_complete_callback([options] {
    if (!options->clock_start.empty() && options->clock != "manual")
      throw CLI::ValidationError("--clock-start", "needs --clock manual: the system clock has no start time");
  });
  command->add_flag("--no-notifications", serve_options.no_notifications,
                    "Keep subscriptions, but post no change notifications");
  command->add_flag("--create", serve_options.create,
                    "If the data folder is missing or empty: create it, as init does");
  command->add_flag("--adopt", serve_options.adopt,
                    "If the data folder is a copy: make it the original, which sends notifications");
  command->add_flag(
      "--demo", serve_options.demo,
      "Play the demo that init --demo made: its users change their presence by themselves, and anyone "
      "who can connect may act as one of them. Loopback addresses only");
  command->add_option("--throttle", options->throttle, "off: no request limits per client (default on)")
      ->check(CLI::IsMember({"on", "off"}));
  command
      ->add_option("--authority", options->authority,
                   "on: users and applications can sign in at this server (default: as configured)")
      ->check(CLI::IsMember({"on", "off"}));
  command
      ->add_option("--cloud", serve_options.clouds,
                   "Use the host names of this cloud in links and tokens (may be repeated; requests to other "
                   "hosts use the first)")
      ->check(CLI::IsMember({"global", "usgov", "usgovdod", "china"}));
  command->footer(kServeExamples);
  command->callback([options, &selected] { selected = [options] { return serve(*options); }; });
}

}  // namespace porchlight::cli
