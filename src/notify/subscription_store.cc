#include "notify/subscription_store.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace porchlight::notify {
namespace {

constexpr std::string_view kFormatKey = "format", kFormat = "subscriptions 1";
constexpr std::size_t kGuidBytes = sizeof(Guid);

rocksdb::Options store_options() {
  rocksdb::Options rocks;
  rocks.create_if_missing = true;
  rocks.paranoid_checks = true;
  rocks.write_buffer_size = 8 * 1024 * 1024;
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

std::string key_of(char kind, const Guid& id) {
  std::string key(1, kind);
  ByteWriter(key).guid(id);
  return key;
}

std::string told_key(const Guid& subscription, const Guid& person) {
  std::string key = key_of('t', subscription);
  ByteWriter(key).guid(person);
  return key;
}

// Sorts by time: all times of a server are after 1970.
std::string letter_key(const DeadLetter& letter) {
  std::string key(1, 'd');
  const auto at = static_cast<std::uint64_t>(letter.at.time_since_epoch().count());
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(at >> shift & 0xFF);
  ByteWriter out(key);
  out.guid(letter.subscription);
  out.guid(letter.person);
  return key;
}

std::optional<DeadLetter> read_letter(std::string_view key, std::string_view value) {
  ByteReader in(key.substr(1));
  std::uint64_t at = 0;
  for (int i = 0; i < 8; ++i) at = at << 8 | in.fixed<std::uint8_t>();
  DeadLetter letter{Time(Duration(static_cast<std::int64_t>(at))), in.guid(), in.guid(), {}, {}};
  ByteReader rest(value);
  letter.tenant = rest.guid();
  letter.app = rest.guid();
  if (!in.ok() || !rest.ok()) return std::nullopt;
  return letter;
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::expected<std::unique_ptr<SubscriptionStore>, std::string> SubscriptionStore::open(
    const std::filesystem::path& folder) {
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(store_options(), folder.string(), &raw);
  if (!status.ok()) return std::unexpected(fmt::format("{}: {}", folder.string(), status.ToString()));
  std::unique_ptr<SubscriptionStore> store(new SubscriptionStore(std::unique_ptr<rocksdb::DB>(raw)));
  std::string format;
  const rocksdb::Status found = raw->Get({}, slice(kFormatKey), &format);
  if (found.IsNotFound() && raw->Put(synced(), slice(kFormatKey), slice(kFormat)).ok()) return store;
  if (!found.ok() || format != kFormat)
    return std::unexpected(
        fmt::format("{}: its format is unknown here, or it cannot be written", folder.string()));
  return store;
}

void SubscriptionStore::Telling::put(const Subscription& subscription) {
  batch_.Put(key_of('s', subscription.id), encode_subscription(subscription));
}

void SubscriptionStore::Telling::remove(const Guid& subscription, std::span<const Guid> people) {
  batch_.Delete(key_of('s', subscription));
  for (const Guid& person : people) batch_.Delete(told_key(subscription, person));
}

void SubscriptionStore::Telling::tell(const Guid& subscription, const Told& told) {
  batch_.Put(told_key(subscription, told.person), std::string(1, static_cast<char>(told.code)));
}

void SubscriptionStore::Telling::forget(const Guid& subscription, const Guid& person) {
  batch_.Delete(told_key(subscription, person));
}

void SubscriptionStore::Telling::bury(const DeadLetter& letter) {
  std::string value;
  ByteWriter out(value);
  out.guid(letter.tenant);
  out.guid(letter.app);
  batch_.Put(letter_key(letter), value);
}

bool SubscriptionStore::write(Telling telling, Sync sync) {
  return db_->Write(sync == Sync::kYes ? synced() : rocksdb::WriteOptions(), &telling.batch_).ok();
}

std::expected<void, std::string> SubscriptionStore::each(
    Texts& texts, const std::function<void(Subscription, std::vector<Told>)>& look) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  const std::unique_ptr<rocksdb::Iterator> told_at(db_->NewIterator({}));
  told_at->Seek("t");
  for (at->Seek("s"); at->Valid() && at->key().starts_with("s"); at->Next()) {
    auto subscription = decode_subscription(at->value().ToStringView(), texts);
    if (!subscription) return std::unexpected("a subscription in the store cannot be read");
    // Both kinds of rows are in order of subscription.
    const std::string first = key_of('t', subscription->id);
    while (told_at->Valid() && told_at->key().compare(first) < 0) told_at->Next();
    std::vector<Told> told;
    for (; told_at->Valid() && told_at->key().starts_with(first); told_at->Next()) {
      ByteReader person(told_at->key().ToStringView().substr(1 + kGuidBytes));
      if (told_at->value().size() == 1)
        told.push_back({person.guid(), static_cast<std::uint8_t>(told_at->value()[0])});
    }
    look(*std::move(subscription), std::move(told));
  }
  if (!at->status().ok()) return std::unexpected(at->status().ToString());
  if (!told_at->status().ok()) return std::unexpected(told_at->status().ToString());
  return {};
}

std::vector<DeadLetter> SubscriptionStore::dead_letters(std::size_t limit) const {
  std::vector<DeadLetter> letters;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  for (at->Seek("d"); at->Valid() && at->key().starts_with("d") && letters.size() < limit; at->Next())
    if (const auto letter = read_letter(at->key().ToStringView(), at->value().ToStringView()))
      letters.push_back(*letter);
  return letters;
}

bool SubscriptionStore::take_dead_letter(const DeadLetter& letter) {
  const std::string key = letter_key(letter);
  std::string value;
  return db_->Get({}, key, &value).ok() && db_->Delete({}, key).ok();
}

}  // namespace porchlight::notify
