// porchlight backup, and backup verify. The server of a folder only makes the image, in a moment; this process copies
// it, with a low share of the processors and of the disk.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "backup/backup.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/backup_source.h"
#include "cli/command.h"
#include "cli/copy_progress.h"
#include "node/backup_lock.h"
#include "node/data_folder.h"
#include "node/data_image.h"
#include "server/image_copy.h"

namespace porchlight::cli {
namespace {

constexpr const char* kBackupExamples = R"(
The server may run. Everything that it acknowledged before the command began is in the backup: presence, history,
subscriptions, credentials, SCIM attributes, revocations and keys. --to names a new folder, or - for a tar archive on
stdout, which has no compression of its own. A backup holds the keys that sign tokens, unless --without-keys leaves them
out: keep it as safe as the data folder. docs/backup.md has the details.

Examples:
  porchlight backup --data ~/porch --to /mnt/backups/monday
  porchlight backup --data ~/porch --to - | zstd > monday.tar.zst
  porchlight backup verify /mnt/backups/monday)";

struct BackupOptions {
  std::filesystem::path data, to;
  bool without_keys = false;
};

// The image of a folder, made by its server or by this process; removed by the destructor unless complete() did it.
class Image {
 public:
  static std::expected<std::unique_ptr<Image>, std::string> make(const node::DataFolder& folder) {
    auto server = AdminClient::connect(folder, kAnswerWait);
    if (!server) return std::unexpected(server.error());
    auto image = std::make_unique<Image>(folder, *std::move(server));
    auto made = image->begin();
    if (!made) return std::unexpected(made.error());
    return image;
  }
  Image(const node::DataFolder& folder, std::unique_ptr<AdminClient> server)
      : folder_(folder), server_(std::move(server)) {}
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() {
    if (is_there_) (void)end(false);
  }

  const std::filesystem::path& path() const { return path_; }
  Time time() const { return time_; }
  // Removes the image, and records that the backup is complete.
  CommandStatus complete() { return end(true); }

 private:
  CommandStatus begin() {
    path_ = folder_.image();
    time_ = SystemClock().wall();
    auto made = server_ ? begin_in_server() : node::make_image_of_closed(folder_);
    is_there_ = made.has_value();
    return made;
  }

  CommandStatus begin_in_server() {
    const auto answer = server_->run(admin_command("backup.begin", [](JsonObject&) {}));
    if (!answer) return std::unexpected(answer.error());
    JsonReader reader;
    const auto root = reader.parse(*answer);
    std::string_view path;
    std::int64_t time_ms = 0;
    if (!root || (*root)["folder"].get_string().get(path) || (*root)["time_ms"].get_int64().get(time_ms))
      return std::unexpected("the server's answer is not the image of a data folder");
    path_ = path;
    time_ = Time(Duration(time_ms));
    return {};
  }

  CommandStatus end(bool is_complete) {
    is_there_ = false;
    if (!server_) {
      node::remove_image(folder_);
      return is_complete ? node::record_backup(folder_, time_) : CommandStatus();
    }
    const auto answer = server_->run(admin_command("backup.end", [&](JsonObject& out) {
      if (is_complete) out.number("time_ms", time_.time_since_epoch().count());
    }));
    if (!answer) return std::unexpected(answer.error());
    return {};
  }

  const node::DataFolder folder_;
  const std::unique_ptr<AdminClient> server_;  // null if no server runs
  std::filesystem::path path_;
  Time time_{};
  bool is_there_ = false;
};

// The nice value of what the server does in the background, and the lowest priority of the best-effort class of the
// disk (ioprio_set(2)). With nice 19, other programs of a busy machine would hold a backup up for minutes.
void lower_priority() {
  constexpr int kOwnProcess = 1, kBestEffort = 2, kClassShift = 13, kLowest = 7;
  (void)::setpriority(PRIO_PROCESS, 0, 10);
  (void)::syscall(SYS_ioprio_set, kOwnProcess, 0, kBestEffort << kClassShift | kLowest);
}

std::expected<std::unique_ptr<backup::BackupTarget>, std::string> open_target(
    const std::filesystem::path& to) {
  if (to != "-") return backup::FolderTarget::create(to);
  if (::isatty(STDOUT_FILENO) == 1)
    return std::unexpected("stdout is a terminal; send the archive to a file or a pipe");
  return std::make_unique<backup::TarTarget>(STDOUT_FILENO);
}

CommandStatus make_backup(const BackupOptions& options) {
  const auto folder = node::DataFolder::open(options.data);
  if (!folder) return std::unexpected(folder.error());
  const auto lock = node::BackupLock::take(*folder);
  if (!lock) return std::unexpected(lock.error());
  catch_stop_signals();
  lower_priority();
  const auto target = open_target(options.to);
  if (!target) return std::unexpected(target.error());
  const auto image = Image::make(*folder);
  if (!image) return std::unexpected(image.error());
  CopyProgress progress(backup::bytes_of((*image)->path()));
  const auto manifest =
      server::copy_image({.path = (*image)->path(),
                          .version = PORCHLIGHT_VERSION,
                          .time = (*image)->time(),
                          .with_keys = !options.without_keys},
                         **target, [&](std::uint64_t bytes) { return progress.add(bytes); });
  if (!manifest) return std::unexpected("the backup is not complete: " + manifest.error());
  fmt::print(options.to == "-" ? stderr : stdout, "backed up {} files, {}\n", manifest->files.size(),
             megabytes(progress.copied()));
  if (const auto recorded = (*image)->complete(); !recorded)
    return std::unexpected("the backup is complete, but its time is not recorded: " + recorded.error());
  return {};
}

CommandStatus verify(const std::filesystem::path& path) {
  const auto source = open_backup(path);
  if (!source) return std::unexpected(source.error());
  catch_stop_signals();
  CopyProgress progress(0);
  const auto manifest =
      backup::read_backup(**source, nullptr, [&](std::uint64_t bytes) { return progress.add(bytes); });
  if (!manifest) return std::unexpected(name_of(path) + ": " + manifest.error());
  print_backup(*manifest, progress.copied());
  return {};
}

}  // namespace

void add_backup(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<BackupOptions>();
  CLI::App* command = root.add_subcommand("backup", "Copy a data folder, also while its server runs");
  command->add_option("--data", options->data, "The data folder of the server")->type_name("DIR");
  command->add_option("--to", options->to, "A new folder, or - for a tar archive on stdout")
      ->type_name("DIR");
  command->add_flag("--without-keys", options->without_keys,
                    "Leave out the keys that sign tokens and the TLS keys");
  command->footer(kBackupExamples);

  const auto path = std::make_shared<std::filesystem::path>();
  CLI::App* check = command->add_subcommand("verify", "Check a backup against its manifest");
  check->add_option("path", *path, "The folder or tar archive; - for an archive on stdin")
      ->required()
      ->type_name("PATH");
  check->footer("\nExamples:\n  porchlight backup verify /mnt/backups/monday");
  check->callback([path, &selected] { selected = [path] { return verify(*path); }; });

  // Runs after that of a subcommand.
  command->callback([options, command, &selected] {
    if (!command->get_subcommands().empty()) return;
    if (options->data.empty()) throw CLI::RequiredError("--data");
    if (options->to.empty()) throw CLI::RequiredError("--to");
    selected = [options] { return make_backup(*options); };
  });
}

}  // namespace porchlight::cli
