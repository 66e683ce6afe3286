// The keys that were last fetched, as a file each: a restart while a provider is down still verifies.
//
//   <moment of the fetch, RFC 3339> LF <JWKS>
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "identity/keys.h"

namespace porchlight::issuers {

struct CachedKeys {
  Time fetched_at{};
  std::vector<identity::PublicKey> keys;
};

// The file of an issuer's keys fetched from there.
std::filesystem::path cached_keys_file(const std::filesystem::path& folder, std::string_view iss,
                                       std::string_view url);

// The text of the file, and back. Nothing where it is damaged.
std::string print_cached_keys(const CachedKeys& cached);
std::optional<CachedKeys> parse_cached_keys(std::string_view text);

// Nothing where there is no such file, or none that can be read.
std::optional<CachedKeys> load_cached_keys(const std::filesystem::path& file);
// An error is a sentence.
std::expected<void, std::string> save_cached_keys(const std::filesystem::path& file,
                                                  const CachedKeys& cached);

}  // namespace porchlight::issuers
