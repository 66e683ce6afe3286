// Reading base32, as enrolment pages show secrets.
#pragma once

#include <string>
#include <string_view>

namespace porchlight {

// The bytes of a text of RFC 4648 §6 without padding.
inline std::string decode_base32(std::string_view text) {
  std::string bytes;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    bits = bits << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

}  // namespace porchlight
