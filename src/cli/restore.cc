// porchlight restore: makes a data folder of a backup.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/backup_source.h"
#include "cli/command.h"
#include "cli/copy_progress.h"
#include "log/embedded_log.h"
#include "node/data_folder.h"
#include "state/view.h"

namespace porchlight::cli {
namespace {

constexpr const char* kRestoreExamples = R"(
The backup is checked against its manifest, and its log is read, before the folder gets its name. The restored folder is a
copy: a server serves it, and sends no change notifications from it until it is started once with --adopt, because the
original may still send them. docs/backup.md has the steps.

Examples:
  porchlight restore --from /mnt/backups/monday --data ~/restored
  zstd -dc monday.tar.zst | porchlight restore --from - --data ~/restored)";

struct RestoreOptions {
  std::filesystem::path from, data;
};

// Checks that the folder is one that this version can serve, with the log that the manifest names.
CommandStatus check_restored(const std::filesystem::path& root, const backup::Manifest& manifest) {
  const auto folder = node::DataFolder::open(root);
  if (!folder) return std::unexpected(folder.error());
  const auto positions =
      log::EmbeddedEngine::read_positions({.dir = folder->log().string(), .shards = state::kShards});
  if (!positions) return std::unexpected(positions.error());
  if (*positions != manifest.positions)
    return std::unexpected("its log does not end at the positions of the manifest");
  return manifest.has_keys ? CommandStatus() : folder->make_keys();
}

CommandStatus restore(const RestoreOptions& options) {
  const auto source = open_backup(options.from);
  if (!source) return std::unexpected(source.error());
  const auto target = backup::FolderTarget::create(options.data);
  if (!target) return std::unexpected(target.error());
  catch_stop_signals();
  CopyProgress progress(0);
  const auto manifest =
      backup::read_backup(**source, target->get(), [&](std::uint64_t bytes) { return progress.add(bytes); });
  if (!manifest)
    return std::unexpected("nothing was restored: " + name_of(options.from) + ": " + manifest.error());
  if (const auto good = check_restored((*target)->partial(), *manifest); !good)
    return std::unexpected("nothing was restored: " + good.error());
  if (const auto finished = (*target)->finish(); !finished)
    return std::unexpected("nothing was restored: " + finished.error());
  print_backup(*manifest, progress.copied());
  fmt::print("restored to {}; it sends no notifications until `porchlight serve --adopt`\n",
             options.data.string());
  if (!manifest->has_keys)
    fmt::print(
        "new keys were made: tokens that were issued before are refused, unless you put the old files in "
        "{}\n",
        (options.data / "keys").string());
  return {};
}

}  // namespace

void add_restore(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<RestoreOptions>();
  CLI::App* command = root.add_subcommand("restore", "Make a data folder of a backup");
  command
      ->add_option("--from", options->from,
                   "The backup: a folder or a tar archive; - for an archive on stdin")
      ->required()
      ->type_name("PATH");
  command->add_option("--data", options->data, "The data folder to make, which must not exist")
      ->required()
      ->type_name("DIR");
  command->footer(kRestoreExamples);
  command->callback([options, &selected] { selected = [options] { return restore(*options); }; });
}

}  // namespace porchlight::cli
