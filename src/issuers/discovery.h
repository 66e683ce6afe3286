// The discovery document of a provider, which tells where its keys are (OpenID Connect Discovery 1.0 §3,
// §4.3).
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace porchlight::issuers {

// The origin ("https://host[:port]", in lower case) of a URL from which keys may be fetched: https, without
// user and fragment. Returns an empty text for other URLs.
std::string https_origin(std::string_view url);

// Returns the URL of the keys in the document that was found at `url`. The document must be that of `iss`,
// and its keys on the same origin: only configured hosts are called. The error is a sentence that repeats
// nothing from the document.
std::expected<std::string, std::string> read_discovery(std::string_view json, std::string_view iss,
                                                       std::string_view url);

}  // namespace porchlight::issuers
