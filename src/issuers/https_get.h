// One bounded GET over HTTPS: certificates checked, no redirects, no proxy, nothing of the environment
// (spec security §2).
#pragma once

#include <expected>
#include <filesystem>
#include <stop_token>
#include <string>

#include "base/time.h"

namespace porchlight::issuers {

inline constexpr std::size_t kResponseBytesMax = 256 * 1024;
inline constexpr std::size_t kResponseHeadBytesMax = 64 * 1024;
inline constexpr Duration kFetchTimeout =
    std::chrono::seconds(5);  // in all, from the name's look-up to the end

// The body of a 200 of the address. `ca_file`: PEM certificates to trust in the stead of the system's; empty:
// those. An error is a fixed text of what went wrong. Ends early, with an error, when `stop` is asked for.
std::expected<std::string, std::string> https_get(const std::string& url,
                                                  const std::filesystem::path& ca_file, std::stop_token stop);

}  // namespace porchlight::issuers
