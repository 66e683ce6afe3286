// porchlight doctor: examines a machine, a data folder and a configuration.
#include "server/doctor.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "server/effective_config.h"

namespace porchlight::cli {
namespace {

constexpr const char* kDoctorExamples = R"(
Prints a line for each check: ok, warning or problem, what is so, and what to do. The exit code is 1 if there is a
problem. Nothing is changed. Run it as the user of the server.

Examples:
  porchlight doctor --data /var/lib/porchlight
  porchlight doctor --data /var/lib/porchlight --config /etc/porchlight/porchlight.toml)";

struct DoctorOptions {
  std::filesystem::path data;
  std::filesystem::path config;
};

const char* health_name(server::Health health) {
  switch (health) {
    case server::Health::kOk:
      return "ok";
    case server::Health::kWarning:
      return "warning";
    case server::Health::kProblem:
      return "problem";
  }
  return "";
}

CommandStatus examine(const DoctorOptions& options) {
  server::ServeOptions serve;
  serve.config = options.config;
  const node::ReadConfig read = server::effective_config(serve, node::process_environment());
  const auto findings =
      server::examine(options.data, read, server_process(options.data), SystemClock().wall());
  for (const server::Finding& finding : findings) {
    const std::string advice = finding.advice.empty() ? "" : "\n         " + finding.advice;
    std::puts(fmt::format("{:<8} {}{}", health_name(finding.health), finding.text, advice).c_str());
  }
  const auto problems = std::ranges::count(findings, server::Health::kProblem, &server::Finding::health);
  if (problems > 0) return std::unexpected(fmt::format("problems found: {}", problems));
  return {};
}

}  // namespace

void add_doctor(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      root.add_subcommand("doctor", "Examine the machine, the data folder and the configuration");
  add_data(*command, options->data);
  command->add_option("--config", options->config, "The configuration file of the server (default: none)")
      ->type_name("FILE");
  command->footer(kDoctorExamples);
  command->callback([options, &selected] { selected = [options] { return examine(*options); }; });
}

}  // namespace porchlight::cli
