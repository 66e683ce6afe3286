// base64 with padding (RFC 4648 §4), strictly: no other alphabet, no white space, no spare bits set in the
// last character.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight {

std::optional<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);

}  // namespace porchlight
