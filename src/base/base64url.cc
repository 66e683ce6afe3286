#include "base/base64url.h"

#include <array>
#include <cstdint>

namespace porchlight {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto kValue = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

// The bits of `count` characters (at most four), or a negative number where one is not of the alphabet.
std::int32_t read_group(const char* text, std::size_t count) {
  std::int32_t bits = 0;
  std::int32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t value = kValue[static_cast<std::uint8_t>(text[i])];
    bad |= value;
    bits = (bits << 6) | (value & 0x3F);
  }
  return bad < 0 ? -1 : bits;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  const std::size_t tail = text.size() % 4;
  if (tail == 1) return std::nullopt;
  const std::size_t whole = text.size() - tail;
  std::string bytes;
  bytes.resize(whole / 4 * 3 + (tail == 0 ? 0 : tail - 1));
  char* out = bytes.data();
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::int32_t bits = read_group(text.data() + i, 4);
    if (bits < 0) return std::nullopt;
    *out++ = static_cast<char>(bits >> 16);
    *out++ = static_cast<char>(bits >> 8);
    *out++ = static_cast<char>(bits);
  }
  if (tail == 0) return bytes;
  const std::int32_t bits = read_group(text.data() + whole, tail);
  // Two characters carry 12 bits for one byte, three carry 18 for two: what is left over must be zero.
  const std::int32_t spare = tail == 2 ? 4 : 2;
  if (bits < 0 || (bits & ((1 << spare) - 1)) != 0) return std::nullopt;
  if (tail == 3) *out++ = static_cast<char>(bits >> 10);
  *out = static_cast<char>(bits >> spare);
  return bytes;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(byte);
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[(bits >> (held - 6)) & 0x3F];
  }
  if (held > 0) text += kAlphabet[(bits << (6 - held)) & 0x3F];
  return text;
}

}  // namespace porchlight
