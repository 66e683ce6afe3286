// Key files, the schedule of signing and publication, and the replacement of the ring at run time.
#include "authority/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>

#include "base/check.h"

namespace porchlight::authority {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKeyPrefix = "authority-", kKeySuffix = ".pem";

fs::path key_file(const fs::path& folder, Time from) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from).time_since_epoch().count();
  return folder / fmt::format("{}{}{}", kKeyPrefix, seconds, kKeySuffix);
}

// When the key of that file begins to sign; nullopt if the file is not a key of the ring.
std::optional<Time> parse_key_file(std::string_view name) {
  if (!name.starts_with(kKeyPrefix) || !name.ends_with(kKeySuffix)) return std::nullopt;
  name.remove_prefix(kKeyPrefix.size());
  name.remove_suffix(kKeySuffix.size());
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), seconds);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return Time(std::chrono::seconds(seconds));
}

std::expected<std::vector<DatedKey>, std::string> load_keys(const fs::path& folder) {
  std::vector<DatedKey> keys;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const auto from = parse_key_file(entry.path().filename().string());
    if (!from) continue;
    auto key = identity::SigningKey::load(entry.path());
    if (!key) return std::unexpected(key.error());
    keys.push_back({*std::move(key), *from});
  }
  if (error) return std::unexpected(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::ranges::sort(keys, {}, &DatedKey::from);
  return keys;
}

// When the successor of the last key begins to sign: after its period, or at once if it has the wrong algorithm; but
// not before the successor has been published for kPublishedBefore.
Time next_from(const DatedKey& last, identity::Algorithm algorithm, Time now) {
  const Time earliest = now + kPublishedBefore;
  return last.key.public_key().algorithm == algorithm ? std::max(last.from + kSigningPeriod, earliest)
                                                      : earliest;
}

// Returns true for a key of another algorithm that has not signed yet, and can be removed: it has no tokens.
bool is_obsolete(const DatedKey& dated, identity::Algorithm algorithm, Time now) {
  return dated.from > now && dated.key.public_key().algorithm != algorithm;
}

void remove_key(const fs::path& folder, const DatedKey& dated) {
  std::error_code ignored;  // the next start tries again
  fs::remove(key_file(folder, dated.from), ignored);
}

// Returns true if every token that the key at `i` signed has expired.
bool is_retired(const std::vector<DatedKey>& keys, std::size_t i, Time now) {
  return i + 1 < keys.size() && keys[i + 1].from + kPublishedAfter <= now;
}

}  // namespace

// The process may stop between any two steps. A key of another algorithm is removed only before it signs, a retired one
// only after its successor was saved, so the folder always has the key that signs.
std::expected<KeyRing, std::string> KeyRing::open(const fs::path& folder, Time now,
                                                  identity::Algorithm algorithm) {
  auto keys = load_keys(folder);
  if (!keys) return std::unexpected(keys.error());
  const auto add = [&](Time from) -> std::expected<void, std::string> {
    keys->push_back(
        {identity::SigningKey::generate(algorithm), std::chrono::floor<std::chrono::seconds>(from)});
    return keys->back().key.save(key_file(folder, from));
  };
  while (!keys->empty() && is_obsolete(keys->back(), algorithm, now)) {
    remove_key(folder, keys->back());
    keys->pop_back();
  }
  if (keys->empty())
    if (auto added = add(now); !added) return std::unexpected(added.error());
  if (keys->back().from <= now)
    if (auto added = add(next_from(keys->back(), algorithm, now)); !added)
      return std::unexpected(added.error());
  while (is_retired(*keys, 0, now)) {
    remove_key(folder, keys->front());
    keys->erase(keys->begin());
  }
  return KeyRing(*std::move(keys));
}

std::expected<KeyRing, std::string> KeyRing::open_existing(const fs::path& folder) {
  auto keys = load_keys(folder);
  if (!keys) return std::unexpected(keys.error());
  if (keys->empty()) return std::unexpected(fmt::format("{}: has no key of the authority", folder.string()));
  return KeyRing(*std::move(keys));
}

KeyRing::KeyRing(std::vector<DatedKey> keys) : keys_(std::move(keys)) {
  CHECK(!keys_.empty());
  CHECK(std::ranges::is_sorted(keys_, {}, &DatedKey::from));
}

bool KeyRing::needs_renewal(Time now) const { return keys_.back().from <= now || is_retired(keys_, 0, now); }

const identity::SigningKey& KeyRing::signer(Time now) const {
  const auto later = std::ranges::upper_bound(keys_, now, {}, &DatedKey::from);
  return (later == keys_.begin() ? later : later - 1)->key;
}

std::vector<identity::PublicKey> KeyRing::published(Time now) const {
  std::vector<identity::PublicKey> keys;
  for (std::size_t i = 0; i < keys_.size(); ++i)
    if (!is_retired(keys_, i, now)) keys.push_back(keys_[i].key.public_key());
  return keys;
}

SigningKeys::SigningKeys(KeyRing ring, Renew renew)
    : renew_(std::move(renew)), ring_(std::make_shared<const KeyRing>(std::move(ring))) {}

std::shared_ptr<const KeyRing> SigningKeys::ring() const {
  const MutexLock lock(mutex_);
  return ring_;
}

// The analysis does not know std::unique_lock, which releases the mutex if the renewal throws.
void SigningKeys::rotate_if_due(Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (!is_due(now)) return;
  const std::unique_lock only(renewing_, std::try_to_lock);
  if (only) renew_ring(now);
}

void SigningKeys::renew_ring(Time now) {
  if (now < failed_at_ + kRenewalPause || !ring()->needs_renewal(now)) return;
  auto renewed = renew_(now);
  if (!renewed) {
    failed_at_ = now;
    return;
  }
  auto next = std::make_shared<const KeyRing>(*std::move(renewed));
  const MutexLock lock(mutex_);
  ring_.swap(next);
}

}  // namespace porchlight::authority
