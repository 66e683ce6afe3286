#include "authority/rocks_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace porchlight::authority {
namespace {

constexpr std::string_view kStoreFormatKey = "format", kStoreFormat = "authority 1";

// Small buffers: what is kept here is little.
rocksdb::Options store_options() {
  rocksdb::Options rocks;
  rocks.create_if_missing = true;
  rocks.paranoid_checks = true;
  rocks.write_buffer_size = 1024 * 1024;
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

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

Result<void> outcome(const rocksdb::Status& status) {
  if (!status.ok()) return refuse(Fault::kUnavailable);
  return {};
}

}  // namespace

std::expected<std::unique_ptr<RocksStore>, std::string> RocksStore::open(
    const std::filesystem::path& folder) {
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(store_options(), folder.string(), &raw);
  if (!status.ok()) return std::unexpected(fmt::format("{}: {}", folder.string(), status.ToString()));
  std::unique_ptr<RocksStore> store(new RocksStore(std::unique_ptr<rocksdb::DB>(raw)));
  const auto format = store->get(kStoreFormatKey);
  if (!format || (*format && **format != kStoreFormat))
    return std::unexpected(fmt::format("{}: its format is unknown here", folder.string()));
  if (!*format && !store->put(kStoreFormatKey, kStoreFormat))
    return std::unexpected(fmt::format("{}: cannot be written", folder.string()));
  return store;
}

Result<std::optional<std::string>> RocksStore::get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get({}, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return refuse(Fault::kUnavailable);
  return value;
}

Result<void> RocksStore::put(std::string_view key, std::string_view value) {
  return outcome(db_->Put(synced(), slice(key), slice(value)));
}

Result<void> RocksStore::remove(std::string_view key) { return outcome(db_->Delete(synced(), slice(key))); }

Result<void> RocksStore::each(std::string_view prefix,
                              const std::function<void(std::string_view, std::string_view)>& look) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next())
    look(at->key().ToStringView(), at->value().ToStringView());
  return outcome(at->status());
}

Result<std::optional<std::pair<std::string, std::string>>> RocksStore::next(std::string_view prefix,
                                                                            std::string_view after) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  at->Seek(slice(std::max(prefix, after)));
  if (at->Valid() && at->key() == slice(after)) at->Next();
  if (!at->status().ok()) return refuse(Fault::kUnavailable);
  if (!at->Valid() || !at->key().starts_with(slice(prefix))) return std::nullopt;
  return std::pair(at->key().ToString(), at->value().ToString());
}

}  // namespace porchlight::authority
