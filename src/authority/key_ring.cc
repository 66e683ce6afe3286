#include "authority/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace porchlight::authority {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKeyPrefix = "authority-", kKeySuffix = ".pem";

fs::path key_file(const fs::path& folder, Time from) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from).time_since_epoch().count();
  return folder / fmt::format("{}{}{}", kKeyPrefix, seconds, kKeySuffix);
}

// From when the key of that file signs; nothing where the file is another.
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
  if (error) return std::unexpected(fmt::format("{}: cannot be read", folder.string()));
  std::ranges::sort(keys, {}, &DatedKey::from);
  return keys;
}

// Where the last key's successor begins: after its month, or soon where it is of the wrong algorithm, but not
// before others can have heard of it.
Time next_from(const DatedKey& last, identity::Algorithm algorithm, Time now) {
  const Time heard = now + kPublishedBefore;
  return last.key.public_key().algorithm == algorithm ? std::max(last.from + kSigningPeriod, heard) : heard;
}

// Nobody has a token of a key that has not signed yet.
bool is_obsolete(const DatedKey& dated, identity::Algorithm algorithm, Time now) {
  return dated.from > now && dated.key.public_key().algorithm != algorithm;
}

void remove_key(const fs::path& folder, const DatedKey& dated) {
  std::error_code ignored;  // it is passed over again at the next start
  fs::remove(key_file(folder, dated.from), ignored);
}

// Whether nothing that the key at `i` signed is good any more.
bool is_retired(const std::vector<DatedKey>& keys, std::size_t i, Time now) {
  return i + 1 < keys.size() && keys[i + 1].from + kPublishedAfter <= now;
}

}  // namespace

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

}  // namespace porchlight::authority
