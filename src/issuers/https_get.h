// A bounded GET over HTTPS: certificates are checked; no redirects, no proxy, no settings from the
// environment (spec security §2).
#pragma once

#include <expected>
#include <filesystem>
#include <stop_token>
#include <string>

#include "base/time.h"

namespace porchlight::issuers {

inline constexpr std::size_t kResponseBytesMax = 256 * 1024;        // a longer body is an error
inline constexpr std::size_t kResponseHeadBytesMax = 64 * 1024;     // longer headers are an error
inline constexpr Duration kFetchTimeout = std::chrono::seconds(5);  // in all, lookup included

// Returns the body of a 200 response. `ca_file`: PEM certificates to trust in place of the system's; empty:
// the system's. The error is a short text without data from the response. Blocks; returns early with an error
// once `stop` is requested.
std::expected<std::string, std::string> https_get(const std::string& url,
                                                  const std::filesystem::path& ca_file, std::stop_token stop);

}  // namespace porchlight::issuers
