#include "storage/last_write.h"

#include <rocksdb/db.h>

#include <memory>

#include "storage/rocks_options.h"

namespace porchlight::storage {

// A torn write at the end of the write-ahead file does not count.
std::expected<std::uint64_t, std::string> last_write(const std::filesystem::path& folder) {
  std::error_code ignored;  // opening says why it cannot be read
  if (!std::filesystem::exists(folder / "CURRENT", ignored)) return 0;
  rocksdb::Options rocks = rocks_options(folder.string(), nullptr);
  rocks.create_if_missing = false;
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(rocks, folder.string(), &raw);
  const std::unique_ptr<rocksdb::DB> database(raw);
  if (!status.ok()) return std::unexpected(folder.string() + ": cannot be read: " + status.ToString());
  return database->GetLatestSequenceNumber();
}

}  // namespace porchlight::storage
