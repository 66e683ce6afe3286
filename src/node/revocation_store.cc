#include "node/revocation_store.h"

#include <algorithm>

#include "base/bytes.h"
#include "storage/rocks_kv_store.h"

namespace porchlight::node {
namespace {

constexpr std::string_view kStoreFormat = "revocations 1";
constexpr std::size_t kStoreMemoryBytes = 256 * 1024;

constexpr const char* kFault = "the revocation cannot be written now; is the disk full?";
constexpr std::string_view kPrefix = "revoked/";

std::string prefix_of(const Guid& tenant) {
  std::string key(kPrefix);
  ByteWriter(key).guid(tenant);
  return key;
}

std::string key_of(const Guid& tenant, const Guid& subject) {
  std::string key = prefix_of(tenant);
  ByteWriter(key).guid(subject);
  return key;
}

std::string print_moment(Time at) {
  std::string bytes;
  ByteWriter(bytes).fixed(static_cast<std::int64_t>(at.time_since_epoch().count()));
  return bytes;
}

}  // namespace

std::expected<void, std::string> RevocationStore::open() {
  if (store_) return {};
  auto opened = storage::RocksKvStore::open({folder_, kStoreFormat, kStoreMemoryBytes});
  if (!opened) return std::unexpected(opened.error());
  store_ = *std::move(opened);
  return {};
}

// Adds the deletion of all rows of the tenant.
storage::StorageResult<void> RevocationStore::delete_rows(const Guid& tenant, storage::KvBatch& rows) const {
  return store_->for_each(prefix_of(tenant), [&](std::string_view key, std::string_view) {
    rows.push_back({std::string(key), std::nullopt});
    return true;
  });
}

std::expected<void, std::string> RevocationStore::load() {
  std::error_code error;
  if (!std::filesystem::exists(folder_, error) && !error) return {};
  const MutexLock lock(mutex_);
  if (auto opened = open(); !opened) return opened;
  bool is_complete = true;
  const auto read = store_->for_each(kPrefix, [&](std::string_view key, std::string_view value) {
    ByteReader keys(key.substr(kPrefix.size())), values(value);
    const Guid tenant = keys.guid(), subject = keys.guid();
    const Time at{Duration(values.fixed<std::int64_t>())};
    is_complete = keys.ok() && keys.at_end() && values.ok() && values.at_end();
    if (is_complete) revocations_.add(tenant, subject, at);
    return is_complete;
  });
  if (!read) return std::unexpected(folder_.string() + ": cannot be read");
  if (!is_complete) return std::unexpected(folder_.string() + ": has a row that is no revocation");
  return {};
}

// A later moment is kept: the clock may have jumped back.
std::expected<void, std::string> RevocationStore::add(const Guid& tenant, const Guid& subject, Time at) {
  const MutexLock lock(mutex_);
  if (auto opened = open(); !opened) return opened;
  at = std::max(at, revocations_.find(tenant, subject).value_or(at));
  storage::KvBatch rows;
  if (subject == identity::kWholeTenant && !delete_rows(tenant, rows)) return std::unexpected(kFault);
  rows.push_back({key_of(tenant, subject), print_moment(at)});
  if (!store_->write(rows)) return std::unexpected(kFault);
  revocations_.add(tenant, subject, at);
  return {};
}

std::expected<void, std::string> RevocationStore::copy_to(const std::filesystem::path& to) {
  const MutexLock lock(mutex_);
  return store_ ? store_->copy_to(to) : std::expected<void, std::string>();
}

}  // namespace porchlight::node
