#include "server/backup_keeper.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <utility>

#include "backup/manifest.h"
#include "backup/target.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/time_text.h"
#include "node/data_image.h"

namespace porchlight::server {
namespace {

namespace fs = std::filesystem;

// The name of a backup that begins at `time`, such as "2030-01-07T090000": as porchlight-backup.service has it.
std::string name_of(Time time) {
  std::string name;
  append_date_time_seconds(name, time);
  std::erase(name, ':');
  return name;
}

// Whether `inner` is `outer` or lies in it.
bool lies_in(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Returns nullopt if the folder has no manifest, or the file is not one.
std::optional<backup::Manifest> read_manifest(const fs::path& folder) {
  const fs::path file = folder / backup::kManifestName;
  std::error_code error;
  if (const auto bytes = fs::file_size(file, error); error || bytes > backup::kManifestBytesMax)
    return std::nullopt;
  std::ostringstream text;
  if (!(text << std::ifstream(file).rdbuf())) return std::nullopt;
  auto manifest = backup::parse_manifest(text.view());
  return manifest ? std::optional(*std::move(manifest)) : std::nullopt;
}

}  // namespace

BackupKeeper::BackupKeeper(node::Node& node, fs::path folder, std::string version)
    : node_(node), folder_(std::move(folder)), version_(std::move(version)) {}

// Not in the data folder: who loses that would lose the backups as well.
admin::Checked<fs::path> BackupKeeper::usable_folder() const {
  if (folder_.empty()) return std::unexpected("the setting backup.folder names no folder");
  std::error_code error;
  const fs::path real = fs::canonical(folder_, error);
  if (error) return std::unexpected(folder_.string() + ": " + error.message());
  if (!fs::is_directory(real, error)) return std::unexpected(folder_.string() + ": is no folder");
  const fs::path data = fs::canonical(node_.folder().root(), error);
  if (error || lies_in(real, data)) return std::unexpected("backup.folder must not be in the data folder");
  return folder_;
}

admin::Checked<std::string> BackupKeeper::start() {
  const auto folder = usable_folder();
  if (!folder) return std::unexpected(folder.error());
  auto lock = node::BackupLock::take(node_.folder());
  if (!lock) return std::unexpected(admin::AdminError(lock.error(), admin::AdminFault::kThrottled));
  ImageToCopy image{.path = node_.folder().image(), .version = version_, .time = SystemClock().wall()};
  std::string name = name_of(image.time);
  auto target = backup::FolderTarget::create(*folder / name);
  if (!target) return std::unexpected(target.error());
  if (const auto made = node_.make_image(); !made) return std::unexpected(made.error());
  copied_ = 0;
  {
    const MutexLock guard(mutex_);
    last_ = {.name = name, .started = image.time, .total_bytes = backup::bytes_of(image.path)};
  }
  worker_.run([this, image, lock = *std::move(lock), target = *std::move(target)](TaskStatus status) mutable {
    auto result =
        status == TaskStatus::kRun ? copy(image, *target) : std::unexpected("the server is stopping");
    node::remove_image(node_.folder());
    target.reset();
    { const node::BackupLock released = std::move(lock); }
    end_run(std::move(result));
  });
  return name;
}

std::expected<void, std::string> BackupKeeper::copy(const ImageToCopy& image, backup::BackupTarget& target) {
  const auto copied = copy_image(image, target, [this](std::uint64_t bytes) {
    copied_ += bytes;
    return !worker_.stop_token().stop_requested();
  });
  if (!copied) return std::unexpected(copied.error());
  return node::record_backup(node_.folder(), image.time);
}

void BackupKeeper::end_run(std::expected<void, std::string> result) {
  const MutexLock lock(mutex_);
  last_->ended = SystemClock().wall();
  if (result) return log_info("a backup is complete", {{"name", last_->name}});
  last_->fault = std::move(result.error());
  log_error("a backup failed: " + last_->fault, {{"name", last_->name}});
}

std::optional<BackupKeeper::Run> BackupKeeper::last_run() const {
  const MutexLock lock(mutex_);
  std::optional<Run> run = last_;
  if (run) run->copied_bytes = copied_;
  return run;
}

std::vector<BackupKeeper::ListedBackup> BackupKeeper::list() const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  std::ranges::sort(names, std::greater());
  std::vector<ListedBackup> backups;
  for (const std::string& name : names) {
    if (backups.size() == kBackupsListed) break;
    if (name.ends_with(".partial")) continue;
    const auto manifest = read_manifest(folder_ / name);
    if (!manifest) continue;
    ListedBackup& listed = backups.emplace_back(name, manifest->time, 0, manifest->has_keys);
    for (const backup::ManifestFile& file : manifest->files) listed.bytes += file.bytes;
  }
  return backups;
}

}  // namespace porchlight::server
