// base64url without padding (RFC 4648 §5), strictly: no other alphabet, no '=', no spare bits set in the last
// character.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight {

std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

}  // namespace porchlight
