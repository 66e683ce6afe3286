// A provider's discovery document: where its keys are (OpenID Connect Discovery 1.0 §3, §4.3).
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace porchlight::issuers {

// The origin ("https://host[:port]", in lower case) of an address that keys may be fetched from: https, no
// user part, no fragment. Empty where it is not such an address.
std::string https_origin(std::string_view url);

// The address of the keys in the document found at `url`. The document must be that of `iss`, and its keys of
// the same origin as itself: only configured hosts are ever asked. An error is the text of what is wrong; it
// repeats nothing of the document.
std::expected<std::string, std::string> read_discovery(std::string_view json, std::string_view iss,
                                                       std::string_view url);

}  // namespace porchlight::issuers
