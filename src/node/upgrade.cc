// The order of the steps makes every interruption harmless: the image is complete before the first conversion, and the
// file `format` changes after the last. As long as it names the format before, the image is the folder.
#include "node/upgrade.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/durable_file.h"
#include "node/data_image.h"
#include "node/place.h"
#include "node/stores.h"
#include "storage/database_copy.h"
#include "storage/last_write.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;

using UpgradeResult = std::expected<void, std::string>;

// The file in the image with the number of the last write of each database after the conversion.
fs::path writes_file(const DataFolder& folder) { return folder.before_upgrade() / "writes"; }

// All that was written to the file system of the folder is durable afterwards.
UpgradeResult sync_all(const DataFolder& folder) {
  const int fd = ::open(folder.root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int failed = fd < 0 || ::syncfs(fd) != 0 ? errno : 0;
  if (fd >= 0) ::close(fd);
  if (failed != 0) return path_fault(folder.root(), std::strerror(failed));
  return {};
}

UpgradeResult move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return path_fault(from, "cannot be moved: " + error.message());
  return {};
}

// The numbers of the last writes as text. The history is left out: it is derived from the log, and a start may index.
std::expected<std::string, std::string> last_writes(const DataFolder& folder) {
  std::ostringstream text;
  for (const Store& store : all_stores()) {
    if (store.kind != StoreKind::kDatabase || folder.root() / store.name == folder.history()) continue;
    const auto number = storage::last_write(folder.root() / store.name);
    if (!number) return std::unexpected(number.error());
    text << store.name << ' ' << *number << '\n';
  }
  return text.str();
}

// Writes the file `format` without making a copy of the folder, which is recognised by that file.
UpgradeResult set_format(const DataFolder& folder, int number) {
  const auto copied = is_copy(folder);
  if (!copied) return std::unexpected(copied.error());
  const auto written = replace_file(folder.format(), 0600, format_line(number) + "\n");
  if (!written) return path_fault(folder.format(), text_of(written.error()));
  return *copied ? UpgradeResult() : adopt(folder);
}

// Puts the stores of the image in the place of the present ones. What is moved already is not in the image any more, so
// this may be repeated after an interruption.
UpgradeResult put_back(const DataFolder& folder) {
  for (const Store& store : all_stores()) {
    const fs::path kept = folder.before_upgrade() / store.name, present = folder.root() / store.name;
    std::error_code error;
    if (store.care == StoreCare::kLeftOut || present == folder.format() || !fs::exists(kept, error)) continue;
    fs::remove_all(present, error);
    if (error) return path_fault(present, "cannot be removed: " + error.message());
    if (auto moved = move(kept, present); !moved) return moved;
  }
  return sync_all(folder);
}

UpgradeResult remove_kept(const DataFolder& folder) {
  std::error_code error;
  fs::remove_all(folder.before_upgrade(), error);
  if (error) return path_fault(folder.before_upgrade(), "cannot be removed: " + error.message());
  return {};
}

// Makes the image that undo needs.
UpgradeResult keep(const DataFolder& folder) {
  if (auto made = make_image_of_locked(folder); !made) return made;
  if (auto moved = move(folder.image(), folder.before_upgrade()); !moved) return moved;
  return sync_all(folder);
}

UpgradeResult record_writes(const DataFolder& folder) {
  const auto writes = last_writes(folder);
  if (!writes) return std::unexpected(writes.error());
  const auto written = replace_file(writes_file(folder), 0600, *writes);
  if (!written) return path_fault(writes_file(folder), text_of(written.error()));
  return sync_all(folder);
}

}  // namespace

Upgrade this_release() { return {kDataFormats, nullptr}; }

std::expected<void, std::string> upgrade(const fs::path& root, const Upgrade& release) {
  const auto found = DataFolder::find(root, release.formats);
  if (!found) return std::unexpected(found.error());
  const auto& [folder, number] = *found;
  if (number == release.formats.current) return path_fault(root, "is of the present format already");
  const auto lock = storage::DatabaseLock::take(folder.log());
  if (!lock) return std::unexpected(lock.error());
  std::error_code error;
  if (fs::exists(folder.before_upgrade(), error)) {  // an earlier conversion was interrupted
    if (auto back = put_back(folder); !back) return back;
    if (auto removed = remove_kept(folder); !removed) return removed;
  }
  if (auto kept = keep(folder); !kept) return kept;
  auto converted = release.convert(folder);
  if (converted) converted = record_writes(folder);
  if (converted) return set_format(folder, release.formats.current);
  if (auto back = put_back(folder); !back) return back;
  if (auto removed = remove_kept(folder); !removed) return removed;
  return converted;
}

std::expected<void, std::string> undo_upgrade(const fs::path& root, const Upgrade& release) {
  const auto found = DataFolder::find(root, release.formats);
  if (!found) return std::unexpected(found.error());
  const auto& [folder, number] = *found;
  std::error_code error;
  if (!fs::exists(folder.before_upgrade(), error)) return path_fault(root, "there is no upgrade to undo");
  const auto lock = storage::DatabaseLock::take(folder.log());
  if (!lock) return std::unexpected(lock.error());
  if (number == release.formats.current) {
    std::ifstream in(writes_file(folder));
    const std::string then{std::istreambuf_iterator<char>(in), {}};
    const auto now = last_writes(folder);
    if (!now) return std::unexpected(now.error());
    if (*now != then)
      return path_fault(
          root, "was written to after the upgrade, which therefore cannot be undone; restore a backup");
    if (auto set = set_format(folder, release.formats.oldest); !set) return set;
  }
  if (auto back = put_back(folder); !back) return back;
  return remove_kept(folder);
}

}  // namespace porchlight::node
