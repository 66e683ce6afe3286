// Options of RocksDB, and recovery after a failed write.
#include "storage/small_database.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <algorithm>

namespace porchlight::storage {
namespace {

constexpr std::string_view kFormatKey = "format";
// Free space that writes leave, the same as for the log; on a small disk a sixteenth of it. The log and open files can
// then still finish what they have begun.
constexpr std::uint64_t kReserveBytes = 16 * 1024 * 1024;
// Writes must succeed within a second after space is available.
constexpr auto kRetryEvery = std::chrono::milliseconds(300);

std::uint64_t reserve_on(const std::filesystem::path& folder) {
  struct statvfs disk;
  if (::statvfs(folder.c_str(), &disk) != 0) return kReserveBytes;
  return std::min<std::uint64_t>(kReserveBytes, disk.f_blocks * disk.f_frsize / 16);
}

rocksdb::Options rocks_options(const SmallDatabaseOptions& options) {
  rocksdb::Options rocks;
  if (options.env) rocks.env = options.env;
  rocks.create_if_missing = true;
  rocks.paranoid_checks = true;
  rocks.write_buffer_size = options.memory_bytes;
  rocks.max_open_files = 64;
  rocks.manifest_preallocation_size = 64 * 1024;
  rocks.info_log_level = rocksdb::WARN_LEVEL;
  rocks.keep_log_file_num = 2;
  rocks.max_log_file_size = 1024 * 1024;
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  // No automatic recovery: recover() decides when a failure is over.
  rocks.max_bgerror_resume_count = 0;
  // A torn last write was never acknowledged. Any other damage makes the open fail.
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return rocks;
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

SmallDatabase::SmallDatabase(const SmallDatabaseOptions& options)
    : options_(options), reserve_bytes_(reserve_on(options.folder.parent_path())) {}

std::expected<std::unique_ptr<SmallDatabase>, std::string> SmallDatabase::open(
    const SmallDatabaseOptions& options) {
  std::unique_ptr<SmallDatabase> made(new SmallDatabase(options));
  const std::string folder = options.folder.string();
  {
    const MutexLock lock(made->mutex_);
    if (const rocksdb::Status status = made->open_rocks(); !status.ok())
      return std::unexpected(fmt::format("{}: {}", folder, status.ToString()));
  }
  const auto format = made->get(kFormatKey);
  if (!format || (*format && **format != options.format))
    return std::unexpected(fmt::format("{}: its format is unknown here", folder));
  if (*format) return made;
  rocksdb::WriteBatch first;
  first.Put(slice(kFormatKey), slice(options.format));
  if (!made->write(std::move(first), SyncMode::kYes))
    return std::unexpected(fmt::format("{}: cannot be written", folder));
  return made;
}

rocksdb::Status SmallDatabase::open_rocks() {
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(rocks_options(options_), options_.folder.string(), &raw);
  database_.reset(raw);
  return status;
}

// Opens for reads alone, which needs no space on the disk. Leaves no database open on failure.
void SmallDatabase::open_to_read() {
  rocksdb::DB* raw = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(rocks_options(options_), options_.folder.string(), &raw).ok()) return;
  database_.reset(raw);
}

std::shared_ptr<rocksdb::DB> SmallDatabase::opened() const {
  const MutexLock lock(mutex_);
  return database_;
}

bool SmallDatabase::has_room() const {
  std::uint64_t free = 0;
  rocksdb::Env* const env = options_.env ? options_.env : rocksdb::Env::Default();
  return !env->GetFreeSpace(options_.folder.string(), &free).ok() || free >= reserve_bytes_;
}

// Reopens the database after a failed write. Returns false if it is still not writable.
//
// RocksDB locks its folder, so the old handle must be closed first. Readers share the handle by shared_ptr: while one
// of them holds it, use_count() is above one and the reopening is left to a later write, at most every kRetryEvery.
// Until it succeeds, a read-only handle serves the reads.
bool SmallDatabase::recover() {
  const MutexLock lock(mutex_);
  if (!is_broken_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_try_ || database_.use_count() > 1) return false;
  next_try_ = now + kRetryEvery;
  database_.reset();
  is_broken_ = !open_rocks().ok();
  if (is_broken_) open_to_read();
  return !is_broken_;
}

StorageResult<void> SmallDatabase::write(rocksdb::WriteBatch batch, SyncMode sync) {
  if (!has_room()) {
    log_state(false, "the disk has no room");
    return std::unexpected(StorageFault{});
  }
  if (is_broken_ && !recover()) return std::unexpected(StorageFault{});
  const auto database = opened();
  if (!database) return std::unexpected(StorageFault{});
  rocksdb::WriteOptions options;
  options.sync = sync == SyncMode::kYes;
  const rocksdb::Status status = database->Write(options, &batch);
  log_state(status.ok(), status.ToString());
  if (status.ok()) return {};
  is_broken_ = true;
  return std::unexpected(StorageFault{});
}

// Logs a change between accepting and refusing writes, once per change.
void SmallDatabase::log_state(bool takes_writes, std::string_view why) {
  if (takes_writes_.exchange(takes_writes) == takes_writes) return;
  if (takes_writes)
    spdlog::info("{}: writes succeed again", options_.folder.string());
  else
    spdlog::error("{}: writes are refused: {}", options_.folder.string(), why);
}

StorageResult<std::optional<std::string>> SmallDatabase::get(std::string_view key) const {
  const auto database = opened();
  if (!database) return std::unexpected(StorageFault{});
  std::string value;
  const rocksdb::Status status = database->Get({}, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return std::unexpected(StorageFault{});
  return value;
}

SmallDatabase::PrefixIterator::PrefixIterator(const SmallDatabase& database, std::string_view prefix,
                                              std::string_view after)
    : database_(database.opened()), prefix_(prefix) {
  if (!database_) return;
  at_.reset(database_->NewIterator({}));
  at_->Seek(slice(std::max(prefix, after)));
  if (!after.empty() && at_->Valid() && at_->key() == slice(after)) at_->Next();
}

bool SmallDatabase::PrefixIterator::valid() const {
  return at_ && at_->Valid() && at_->key().starts_with(prefix_);
}

StorageResult<void> SmallDatabase::PrefixIterator::status() const {
  if (!at_ || !at_->status().ok()) return std::unexpected(StorageFault{});
  return {};
}

}  // namespace porchlight::storage
