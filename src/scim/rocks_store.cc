#include "scim/rocks_store.h"

namespace porchlight::scim {
namespace {

constexpr std::string_view kFormat = "scim 1";
constexpr std::size_t kMemoryBytes = 4 * 1024 * 1024;

}  // namespace

std::expected<std::unique_ptr<RocksStore>, std::string> RocksStore::open(
    const std::filesystem::path& folder) {
  auto database = disk::SmallDatabase::open({folder, kFormat, kMemoryBytes});
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<RocksStore>(new RocksStore(*std::move(database)));
}

Result<std::optional<std::string>> RocksStore::get(std::string_view key) const {
  auto found = database_->get(key);
  if (!found) return unavailable();
  return *std::move(found);
}

Result<void> RocksStore::write(const Puts& puts, Sync sync) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : puts) {
    const rocksdb::Status taken = value ? batch.Put(key, *value) : batch.Delete(key);
    if (!taken.ok()) return unavailable();
  }
  if (!database_->write(std::move(batch), sync == Sync::kNow ? disk::Sync::kYes : disk::Sync::kNo))
    return unavailable();
  return {};
}

Result<void> RocksStore::each(std::string_view prefix,
                              const std::function<bool(std::string_view, std::string_view)>& look) const {
  disk::SmallDatabase::Walk at(*database_, prefix);
  for (; at.valid(); at.next())
    if (!look(at.key(), at.value())) break;
  if (!at.outcome()) return unavailable();
  return {};
}

}  // namespace porchlight::scim
