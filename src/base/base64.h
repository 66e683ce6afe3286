// Base64 with padding (RFC 4648 §4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight {

// Decodes `text` strictly: only the standard alphabet, full padding, no white space, and unused bits of the last
// character are zero. Returns nullopt for any other text, so that no two texts decode to the same bytes.
std::optional<std::string> decode_base64(std::string_view text);

// Encodes bytes with padding and without line breaks.
std::string encode_base64(std::string_view bytes);

}  // namespace porchlight
