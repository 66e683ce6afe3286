// porchlight config: check, show.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "node/config_check.h"
#include "server/effective_config.h"

namespace porchlight::cli {
namespace {

constexpr const char* kConfigNote = R"(
Environment variables apply as they do for serve: PORCHLIGHT_HTTP_IDLE=45s sets idle of [http].)";
constexpr const char* kCheckExamples = R"(
Reads the file as serve does, and the files and folders that it names. All problems are printed, one a line.

Examples:
  porchlight config check /etc/porchlight/porchlight.toml)";
constexpr const char* kShowExamples = R"(
Prints each setting in effect with its origin: default, file and line, environment variable, or option.

Examples:
  porchlight config show --config /etc/porchlight/porchlight.toml
  porchlight config show --data /var/lib/porchlight)";

struct ConfigOptions {
  std::filesystem::path file;
  std::filesystem::path data;  // of `show`: of a running server
  bool json = false;
};

// What the commands print of a setting.
const std::vector<Column> kSettingColumns = {{"key", "KEY"}, {"value", "VALUE"}, {"origin", "ORIGIN"}};

node::ReadConfig read_as_serve(const std::filesystem::path& file) {
  server::ServeOptions options;
  options.config = file;
  node::ReadConfig read = server::effective_config(options, node::process_environment());
  for (const std::string& warning : read.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  return read;
}

CommandStatus check(const ConfigOptions& options) {
  node::ReadConfig read = read_as_serve(options.file);
  if (read.faults.empty()) read.faults = node::config_faults(read.config, SystemClock().wall());
  if (!read.faults.empty()) return std::unexpected(read.fault_text());
  std::printf("%s: no problem found\n", options.file.c_str());
  return {};
}

// The settings of the file, or those of the server on `data`.
std::expected<std::string, std::string> settings_of(const ConfigOptions& options) {
  if (!options.data.empty()) return ask_server(options.data, "/config");
  const node::ReadConfig read = read_as_serve(options.file);
  if (!read.faults.empty()) return std::unexpected(read.fault_text());
  return server::settings_json(read.rows);
}

CommandStatus show(const ConfigOptions& options) {
  const auto json = settings_of(options);
  if (!json) return std::unexpected(json.error());
  if (!options.json) return print_table(*json, kSettingColumns);
  std::puts(json->c_str());
  return {};
}

}  // namespace

void add_config(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<ConfigOptions>();
  CLI::App* group = root.add_subcommand("config", "Check and show the configuration");
  describe_group(*group, kConfigNote);
  CLI::App* checking = group->add_subcommand("check", "Check a configuration file and what it names");
  checking->add_option("file", options->file, "The configuration file")->required()->type_name("FILE");
  checking->footer(kCheckExamples);
  checking->callback([options, &selected] { selected = [options] { return check(*options); }; });
  CLI::App* showing = group->add_subcommand("show", "Show the settings in effect, and where each comes from");
  CLI::Option* file = showing->add_option("--config", options->file, "The configuration file (default: none)")
                          ->type_name("FILE");
  showing->add_option("--data", options->data, "Show those of the server that runs on this folder instead")
      ->type_name("DIR")
      ->excludes(file);
  showing->add_flag("--json", options->json, "Print JSON");
  showing->footer(kShowExamples);
  showing->callback([options, &selected] { selected = [options] { return show(*options); }; });
}

}  // namespace porchlight::cli
