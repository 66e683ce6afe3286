#include "authority/rocks_store.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kStoreFormat = "authority 1";
// What is kept here is little.
constexpr std::size_t kStoreMemoryBytes = 1024 * 1024;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

OAuthResult<void> outcome(std::expected<void, storage::StorageFault> done) {
  if (!done) return refuse(OAuthFault::kUnavailable);
  return {};
}

}  // namespace

std::expected<std::unique_ptr<RocksAuthorityStore>, std::string> RocksAuthorityStore::open(
    const std::filesystem::path& folder) {
  auto database = storage::SmallDatabase::open({folder, kStoreFormat, kStoreMemoryBytes});
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<RocksAuthorityStore>(new RocksAuthorityStore(*std::move(database)));
}

OAuthResult<std::optional<std::string>> RocksAuthorityStore::get(std::string_view key) const {
  auto found = database_->get(key);
  if (!found) return refuse(OAuthFault::kUnavailable);
  return *std::move(found);
}

OAuthResult<void> RocksAuthorityStore::put(std::string_view key, std::string_view value) {
  rocksdb::WriteBatch batch;
  batch.Put(slice(key), slice(value));
  return outcome(database_->write(std::move(batch), storage::SyncMode::kYes));
}

OAuthResult<void> RocksAuthorityStore::remove(std::string_view key) {
  rocksdb::WriteBatch batch;
  batch.Delete(slice(key));
  return outcome(database_->write(std::move(batch), storage::SyncMode::kYes));
}

OAuthResult<void> RocksAuthorityStore::for_each(
    std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& look) const {
  storage::SmallDatabase::PrefixIterator at(*database_, prefix);
  for (; at.valid(); at.next()) look(at.key(), at.value());
  return outcome(at.status());
}

OAuthResult<std::optional<std::pair<std::string, std::string>>> RocksAuthorityStore::next(
    std::string_view prefix, std::string_view after) const {
  storage::SmallDatabase::PrefixIterator at(*database_, prefix, after);
  if (!at.status()) return refuse(OAuthFault::kUnavailable);
  if (!at.valid()) return std::nullopt;
  return std::pair(std::string(at.key()), std::string(at.value()));
}

}  // namespace porchlight::authority
