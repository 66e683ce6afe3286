// The numbers, times and sizes of all entries are in memory, about 24 bytes each, so that the oldest are found without
// reading. The entries themselves are on the disk alone.
#include "audit/audit_log.h"

#include <algorithm>

#include "base/bytes.h"
#include "storage/rocks_kv_store.h"

namespace porchlight::audit {
namespace {

constexpr std::string_view kStoreFormat = "audit 1";
constexpr std::size_t kStoreMemoryBytes = 256 * 1024;
constexpr std::string_view kEntryPrefix = "E";

constexpr const char* kWriteFault = "the audit log cannot be written now; is the disk full?";
constexpr const char* kReadFault = "the audit log cannot be read now";

std::string key_of(std::uint64_t number) {
  std::string key(kEntryPrefix);
  ByteWriter(key).big_endian(number);
  return key;
}

// Whether the query asks for the entry, tenant and number aside.
bool matches(const AuditQuery& query, const AuditEntry& entry) {
  if (query.from && entry.at < *query.from) return false;
  if (query.to && entry.at >= *query.to) return false;
  if (query.target && entry.target != query.target) return false;
  return !query.actor || entry.actor.user == *query.actor || entry.actor.app == *query.actor;
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path folder, AuditLimits limits)
    : folder_(std::move(folder)), limits_(limits) {}

AuditLog::AuditLog(std::unique_ptr<storage::KvStore> store, AuditLimits limits)
    : limits_(limits), store_(std::move(store)) {}

// A folder of which that is not known counts as one that does.
bool AuditLog::exists() const {
  std::error_code error;
  return store_ || std::filesystem::exists(folder_, error) || error;
}

std::expected<void, std::string> AuditLog::open() {
  if (is_loaded_) return {};
  if (!store_) {
    auto opened = storage::RocksKvStore::open({folder_, kStoreFormat, kStoreMemoryBytes});
    if (!opened) return std::unexpected(opened.error());
    store_ = *std::move(opened);
  }
  shares_.clear();
  bytes_ = 0;
  std::vector<std::pair<ShareKey, Row>> rows;
  const auto read = store_->for_each(kEntryPrefix, [&rows](std::string_view key, std::string_view value) {
    ByteReader in(key.substr(kEntryPrefix.size()));
    const std::uint64_t number = std::byteswap(in.fixed<std::uint64_t>());
    if (const auto entry = decode_entry(value))
      rows.emplace_back(share_of(*entry), Row{number, entry->at, key.size() + value.size()});
    return true;
  });
  if (!read) return std::unexpected(kReadFault);
  for (const auto& [share, row] : rows) count(share, row);
  is_loaded_ = true;
  return {};
}

AuditLog::ShareKey AuditLog::share_of(const AuditEntry& entry) {
  return {entry.tenant, entry.outcome == ChangeOutcome::kDenied};
}

void AuditLog::count(const ShareKey& key, const Row& row) {
  AuditShare& share = shares_[key];
  last_ = std::max(last_, row.number);
  share.rows.insert(std::ranges::upper_bound(share.rows, row.number, {}, &Row::number), row);
  share.bytes += row.bytes;
  bytes_ += row.bytes;
}

void AuditLog::uncount(const ShareKey& key, std::uint64_t number) {
  AuditShare& share = shares_[key];
  const auto row = std::ranges::lower_bound(share.rows, number, {}, &Row::number);
  if (row == share.rows.end() || row->number != number) return;
  share.bytes -= row->bytes;
  bytes_ -= row->bytes;
  share.rows.erase(row);
}

void AuditLog::drop_oldest(AuditShare& share, storage::KvBatch& batch) {
  const Row& oldest = share.rows.front();
  batch.push_back({key_of(oldest.number), std::nullopt});
  share.bytes -= oldest.bytes;
  bytes_ -= oldest.bytes;
  share.rows.pop_front();
}

void AuditLog::drop_beyond(Time now, storage::KvBatch& batch) {
  for (auto& [key, share] : shares_)
    while (!share.rows.empty() && share.rows.front().at < now - limits_.age_max) drop_oldest(share, batch);
  while (bytes_ > limits_.bytes_max) {
    const auto largest = std::ranges::max_element(
        shares_, {}, [](const Shares::value_type& share) { return share.second.bytes; });
    drop_oldest(largest->second, batch);
  }
  std::erase_if(shares_, [](const Shares::value_type& share) { return share.second.rows.empty(); });
}

// What is beyond goes in the same write, so that a full disk does not keep it. After a fault, what the disk has is
// counted again.
bool AuditLog::put(std::uint64_t number, const AuditEntry& entry, storage::SyncMode sync) {
  std::string value = encode_entry(entry);
  storage::KvBatch batch;
  count(share_of(entry), {number, entry.at, key_of(number).size() + value.size()});
  batch.push_back({key_of(number), std::move(value)});
  drop_beyond(entry.at, batch);
  is_loaded_ = store_->write(batch, sync).has_value();
  return is_loaded_;
}

std::expected<std::uint64_t, std::string> AuditLog::add(const AuditEntry& entry, storage::SyncMode sync) {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  const std::uint64_t number = last_ + 1;
  if (!put(number, entry, sync)) return std::unexpected(kWriteFault);
  return number;
}

void AuditLog::forget(Time now) {
  const MutexLock lock(mutex_);
  if (!exists() || !open()) return;
  storage::KvBatch batch;
  drop_beyond(now, batch);
  if (!batch.empty()) is_loaded_ = store_->write(batch, storage::SyncMode::kNo).has_value();
}

storage::CopyResult AuditLog::copy_to(const std::filesystem::path& to) {
  const MutexLock lock(mutex_);
  return store_ ? store_->copy_to(to) : storage::copy_closed_database(folder_, to);
}

std::expected<std::uint64_t, std::string> AuditLog::begin(AuditEntry entry) {
  entry.outcome = ChangeOutcome::kStarted;
  const MutexLock lock(mutex_);
  return add(entry, storage::SyncMode::kYes);
}

void AuditLog::finish(std::uint64_t number, const AuditEntry& entry) {
  const MutexLock lock(mutex_);
  if (!store_ || !open()) return;
  const auto kept = store_->get(key_of(number));
  const auto begun = kept && *kept ? decode_entry(**kept) : std::nullopt;
  if (!begun) return;
  uncount(share_of(*begun), number);
  (void)put(number, entry, storage::SyncMode::kNo);
}

bool AuditLog::may_deny(const Guid& tenant, Time now) {
  if (now - denied_since_ >= std::chrono::minutes(1) || now < denied_since_) {
    denied_.clear();
    denied_since_ = now;
  }
  if (denied_.size() >= kDeniedTenantsMax && !denied_.contains(tenant)) return false;
  return denied_[tenant]++ < kDeniedPerMinute;
}

void AuditLog::deny(AuditEntry entry) {
  entry.outcome = ChangeOutcome::kDenied;
  const MutexLock lock(mutex_);
  if (may_deny(entry.tenant, entry.at)) (void)add(entry, storage::SyncMode::kNo);
}

// The numbers that the query may ask for, newest first, kAuditScanMax at most.
std::vector<std::uint64_t> AuditLog::candidates(const AuditQuery& query) const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [key, share] : shares_) {
    if (query.tenant && key.first != *query.tenant) continue;
    for (const Row& row : share.rows)
      if (row.number < query.before) numbers.push_back(row.number);
  }
  const std::size_t count = std::min(numbers.size(), kAuditScanMax);
  std::ranges::partial_sort(numbers, numbers.begin() + static_cast<std::ptrdiff_t>(count), std::greater());
  numbers.resize(count);
  return numbers;
}

std::expected<AuditPage, std::string> AuditLog::page(const AuditQuery& query) {
  const MutexLock lock(mutex_);
  if (!exists()) return AuditPage{};
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  AuditPage page;
  const auto numbers = candidates(query);
  for (const std::uint64_t number : numbers) {
    const auto value = store_->get(key_of(number));
    if (!value) return std::unexpected(kReadFault);
    auto entry = *value ? decode_entry(**value) : std::nullopt;
    if (!entry || !matches(query, *entry)) continue;
    page.entries.emplace_back(number, *std::move(entry));
    if (page.entries.size() < query.limit) continue;
    if (number != numbers.back()) page.next = number;
    return page;
  }
  if (numbers.size() == kAuditScanMax) page.next = numbers.back();
  return page;
}

}  // namespace porchlight::audit
