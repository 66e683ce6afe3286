// porchlight upgrade: converts a data folder of the format before, or takes that back.
#include "node/upgrade.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"

namespace porchlight::cli {
namespace {

constexpr const char* kUpgradeExamples = R"(
A release that changes the format of the data folder says so in CHANGELOG.md, and its server refuses a folder of the format
before. Stop the server, make a backup, and run this command with the new program. Until the new server has written
something, --undo takes it back, and the old program can be used again. After that, restore the backup.

Examples:
  porchlight upgrade --data ~/porch
  porchlight upgrade --data ~/porch --undo)";

struct UpgradeOptions {
  std::filesystem::path data;
  bool undo = false;
};

CommandStatus upgrade(const UpgradeOptions& options) {
  const auto done = options.undo ? node::undo_upgrade(options.data, node::this_release())
                                 : node::upgrade(options.data, node::this_release());
  if (done)
    fmt::print("{} {}\n", options.data.string(), options.undo ? "is as it was before" : "is upgraded");
  return done;
}

}  // namespace

void add_upgrade(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<UpgradeOptions>();
  CLI::App* command =
      root.add_subcommand("upgrade", "Convert a data folder of the format before this version's");
  add_data(*command, options->data);
  command->add_flag("--undo", options->undo, "Take an upgrade back, if nothing was written since");
  command->footer(kUpgradeExamples);
  command->callback([options, &selected] { selected = [options] { return upgrade(*options); }; });
}

}  // namespace porchlight::cli
