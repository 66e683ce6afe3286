// The character classes of HTTP's grammar (RFC 9110 §5.6.2, RFC 9112 §3).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/byte_blocks.h"

namespace porchlight::http {

namespace characters {

// Classes, as bits: a character may be in several. kRegName is RFC 3986's reg-name without percent-encoding.
enum Class : std::uint8_t { kToken = 1, kVisible = 2, kHex = 4, kRegName = 8 };

// The classes of each byte.
inline constexpr auto kTable = [] {
  std::array<std::uint8_t, 256> table{};
  auto mark = [&table](std::string_view set, Class which) {
    for (char c : set) table[static_cast<std::uint8_t>(c)] |= which;
  };
  constexpr std::string_view kAlphaNumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  mark(kAlphaNumeric, kToken);  // RFC 9110 §5.6.2
  mark("!#$%&'*+-.^_`|~", kToken);
  mark("0123456789abcdefABCDEF", kHex);
  mark(kAlphaNumeric, kRegName);
  mark("-._~!$&'()*+,;=", kRegName);  // RFC 3986: unreserved and sub-delims
  for (int c = 0x21; c <= 0x7E; ++c) table[static_cast<std::size_t>(c)] |= kVisible;
  return table;
}();

// Whether `c` is of the class.
inline bool is(char c, Class which) { return (kTable[static_cast<std::uint8_t>(c)] & which) != 0; }

// Whether every byte of `text` is of the class. True for an empty text.
inline bool all(std::string_view text, Class which) {
  std::uint8_t common = which;
  for (char c : text) common &= kTable[static_cast<std::uint8_t>(c)];
  return common != 0;
}

// Whether every byte of `text` may stand in a request target: visible, and not '#', which begins a fragment.
inline bool all_of_target(std::string_view text) {
  return !any_byte(text, [](ByteBlock bytes) { return (bytes < 0x21) | (bytes > 0x7E) | (bytes == '#'); });
}

}  // namespace characters

}  // namespace porchlight::http
