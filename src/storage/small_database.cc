// Options of the database, and recovery after a failed write.
#include "storage/small_database.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "storage/folder.h"
#include "storage/rocks_options.h"
#include "storage/rocks_usage.h"

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

rocksdb::Options small_options(const SmallDatabaseOptions& options) {
  rocksdb::Options rocks = rocks_options(options.folder.string(), options.env);
  rocks.write_buffer_size = options.memory_bytes;
  rocks.max_open_files = 64;
  // A torn last write was never acknowledged. Any other damage makes the open fail.
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return rocks;
}

// False if the folder has no database but could have one: it is empty or missing. Anything else in its place, or a
// database that cannot be examined, is left for the opening to report.
bool has_database(const std::filesystem::path& folder) {
  using std::filesystem::file_type;
  std::error_code unknown;
  const auto type_of = [&](const std::filesystem::path& path) {
    return std::filesystem::status(path, unknown).type();
  };
  const file_type type = type_of(folder);
  if (type == file_type::not_found) return type_of(folder.parent_path()) != file_type::directory;
  return type != file_type::directory || type_of(folder / "CURRENT") != file_type::not_found;
}

// A database, and what makes its use known as long as it is open.
struct CountedDatabase {
  explicit CountedDatabase(rocksdb::DB* opened) : database(opened), usage(*database) {}
  const std::unique_ptr<rocksdb::DB> database;
  const RocksUsageSource usage;
};

// Takes over an open database; null stays null.
std::shared_ptr<rocksdb::DB> take_over(rocksdb::DB* opened) {
  if (opened == nullptr) return nullptr;
  const auto counted = std::make_shared<const CountedDatabase>(opened);
  return {counted, counted->database.get()};
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

SmallDatabase::SmallDatabase(const SmallDatabaseOptions& options)
    : options_(options), reserve_bytes_(reserve_on(options.folder.parent_path())) {}

std::expected<std::unique_ptr<SmallDatabase>, std::string> SmallDatabase::open(
    const SmallDatabaseOptions& options) {
  std::unique_ptr<SmallDatabase> made(new SmallDatabase(options));
  const std::string folder = options.folder.string();
  rocksdb::Status status;
  {
    const MutexLock lock(made->mutex_);
    status = made->open_rocks();
    if (status.ok()) return made;
    // If it cannot be read either, the first error says why.
    if (!is_disk_fault(status) || !made->open_to_read().ok())
      return std::unexpected(fmt::format("{}: {}", folder, status.ToString()));
    made->is_broken_ = true;
  }
  made->log_state(false, status.ToString());
  return made;
}

rocksdb::Status SmallDatabase::open_rocks() const {
  if (rocksdb::Status made = ensure_folder(env(), options_.folder.string()); !made.ok()) return made;
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(small_options(options_), options_.folder.string(), &raw);
  std::shared_ptr<rocksdb::DB> database = take_over(raw);
  if (status.ok()) status = check_format(*database, true);
  if (!status.ok()) return status;
  database_ = std::move(database);
  is_absent_ = false;
  return status;
}

// Opens for reads alone, which changes nothing on the disk. Leaves no database open on failure, nor if it does not
// exist.
rocksdb::Status SmallDatabase::open_to_read() const {
  const std::string folder = options_.folder.string();
  is_absent_ = !has_database(options_.folder);
  if (is_absent_) return rocksdb::Status::OK();
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status = rocksdb::DB::OpenForReadOnly(small_options(options_), folder, &raw);
  std::shared_ptr<rocksdb::DB> database = take_over(raw);
  if (status.ok()) status = check_format(*database, false);
  if (status.ok()) database_ = std::move(database);
  return status;
}

// A database without a format is new: its first write may have failed.
rocksdb::Status SmallDatabase::check_format(rocksdb::DB& database, bool may_write) const {
  std::string found;
  rocksdb::Status status = database.Get({}, slice(kFormatKey), &found);
  if (status.ok() && found != options_.format)
    return rocksdb::Status::InvalidArgument("its format is unknown here");
  if (!status.IsNotFound()) return status;
  if (!may_write) return rocksdb::Status::OK();
  rocksdb::WriteOptions durable;
  durable.sync = true;
  return database.Put(durable, slice(kFormatKey), slice(options_.format));
}

rocksdb::Env& SmallDatabase::env() const { return options_.env ? *options_.env : *rocksdb::Env::Default(); }

std::shared_ptr<rocksdb::DB> SmallDatabase::opened() const {
  const MutexLock lock(mutex_);
  return database_;
}

// The database for reads. If it could not even be opened for them, tries again.
std::shared_ptr<rocksdb::DB> SmallDatabase::opened_to_read() const {
  auto database = opened();
  if (database || is_absent_) return database;
  recover();
  return opened();
}

bool SmallDatabase::has_room() const {
  std::uint64_t free = 0;
  return !env().GetFreeSpace(options_.folder.string(), &free).ok() || free >= reserve_bytes_;
}

// Reopens the database after a failed write. Returns false if it is still not writable.
//
// RocksDB locks its folder, so the old handle must be closed first. Readers share the handle by shared_ptr: while one
// of them holds it, use_count() is above one and the reopening is left to a later call, at most every kRetryEvery.
// Until it succeeds, the old handle or a read-only one serves the reads.
bool SmallDatabase::recover() const {
  const MutexLock lock(mutex_);
  if (!is_broken_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_try_ || database_.use_count() > 1) return false;
  next_try_ = now + kRetryEvery;
  const std::string folder = options_.folder.string();
  // The probe needs the folder, which a database that does not exist may lack.
  if (is_absent_ || probe_writes(env(), folder).ok()) {
    database_.reset();
    is_broken_ = !open_rocks().ok();
  }
  if (!database_) open_to_read().PermitUncheckedError();
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
  const auto database = opened_to_read();
  if (!database && is_absent_) return std::nullopt;
  if (!database) return std::unexpected(StorageFault{});
  std::string value;
  const rocksdb::Status status = database->Get({}, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return std::unexpected(StorageFault{});
  return value;
}

CopyResult SmallDatabase::copy_to(const std::filesystem::path& to) const {
  const auto database = opened_to_read();
  if (!database && is_absent_) return {};
  if (!database) return std::unexpected(options_.folder.string() + ": cannot be opened");
  return copy_open_database(*database, to);
}

SmallDatabase::PrefixIterator::PrefixIterator(const SmallDatabase& database, std::string_view prefix,
                                              std::string_view after)
    : database_(database.opened_to_read()), prefix_(prefix), is_absent_(database.is_absent_) {
  if (!database_) return;
  at_.reset(database_->NewIterator({}));
  at_->Seek(slice(std::max(prefix, after)));
  if (!after.empty() && at_->Valid() && at_->key() == slice(after)) at_->Next();
}

bool SmallDatabase::PrefixIterator::valid() const {
  return at_ && at_->Valid() && at_->key().starts_with(prefix_);
}

StorageResult<void> SmallDatabase::PrefixIterator::status() const {
  if (at_ ? at_->status().ok() : is_absent_) return {};
  return std::unexpected(StorageFault{});
}

}  // namespace porchlight::storage
