#include "scim/rocks_store.h"

#include <fmt/format.h>

namespace porchlight::scim {
namespace {

constexpr std::string_view kFormatKey = "format", kFormat = "scim 1";

rocksdb::Options store_options() {
  rocksdb::Options rocks;
  rocks.create_if_missing = true;
  rocks.paranoid_checks = true;
  rocks.write_buffer_size = 4 * 1024 * 1024;
  rocks.max_open_files = 64;
  rocks.manifest_preallocation_size = 64 * 1024;
  rocks.info_log_level = rocksdb::WARN_LEVEL;
  rocks.keep_log_file_num = 2;
  rocks.max_log_file_size = 1024 * 1024;
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  // A torn last write was never acknowledged; anything else that is not as it was written stops the start.
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return rocks;
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::expected<std::unique_ptr<RocksStore>, std::string> RocksStore::open(
    const std::filesystem::path& folder) {
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(store_options(), folder.string(), &raw);
  if (!status.ok()) return std::unexpected(fmt::format("{}: {}", folder.string(), status.ToString()));
  std::unique_ptr<RocksStore> store(new RocksStore(std::unique_ptr<rocksdb::DB>(raw)));
  const auto format = store->get(kFormatKey);
  if (!format || (*format && **format != kFormat))
    return std::unexpected(fmt::format("{}: its format is unknown here", folder.string()));
  if (!*format && !store->write({{std::string(kFormatKey), std::string(kFormat)}}, Sync::kNow))
    return std::unexpected(fmt::format("{}: cannot be written", folder.string()));
  return store;
}

Result<std::optional<std::string>> RocksStore::get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get({}, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return unavailable();
  return value;
}

Result<void> RocksStore::write(const Puts& puts, Sync sync) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : puts) {
    const rocksdb::Status taken = value ? batch.Put(key, *value) : batch.Delete(key);
    if (!taken.ok()) return unavailable();
  }
  rocksdb::WriteOptions options;
  options.sync = sync == Sync::kNow;
  if (!db_->Write(options, &batch).ok()) return unavailable();
  return {};
}

Result<void> RocksStore::each(std::string_view prefix,
                              const std::function<bool(std::string_view, std::string_view)>& look) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next())
    if (!look(at->key().ToStringView(), at->value().ToStringView())) break;
  if (!at->status().ok()) return unavailable();
  return {};
}

}  // namespace porchlight::scim
