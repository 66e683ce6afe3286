// porchlight config: check, show.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/clock.h"
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
  porchlight config show --config /etc/porchlight/porchlight.toml)";

struct ConfigOptions {
  std::filesystem::path file;
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

CommandStatus show(const ConfigOptions& options) {
  const node::ReadConfig read = read_as_serve(options.file);
  if (!read.faults.empty()) return std::unexpected(read.fault_text());
  const std::string json = server::settings_json(read.rows);
  if (!options.json) return print_table(json, kSettingColumns);
  std::puts(json.c_str());
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
  showing->add_option("--config", options->file, "The configuration file (default: none)")->type_name("FILE");
  showing->add_flag("--json", options->json, "Print JSON");
  showing->footer(kShowExamples);
  showing->callback([options, &selected] { selected = [options] { return show(*options); }; });
}

}  // namespace porchlight::cli
