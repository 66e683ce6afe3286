// The last fetched keys of each issuer, cached in files: after a restart tokens can be verified while the
// provider is down.
//
//   <time of the fetch, RFC 3339> LF <JWKS>
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

// The contents of a file.
struct CachedKeys {
  Time fetched_at{};
  std::vector<identity::PublicKey> keys;
};

// The file for the keys of `iss` that are fetched from `url`. The name is a hash of both.
std::filesystem::path cached_keys_file(const std::filesystem::path& folder, std::string_view iss,
                                       std::string_view url);

// Formats and parses the text of a file. Parsing returns nullopt if it is damaged.
std::string print_cached_keys(const CachedKeys& cached);
std::optional<CachedKeys> parse_cached_keys(std::string_view text);

// Returns nullopt if the file does not exist or cannot be read.
std::optional<CachedKeys> load_cached_keys(const std::filesystem::path& file);
// Replaces the file by renaming a new one. The error is a sentence for the log.
std::expected<void, std::string> save_cached_keys(const std::filesystem::path& file,
                                                  const CachedKeys& cached);

}  // namespace porchlight::issuers
