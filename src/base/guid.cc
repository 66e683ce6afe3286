#include "base/guid.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <stdexcept>

namespace porchlight {
namespace {

constexpr std::array<std::uint8_t, 16> kTextOffset = {0,  2,  4,  6,  9,  11, 14, 16,
                                                      19, 21, 24, 26, 28, 30, 32, 34};

constexpr auto kHexValue = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i) table['0' + i] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<std::int8_t>(10 + i);
  return table;
}();

void set_version(Guid& guid, std::uint8_t version) {
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | (version << 4));
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) {
  if (text.size() != kGuidChars) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  Guid guid;
  int bad = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const int high = kHexValue[static_cast<std::uint8_t>(text[kTextOffset[i]])];
    const int low = kHexValue[static_cast<std::uint8_t>(text[kTextOffset[i] + 1])];
    bad |= high | low;
    guid.bytes[i] = static_cast<std::uint8_t>((high << 4) | (low & 0x0F));
  }
  if (bad < 0) return std::nullopt;
  return guid;
}

void write_guid(const Guid& guid, char* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (std::size_t i = 0; i < 16; ++i) {
    out[kTextOffset[i]] = kHex[guid.bytes[i] >> 4];
    out[kTextOffset[i] + 1] = kHex[guid.bytes[i] & 0x0F];
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
