// GUIDs (RFC 9562): ids of tenants, users, applications, events and requests. They are compared as 16 bytes, never as
// text.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight {

// Sixteen bytes in the order of the text form. The default is the nil GUID, all zero.
struct Guid {
  std::array<std::uint8_t, 16> bytes{};
  // The order of the bytes. This and == compare two 64-bit numbers instead of calling memcmp, because each lookup by id
  // compares GUIDs.
  friend constexpr std::strong_ordering operator<=>(const Guid& a, const Guid& b) {
    const auto x = a.big_endian_halves(), y = b.big_endian_halves();
    return x[0] != y[0] ? x[0] <=> y[0] : x[1] <=> y[1];
  }
  friend constexpr bool operator==(const Guid& a, const Guid& b) {
    const auto x = std::bit_cast<Halves>(a.bytes), y = std::bit_cast<Halves>(b.bytes);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  // Whether all bytes are zero.
  bool is_nil() const { return *this == Guid{}; }

 private:
  using Halves = std::array<std::uint64_t, 2>;
  // As numbers, so that numbers compare as the bytes do.
  constexpr Halves big_endian_halves() const {
    auto halves = std::bit_cast<Halves>(bytes);
    if constexpr (std::endian::native == std::endian::little)
      for (std::uint64_t& half : halves) half = std::byteswap(half);
    return halves;
  }
};

// Characters in the text form, 8-4-4-4-12.
inline constexpr std::size_t kGuidChars = 36;

// Parses exactly `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in upper or lower case. Returns nullopt for any other text.
std::optional<Guid> parse_guid(std::string_view text);

// Writes the text form in lower case: to kGuidChars bytes at `out`, to the end of a string, or to a new string.
void write_guid(const Guid& guid, char* out);
void append_guid(std::string& out, const Guid& guid);
std::string to_string(const Guid& guid);

// Writes sixteen hexadecimal digits in lower case to `out`, those of the highest bits first.
void write_hex(std::uint64_t value, char* out);

// A version 8 GUID (RFC 9562 §5.8) from the SHA-256 of `name`. Equal names give equal GUIDs.
Guid guid_from_name(std::string_view name);

// A version 4 GUID from OpenSSL's generator, for ids that must not be guessed. Throws if the generator fails.
Guid secure_random_guid();

}  // namespace porchlight

template <>
struct std::hash<porchlight::Guid> {
  // Most ids are random already, so a cheap mix is enough. Ids that differ only in their last bytes have nearly the
  // same hash: tables of ids that a client chooses use a keyed hash instead (base/keyed_hash.h).
  std::size_t operator()(const porchlight::Guid& guid) const noexcept {
    std::uint64_t low, high;
    std::memcpy(&low, guid.bytes.data(), 8);
    std::memcpy(&high, guid.bytes.data() + 8, 8);
    return low ^ (high * 0x9E3779B97F4A7C15ull);
  }
};
