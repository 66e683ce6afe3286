// Rows are described in the header. Subscriptions and last sent states are both ordered by the id of the
// subscription, so each() reads both with one pass.
#include "notify/subscription_store.h"

#include "base/bytes.h"

namespace porchlight::notify {
namespace {

constexpr std::string_view kFormat = "subscriptions 1";
constexpr std::size_t kMemoryBytes = 8 * 1024 * 1024;
constexpr std::size_t kGuidBytes = sizeof(Guid);

std::string key_of(char kind, const Guid& id) {
  std::string key(1, kind);
  ByteWriter(key).guid(id);
  return key;
}

std::string last_sent_key(const Guid& subscription, const Guid& person) {
  std::string key = key_of('t', subscription);
  ByteWriter(key).guid(person);
  return key;
}

// Big-endian, so that keys sort by time: no time of a server is before 1970.
std::string letter_key(const DeadLetter& letter) {
  std::string key(1, 'd');
  const auto at = static_cast<std::uint64_t>(letter.at.time_since_epoch().count());
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(at >> shift & 0xFF);
  ByteWriter out(key);
  out.guid(letter.subscription);
  out.guid(letter.person);
  return key;
}

// Returns nullopt if the row is malformed.
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

}  // namespace

std::expected<std::unique_ptr<SubscriptionStore>, std::string> SubscriptionStore::open(
    const std::filesystem::path& folder, rocksdb::Env* env) {
  auto database = storage::SmallDatabase::open({folder, kFormat, kMemoryBytes, env});
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<SubscriptionStore>(new SubscriptionStore(*std::move(database)));
}

void SubscriptionStore::StoreBatch::put(const Subscription& subscription) {
  batch_.Put(key_of('s', subscription.id), encode_subscription(subscription));
}

void SubscriptionStore::StoreBatch::remove(const Guid& subscription, std::span<const Guid> people) {
  batch_.Delete(key_of('s', subscription));
  for (const Guid& person : people) batch_.Delete(last_sent_key(subscription, person));
}

void SubscriptionStore::StoreBatch::put_last_sent(const Guid& subscription, const LastSent& last_sent) {
  batch_.Put(last_sent_key(subscription, last_sent.person),
             std::string(1, static_cast<char>(last_sent.code)));
}

void SubscriptionStore::StoreBatch::remove_last_sent(const Guid& subscription, const Guid& person) {
  batch_.Delete(last_sent_key(subscription, person));
}

void SubscriptionStore::StoreBatch::add_dead_letter(const DeadLetter& letter) {
  std::string value;
  ByteWriter out(value);
  out.guid(letter.tenant);
  out.guid(letter.app);
  batch_.Put(letter_key(letter), value);
}

bool SubscriptionStore::write(StoreBatch batch, WriteSync sync) {
  return database_->write(std::move(batch.batch_), sync).has_value();
}

std::expected<void, std::string> SubscriptionStore::each(
    StringPool& texts, const std::function<bool(Subscription, std::vector<LastSent>)>& visit) const {
  storage::SmallDatabase::PrefixIterator at(*database_, "s");
  storage::SmallDatabase::PrefixIterator last_sent_at(*database_, "t");
  for (; at.valid(); at.next()) {
    auto subscription = decode_subscription(at.value(), texts);
    if (!subscription) return std::unexpected("a subscription in the store cannot be read");
    // Skips rows without a subscription, which a crash may have left.
    const std::string first = key_of('t', subscription->id);
    while (last_sent_at.valid() && last_sent_at.key() < first) last_sent_at.next();
    std::vector<LastSent> last_sent;
    for (; last_sent_at.valid() && last_sent_at.key().starts_with(first); last_sent_at.next()) {
      ByteReader person(last_sent_at.key().substr(1 + kGuidBytes));
      if (last_sent_at.value().size() == 1)
        last_sent.push_back({person.guid(), static_cast<std::uint8_t>(last_sent_at.value()[0])});
    }
    if (!visit(*std::move(subscription), std::move(last_sent))) break;
  }
  if (!at.status() || !last_sent_at.status()) return std::unexpected("the subscriptions cannot be read");
  return {};
}

std::vector<DeadLetter> SubscriptionStore::dead_letters(std::size_t limit) const {
  std::vector<DeadLetter> letters;
  for (storage::SmallDatabase::PrefixIterator at(*database_, "d"); at.valid() && letters.size() < limit;
       at.next())
    if (const auto letter = read_letter(at.key(), at.value())) letters.push_back(*letter);
  return letters;
}

bool SubscriptionStore::remove_dead_letter(const DeadLetter& letter) {
  const std::string key = letter_key(letter);
  const auto found = database_->get(key);
  if (!found || !*found) return false;
  rocksdb::WriteBatch removal;
  removal.Delete(key);
  return database_->write(std::move(removal), WriteSync::kNo).has_value();
}

}  // namespace porchlight::notify
