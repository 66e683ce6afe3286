// A GUID (RFC 9562): the id of a tenant, user, application, event or request. Compared as 16 bytes, never as
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

struct Guid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Guid&, const Guid&) = default;
  // Two compares, and no call: what is looked for by its id is compared on every read.
  friend constexpr bool operator==(const Guid& a, const Guid& b) {
    using Halves = std::array<std::uint64_t, 2>;
    const auto x = std::bit_cast<Halves>(a.bytes), y = std::bit_cast<Halves>(b.bytes);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  bool is_nil() const { return *this == Guid{}; }
};

// Characters in a GUID's text form, 8-4-4-4-12.
inline constexpr std::size_t kGuidChars = 36;

// Reads exactly `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in either letter case; anything else is nothing.
std::optional<Guid> parse_guid(std::string_view text);

// Writes the 36 characters in lower case to `out`.
void write_guid(const Guid& guid, char* out);
void append_guid(std::string& out, const Guid& guid);
std::string to_string(const Guid& guid);

// A version 8 GUID (RFC 9562 §5.8) made from the SHA-256 of `name`: the same text always gives the same GUID.
Guid guid_from_name(std::string_view name);

// A random version 4 GUID from the system's secure generator.
Guid secure_random_guid();

}  // namespace porchlight

template <>
struct std::hash<porchlight::Guid> {
  // Ids are random enough that eight of their bytes, xored, spread well; a keyed hash guards tables strangers
  // can fill.
  std::size_t operator()(const porchlight::Guid& guid) const noexcept {
    std::uint64_t low, high;
    std::memcpy(&low, guid.bytes.data(), 8);
    std::memcpy(&high, guid.bytes.data() + 8, 8);
    return low ^ (high * 0x9E3779B97F4A7C15ull);
  }
};
