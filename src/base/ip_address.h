// IP addresses and ranges of them. Pure. No name is ever resolved, and no spelling accepted that inet_pton refuses.
#pragma once

#include <absl/container/inlined_vector.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace porchlight {

// An IPv4 or IPv6 address. IPv4 is stored in its mapped form ::ffff:a.b.c.d, marked by is_v4().
class IpAddress {
 public:
  // The most characters of an address as text, without a NUL.
  static constexpr std::size_t kTextMax = 45;

  // Parses four decimal numbers, or RFC 4291 text without brackets and zone. Returns nullopt for any other spelling.
  static std::optional<IpAddress> parse(std::string_view text);
  // The address of a socket address. Returns nullopt for other families.
  static std::optional<IpAddress> of(const sockaddr& address);
  // The address of 4 or 16 bytes in network byte order.
  static IpAddress of(std::span<const std::uint8_t> bytes) { return IpAddress(bytes); }

  bool is_v4() const { return is_v4_; }
  // 4 or 16 bytes, in network byte order.
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).subspan(is_v4_ ? 12 : 0); }
  // 16 bytes: IPv6, or IPv4 mapped into it.
  const std::array<std::uint8_t, 16>& mapped() const { return bytes_; }
  // The IPv4 address that an IPv6 address of ::ffff:0:0/96 stands for; any other address unchanged. A socket that takes
  // both families reports IPv4 peers in that form.
  IpAddress unmapped() const;
  // Writes inet_ntop's spelling, without a NUL. Returns it, as a view into `out`.
  std::string_view write(std::span<char, kTextMax + 1> out) const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  explicit IpAddress(std::span<const std::uint8_t> bytes);

  std::array<std::uint8_t, 16> bytes_{};
  bool is_v4_;
};

// The usual spelling: inet_ntop's.
std::string to_string(const IpAddress& address);

// Addresses of one family that begin with the same bits: "10.1.0.0/16".
class IpRange {
 public:
  // Parses "10.1.0.0/16". Returns nullopt if the text is malformed or a bit after the prefix is set.
  static std::optional<IpRange> parse(std::string_view text);
  // The range of one address, or of all addresses that begin with the same `bits` bits, at most those of its family.
  static IpRange of(const IpAddress& address);
  static IpRange of(const IpAddress& address, int bits);

  // Whether the address, or every address of the other range, is in this range. Families never mix.
  bool contains(const IpAddress& address) const;
  bool contains(const IpRange& other) const { return other.bits_ >= bits_ && contains(other.base_); }
  // The length of the prefix.
  int bits() const { return bits_; }
  const IpAddress& base() const { return base_; }
  friend bool operator==(const IpRange&, const IpRange&) = default;

 private:
  IpRange(IpAddress base, int bits) : base_(base), bits_(bits) {}

  IpAddress base_;
  int bits_;
};

// "10.1.0.0/16"
std::string to_string(const IpRange& range);

// Whether one of the ranges contains the address.
bool any_contains(std::span<const IpRange> ranges, const IpAddress& address);

// A network that a limit counts as one client.
struct CountedNetwork {
  IpRange network;
  // How many times the limit of one host the network has.
  std::uint32_t hosts;
};

// A /48 has the limits of that many hosts.
inline constexpr std::uint32_t kHostsPerSite = 16;

// The networks as which every limit counts an address, since the owner of an IPv6 network may use any of its addresses:
// an IPv4 address itself, also one mapped into IPv6; of an IPv6 address its /64, which one host commonly owns, and its
// /48, which one site owns. A request is within a limit if it is for each of them.
absl::InlinedVector<CountedNetwork, 2> counted_networks(const IpAddress& address);

// A hash that collides if a client wants it to: for tables of bounded size, or with a key mixed in.
std::uint64_t hash_of(const IpRange& range);

}  // namespace porchlight
