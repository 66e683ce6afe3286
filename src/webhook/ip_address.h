// IP addresses and ranges, and which addresses the server may call (spec security §8). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace porchlight::webhook {

// An IPv4 or IPv6 address. IPv4 is stored in its mapped form ::ffff:a.b.c.d, marked by is_v4().
class IpAddress {
 public:
  // Parses four decimal numbers, or RFC 4291 text without brackets and zone. Returns nullopt for any other
  // spelling.
  static std::optional<IpAddress> parse(std::string_view text);
  // The address of a socket address. Returns nullopt for other families.
  static std::optional<IpAddress> of(const sockaddr& address);

  bool is_v4() const { return is_v4_; }
  // 4 or 16 bytes, in network byte order.
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).subspan(is_v4_ ? 12 : 0); }
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  IpAddress(std::span<const std::uint8_t> bytes);

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

  // Whether the address, or every address of the other range, is in this range. Families never mix.
  bool contains(const IpAddress& address) const;
  bool contains(const IpRange& other) const { return other.bits_ >= bits_ && contains(other.base_); }
  // The length of the prefix.
  int bits() const { return bits_; }
  const IpAddress& base() const { return base_; }

 private:
  IpRange(IpAddress base, int bits) : base_(base), bits_(bits) {}

  IpAddress base_;
  int bits_;
};

// "10.1.0.0/16"
std::string to_string(const IpRange& range);

// Returns why `address` may not be called, as a name such as "loopback", or nullopt if it may. `own`: the
// addresses of this machine. `allowed` permits what is blocked by default, but never link-local addresses,
// metadata services or IPv6 addresses that contain an IPv4 address.
std::optional<std::string_view> why_blocked(const IpAddress& address, std::span<const IpRange> allowed,
                                            std::span<const IpAddress> own);

// Returns why `text` is not a valid entry of the allowed ranges, or an empty text if it is valid.
std::string_view allowed_range_error(std::string_view text);

}  // namespace porchlight::webhook
