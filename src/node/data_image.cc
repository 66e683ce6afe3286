#include "node/data_image.h"

#include <fstream>

#include "base/durable_file.h"
#include "base/time_text.h"
#include "node/stores.h"
#include "storage/database_copy.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;

using storage::CopyResult;

// The content of `place` in a backup. It is that of no folder, so what is restored is a copy, which sends no
// notifications until it is adopted.
constexpr std::string_view kNoPlace = "a backup\n";

CopyResult copy_single(const fs::path& file, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(file, error) && !error) return {};
  fs::copy_file(file, to, error);
  if (error) return std::unexpected(file.string() + ": cannot be copied: " + error.message());
  return {};
}

CopyResult copy_store(const Store& store, const fs::path& from, const fs::path& to,
                      const OpenDatabases& databases) {
  switch (store.kind) {
    case StoreKind::kFile:
      return copy_single(from, to);
    case StoreKind::kFolder:
      return storage::copy_files(from, to);
    case StoreKind::kDatabase:
      return databases.copy(store.name, from, to);
  }
  return {};
}

CopyResult fill_image(const DataFolder& folder, const OpenDatabases& databases) {
  std::error_code error;
  fs::create_directory(folder.image(), error);
  if (error) return std::unexpected(folder.image().string() + ": cannot be created: " + error.message());
  fs::permissions(folder.image(), fs::perms::owner_all, error);
  for (const Store& store : all_stores()) {
    if (store.care == StoreCare::kLeftOut) continue;
    const auto copied = copy_store(store, folder.root() / store.name, folder.image() / store.name, databases);
    if (!copied) return copied;
  }
  std::ofstream place(folder.image() / folder.place().filename());
  if (!(place << kNoPlace) || !place.flush())
    return std::unexpected(folder.image().string() + ": cannot be written");
  return {};
}

}  // namespace

std::expected<void, std::string> make_image(const DataFolder& folder, const OpenDatabases& databases) {
  remove_image(folder);
  auto filled = fill_image(folder, databases);
  if (!filled) remove_image(folder);
  return filled;
}

// A server opens the log before anything else that it writes.
std::expected<void, std::string> make_image_of_closed(const DataFolder& folder) {
  const auto log_lock = storage::DatabaseLock::take(folder.log());
  if (!log_lock) return std::unexpected(log_lock.error());
  return make_image_of_locked(folder);
}

std::expected<void, std::string> make_image_of_locked(const DataFolder& folder) {
  OpenDatabases databases;
  databases.add("log", [&](const fs::path& to) { return storage::copy_files(folder.log(), to); });
  return make_image(folder, databases);
}

void remove_image(const DataFolder& folder) {
  std::error_code ignored;
  fs::remove_all(folder.image(), ignored);
}

std::expected<void, std::string> record_backup(const DataFolder& folder, Time time) {
  std::string text;
  append_date_time(text, time);
  if (const auto written = replace_file(folder.last_backup(), 0600, text + "\n"); !written)
    return std::unexpected(folder.last_backup().string() +
                           ": cannot be written: " + text_of(written.error()));
  return {};
}

std::optional<Time> last_backup(const DataFolder& folder) {
  std::ifstream in(folder.last_backup());
  std::string line;
  std::getline(in, line);
  return parse_date_time(line);
}

}  // namespace porchlight::node
