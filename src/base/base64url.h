// Base64url without padding (RFC 4648 §5), as JWTs use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight {

// Decodes `text` strictly: only the URL-safe alphabet, no padding, no white space, and unused bits of the last
// character are zero. Returns nullopt for any other text, so that no two texts decode to the same bytes.
std::optional<std::string> decode_base64url(std::string_view text);

// Encodes bytes without padding.
std::string encode_base64url(std::string_view bytes);

}  // namespace porchlight
