// Parsing and printing are inet_pton's and inet_ntop's. Both families are kept in 16 bytes, so that an address is a
// value of one size.
#include "base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"

namespace porchlight {

IpAddress::IpAddress(std::span<const std::uint8_t> bytes) : is_v4_(bytes.size() == 4) {
  if (is_v4_) bytes_[10] = bytes_[11] = 0xFF;
  std::ranges::copy(bytes, bytes_.end() - std::ssize(bytes));
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char whole[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof whole) return std::nullopt;
  *std::ranges::copy(text, whole).out = '\0';
  if (text.find('\0') != text.npos) return std::nullopt;
  std::array<std::uint8_t, 16> bytes;
  if (::inet_pton(AF_INET, whole, bytes.data()) == 1) return IpAddress(std::span(bytes).first(4));
  if (::inet_pton(AF_INET6, whole, bytes.data()) == 1) return IpAddress(bytes);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::of(const sockaddr& address) {
  const auto bytes = [](const auto& raw) {
    return std::span(reinterpret_cast<const std::uint8_t*>(&raw), sizeof raw);
  };
  if (address.sa_family == AF_INET)
    return IpAddress(bytes(reinterpret_cast<const sockaddr_in&>(address).sin_addr));
  if (address.sa_family == AF_INET6)
    return IpAddress(bytes(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr));
  return std::nullopt;
}

IpAddress IpAddress::unmapped() const {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool is_mapped = !is_v4_ && std::ranges::equal(std::span(bytes_).first(12), kMapped);
  return is_mapped ? IpAddress(std::span(bytes_).last(4)) : *this;
}

std::string_view IpAddress::write(std::span<char, kTextMax + 1> out) const {
  static_assert(kTextMax + 1 == INET6_ADDRSTRLEN);
  ::inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes().data(), out.data(), static_cast<socklen_t>(out.size()));
  return out.data();
}

std::string to_string(const IpAddress& address) {
  char text[IpAddress::kTextMax + 1];
  return std::string(address.write(text));
}

std::optional<IpRange> IpRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto base = IpAddress::parse(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  int bits = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!base || error != std::errc{} || end != digits.data() + digits.size() || bits < 0 ||
      bits > std::ssize(base->bytes()) * 8)
    return std::nullopt;
  for (int bit = bits; bit < std::ssize(base->bytes()) * 8; ++bit)
    if (base->bytes()[static_cast<std::size_t>(bit / 8)] & (0x80 >> bit % 8)) return std::nullopt;
  return IpRange(*base, bits);
}

IpRange IpRange::of(const IpAddress& address) {
  return {address, static_cast<int>(address.bytes().size()) * 8};
}

IpRange IpRange::of(const IpAddress& address, int bits) {
  std::array<std::uint8_t, 16> bytes{};
  const auto given = address.bytes();
  CHECK(bits >= 0 && bits <= std::ssize(given) * 8);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const int kept = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    bytes[i] = static_cast<std::uint8_t>(given[i] & (0xFF00 >> kept));
  }
  return {IpAddress::of(std::span(bytes).first(given.size())), bits};
}

bool IpRange::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const std::size_t whole = static_cast<std::size_t>(bits_ / 8);
  if (!std::ranges::equal(address.bytes().first(whole), base_.bytes().first(whole))) return false;
  const int rest = bits_ % 8;
  return rest == 0 || ((address.bytes()[whole] ^ base_.bytes()[whole]) >> (8 - rest)) == 0;
}

std::string to_string(const IpRange& range) {
  std::string text = to_string(range.base());
  return text.append("/").append(std::to_string(range.bits()));
}

absl::InlinedVector<CountedNetwork, 2> counted_networks(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  if (plain.is_v4()) return {{IpRange::of(plain), 1}};
  return {{IpRange::of(plain, 64), 1}, {IpRange::of(plain, 48), kHostsPerSite}};
}

std::uint64_t hash_of(const IpRange& range) {
  std::uint64_t high, low;
  std::memcpy(&high, range.base().mapped().data(), 8);
  std::memcpy(&low, range.base().mapped().data() + 8, 8);
  const std::uint64_t mixed = (high ^ (low >> 29)) * 0x9E3779B97F4A7C15ull + low * 0xC2B2AE3D27D4EB4Full +
                              static_cast<std::uint64_t>(range.bits()) * 0x165667B19E3779F9ull;
  return mixed ^ (mixed >> 32);
}

bool any_contains(std::span<const IpRange> ranges, const IpAddress& address) {
  return std::ranges::any_of(ranges, [&](const IpRange& range) { return range.contains(address); });
}

}  // namespace porchlight
