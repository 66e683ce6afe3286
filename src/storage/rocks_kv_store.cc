// Forwards to SmallDatabase.
#include "storage/rocks_kv_store.h"

namespace porchlight::storage {

std::expected<std::unique_ptr<RocksKvStore>, std::string> RocksKvStore::open(
    const SmallDatabaseOptions& options) {
  auto database = SmallDatabase::open(options);
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<RocksKvStore>(new RocksKvStore(*std::move(database)));
}

StorageResult<std::optional<std::string>> RocksKvStore::get(std::string_view key) const {
  return database_->get(key);
}

StorageResult<void> RocksKvStore::write(const KvBatch& batch, SyncMode sync) {
  rocksdb::WriteBatch rows;
  for (const auto& [key, value] : batch) {
    const rocksdb::Status added = value ? rows.Put(key, *value) : rows.Delete(key);
    if (!added.ok()) return std::unexpected(StorageFault{});
  }
  return database_->write(std::move(rows), sync);
}

StorageResult<void> RocksKvStore::for_each(
    std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& visit) const {
  // The iterator reads from a snapshot, so `visit` may write. While it exists, a database whose last write failed is
  // not reopened (small_database.h).
  SmallDatabase::PrefixIterator at(*database_, prefix);
  for (; at.valid(); at.next())
    if (!visit(at.key(), at.value())) break;
  return at.status();
}

StorageResult<std::optional<KvRow>> RocksKvStore::next(std::string_view prefix,
                                                       std::string_view after) const {
  SmallDatabase::PrefixIterator at(*database_, prefix, after);
  if (auto status = at.status(); !status) return std::unexpected(status.error());
  if (!at.valid()) return std::nullopt;
  return KvRow{std::string(at.key()), std::string(at.value())};
}

std::expected<void, std::string> RocksKvStore::copy_to(const std::filesystem::path& to) const {
  return database_->copy_to(to);
}

}  // namespace porchlight::storage
