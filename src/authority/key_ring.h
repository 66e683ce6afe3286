// The authority's signing keys. Each signs for a month; the next one is published long before it signs, and
// the last one until nothing that it signed is good any more, so that nobody who keeps our keys for a day
// meets a token he cannot check.
//
// Which algorithm a new key is for is a setting. After a change of it the next key is of the new kind and
// signs as soon as others can have heard of it; the old one is published for as long as its tokens live.
//
// A key is a file keys/authority-<unix seconds from which it signs>.pem, so a restart finds all as they were.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "base/time.h"
#include "identity/minter.h"

namespace porchlight::authority {

inline constexpr Duration kSigningPeriod = std::chrono::days(30);
inline constexpr Duration kPublishedBefore = std::chrono::days(1);   // it signs, at least
inline constexpr Duration kPublishedAfter = std::chrono::hours(25);  // its successor begins

// A key and the time from which it signs.
struct DatedKey {
  identity::SigningKey key;
  Time from{};
};

// Immutable; any thread.
class KeyRing {
 public:
  // The keys of a folder: those in it, and those that it wants at `now` (the one that signs, and its
  // successor), made for `algorithm` and saved. What is no longer published is removed, and what has not
  // signed yet and is of another algorithm. An error is a sentence.
  static std::expected<KeyRing, std::string> open(
      const std::filesystem::path& folder, Time now,
      identity::Algorithm algorithm = identity::Algorithm::kRs256);

  // Whether open() would make or remove a key now.
  bool needs_renewal(Time now) const;

  // At least one, in order of `from`.
  explicit KeyRing(std::vector<DatedKey> keys) : keys_(std::move(keys)) {}

  // The newest key whose time has come.
  const identity::SigningKey& signer(Time now) const;
  // Those that somebody may need to check a token, now or soon.
  std::vector<identity::PublicKey> published(Time now) const;

 private:
  std::vector<DatedKey> keys_;
};

}  // namespace porchlight::authority
