// Which addresses the house may call (spec security §8). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace porchlight::webhook {

// An IPv4 or IPv6 address. IPv4 is kept in its mapped form ::ffff:a.b.c.d, told apart by is_v4().
class IpAddress {
 public:
  // The four decimal numbers, or RFC 4291 text without brackets and without a zone; no other spelling.
  static std::optional<IpAddress> parse(std::string_view text);
  // Of a socket's address; nothing where it is of another family.
  static std::optional<IpAddress> of(const sockaddr& address);

  bool is_v4() const { return is_v4_; }
  // 4 or 16 bytes.
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).subspan(is_v4_ ? 12 : 0); }
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  IpAddress(std::span<const std::uint8_t> bytes);

  std::array<std::uint8_t, 16> bytes_{};
  bool is_v4_;
};

std::string to_string(const IpAddress& address);

// Addresses of one family that begin with the same bits: "10.1.0.0/16".
class IpRange {
 public:
  // The address behind the prefix must be all zeros.
  static std::optional<IpRange> parse(std::string_view text);

  bool contains(const IpAddress& address) const;
  bool contains(const IpRange& other) const { return other.bits_ >= bits_ && contains(other.base_); }
  int bits() const { return bits_; }
  const IpAddress& base() const { return base_; }

 private:
  IpRange(IpAddress base, int bits) : base_(base), bits_(bits) {}

  IpAddress base_;
  int bits_;
};

std::string to_string(const IpRange& range);

// Why `address` may not be called, as a name such as "loopback"; nothing where it may. `own`: the addresses
// of this machine. `allowed` opens what is otherwise refused, but never link-local, metadata services, or
// IPv6 addresses that hold an IPv4 one.
std::optional<std::string_view> why_blocked(const IpAddress& address, std::span<const IpRange> allowed,
                                            std::span<const IpAddress> own);

// What is wrong with `text` as one of the ranges that are allowed; empty where nothing is.
std::string_view allowed_range_error(std::string_view text);

}  // namespace porchlight::webhook
