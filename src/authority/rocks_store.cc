#include "authority/rocks_store.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kStoreFormat = "authority 1";
// What is kept here is little.
constexpr std::size_t kStoreMemoryBytes = 1024 * 1024;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

Result<void> outcome(std::expected<void, disk::DiskFault> done) {
  if (!done) return refuse(Fault::kUnavailable);
  return {};
}

}  // namespace

std::expected<std::unique_ptr<RocksStore>, std::string> RocksStore::open(
    const std::filesystem::path& folder) {
  auto database = disk::SmallDatabase::open({folder, kStoreFormat, kStoreMemoryBytes});
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<RocksStore>(new RocksStore(*std::move(database)));
}

Result<std::optional<std::string>> RocksStore::get(std::string_view key) const {
  auto found = database_->get(key);
  if (!found) return refuse(Fault::kUnavailable);
  return *std::move(found);
}

Result<void> RocksStore::put(std::string_view key, std::string_view value) {
  rocksdb::WriteBatch batch;
  batch.Put(slice(key), slice(value));
  return outcome(database_->write(std::move(batch), disk::Sync::kYes));
}

Result<void> RocksStore::remove(std::string_view key) {
  rocksdb::WriteBatch batch;
  batch.Delete(slice(key));
  return outcome(database_->write(std::move(batch), disk::Sync::kYes));
}

Result<void> RocksStore::each(std::string_view prefix,
                              const std::function<void(std::string_view, std::string_view)>& look) const {
  disk::SmallDatabase::Walk at(*database_, prefix);
  for (; at.valid(); at.next()) look(at.key(), at.value());
  return outcome(at.outcome());
}

Result<std::optional<std::pair<std::string, std::string>>> RocksStore::next(std::string_view prefix,
                                                                            std::string_view after) const {
  disk::SmallDatabase::Walk at(*database_, prefix, after);
  if (!at.outcome()) return refuse(Fault::kUnavailable);
  if (!at.valid()) return std::nullopt;
  return std::pair(std::string(at.key()), std::string(at.value()));
}

}  // namespace porchlight::authority
