#include "base/guid.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <bit>
#include <stdexcept>

namespace porchlight {
namespace {

static_assert(std::endian::native == std::endian::little, "eight characters at a time, the first one lowest");

// The groups of a GUID's text in pieces of four bytes: where the first two bytes of each are, and the last
// two.
struct Piece {
  std::size_t first, last;
};
constexpr std::array<Piece, 4> kPieces = {{{0, 4}, {9, 14}, {19, 24}, {28, 32}}};
constexpr std::size_t kHalf = 4;  // characters

constexpr std::uint64_t each_byte(std::uint8_t byte) { return byte * 0x0101010101010101u; }

// Bit 7 of each byte that is `least` or more; all bytes below 0x80.
constexpr std::uint64_t at_least(std::uint64_t bytes, std::uint8_t least) {
  return (bytes + each_byte(0x80 - least)) & each_byte(0x80);
}

// The four bytes that eight hexadecimal digits spell; nothing where a character is none.
constexpr std::optional<std::uint32_t> from_hex(std::uint64_t text) {
  const std::uint64_t low = text & each_byte(0x7F);
  const std::uint64_t lower = low | each_byte(0x20);
  const std::uint64_t digits = at_least(low, '0') & ~at_least(low, '9' + 1);
  const std::uint64_t letters = at_least(lower, 'a') & ~at_least(lower, 'f' + 1);
  if (((digits | letters) & ~text & each_byte(0x80)) != each_byte(0x80)) return std::nullopt;
  std::uint64_t values = (low & each_byte(0x0F)) + (letters >> 7) * 9;
  values = (values << 4 | values >> 8) & 0x00FF00FF00FF00FF;  // a byte of every two
  values = (values | values >> 8) & 0x0000FFFF0000FFFF;
  return static_cast<std::uint32_t>(values | values >> 16);
}

// The eight digits of four bytes, in lower case.
constexpr std::uint64_t to_hex(std::uint32_t bytes) {
  std::uint64_t values = (bytes | std::uint64_t{bytes} << 16) & 0x0000FFFF0000FFFF;
  values = (values | values << 8) & 0x00FF00FF00FF00FF;
  values = (values >> 4 | values << 8) & each_byte(0x0F);
  return values + each_byte('0') + (at_least(values, 10) >> 7) * ('a' - '0' - 10);
}

void set_version(Guid& guid, std::uint8_t version) {
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | (version << 4));
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) {
  if (text.size() != kGuidChars) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  Guid guid;
  for (std::size_t i = 0; i < kPieces.size(); ++i) {
    std::uint64_t digits = 0;
    char* const at = reinterpret_cast<char*>(&digits);
    std::memcpy(at, text.data() + kPieces[i].first, kHalf);
    std::memcpy(at + kHalf, text.data() + kPieces[i].last, kHalf);
    const auto bytes = from_hex(digits);
    if (!bytes) return std::nullopt;
    std::memcpy(&guid.bytes[4 * i], &*bytes, 4);
  }
  return guid;
}

void write_guid(const Guid& guid, char* out) {
  for (std::size_t i = 0; i < kPieces.size(); ++i) {
    std::uint32_t bytes;
    std::memcpy(&bytes, &guid.bytes[4 * i], 4);
    const std::uint64_t digits = to_hex(bytes);
    const char* const from = reinterpret_cast<const char*>(&digits);
    std::memcpy(out + kPieces[i].first, from, kHalf);
    std::memcpy(out + kPieces[i].last, from + kHalf, kHalf);
  }
  out[8] = out[13] = out[18] = out[23] = '-';
}

void append_guid(std::string& out, const Guid& guid) {
  char text[kGuidChars];
  write_guid(guid, text);
  out.append(text, kGuidChars);
}

std::string to_string(const Guid& guid) {
  std::string text;
  append_guid(text, guid);
  return text;
}

Guid guid_from_name(std::string_view name) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const std::uint8_t*>(name.data()), name.size(), digest.data());
  Guid guid;
  std::copy_n(digest.begin(), 16, guid.bytes.begin());
  set_version(guid, 8);
  return guid;
}

Guid secure_random_guid() {
  Guid guid;
  if (RAND_bytes(guid.bytes.data(), 16) != 1)
    throw std::runtime_error("the system's random generator failed");
  set_version(guid, 4);
  return guid;
}

}  // namespace porchlight
