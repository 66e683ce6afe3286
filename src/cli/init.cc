// porchlight init: creates a data folder, empty or with the demo.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "admin/demo.h"
#include "cli/command.h"

namespace porchlight::cli {
namespace {

struct InitOptions {
  std::filesystem::path data;
  bool demo = false;
};

// Opens the new folder, adds the demo and prints how to try it.
CommandStatus fill_with_demo(const node::DataFolder& folder) {
  const SystemClock clock;
  auto node = node::Node::open(folder, node::Config{}, clock, node::Purpose::kCommand);
  if (!node) return std::unexpected(node.error());
  const auto text = admin::make_demo(**node, folder.root());
  if (!text) return std::unexpected(text.error());
  std::fputs(text->c_str(), stdout);
  return {};
}

CommandStatus init(const InitOptions& options) {
  const auto folder = node::DataFolder::create(options.data);
  if (!folder) return std::unexpected(folder.error());
  if (options.demo) return fill_with_demo(*folder);
  std::printf("created %s\n", folder->root().c_str());
  return {};
}

}  // namespace

void add_init(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App* command = root.add_subcommand("init", "Create a data folder with a new signing key");
  add_data(*command, options->data);
  command->add_flag("--demo", options->demo,
                    "Add a demo tenant with a dozen users and three applications, and print tokens for them");
  command->footer(
      "\nThe folder must be new or empty.\n\nExamples:\n"
      "  porchlight init --data /var/lib/porchlight\n"
      "  porchlight init --data /tmp/porch --demo");
  command->callback([options, &selected] { selected = [options] { return init(*options); }; });
}

}  // namespace porchlight::cli
