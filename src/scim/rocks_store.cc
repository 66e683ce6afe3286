#include "scim/rocks_store.h"

namespace porchlight::scim {
namespace {

constexpr std::string_view kFormat = "scim 1";
constexpr std::size_t kMemoryBytes = 4 * 1024 * 1024;

}  // namespace

std::expected<std::unique_ptr<RocksScimStore>, std::string> RocksScimStore::open(
    const std::filesystem::path& folder) {
  auto database = storage::SmallDatabase::open({folder, kFormat, kMemoryBytes});
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<RocksScimStore>(new RocksScimStore(*std::move(database)));
}

ScimResult<std::optional<std::string>> RocksScimStore::get(std::string_view key) const {
  auto found = database_->get(key);
  if (!found) return unavailable();
  return *std::move(found);
}

ScimResult<void> RocksScimStore::write(const StoreMutations& mutations, Durability sync) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : mutations) {
    const rocksdb::Status taken = value ? batch.Put(key, *value) : batch.Delete(key);
    if (!taken.ok()) return unavailable();
  }
  if (!database_->write(std::move(batch),
                        sync == Durability::kNow ? storage::SyncMode::kYes : storage::SyncMode::kNo))
    return unavailable();
  return {};
}

ScimResult<void> RocksScimStore::for_each(
    std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& look) const {
  storage::SmallDatabase::PrefixIterator at(*database_, prefix);
  for (; at.valid(); at.next())
    if (!look(at.key(), at.value())) break;
  if (!at.status()) return unavailable();
  return {};
}

}  // namespace porchlight::scim
