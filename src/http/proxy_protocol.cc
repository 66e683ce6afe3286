// Version 1 is a line of text:
//   PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 CR LF
// Version 2 is binary:
//   signature (12) | version and command (1) | family and transport (1) | length (2) | addresses | extensions
//   an extension: type (1) | length (2) | value
#include "http/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>

#include "base/split.h"

namespace porchlight::http {
namespace {

using HeaderResult = std::expected<std::optional<ProxyHeader>, BadProxyHeader>;
constexpr std::unexpected<BadProxyHeader> kBad{BadProxyHeader{}};

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);  // it contains a NUL
constexpr std::size_t kFixedBytes = 16;

// Whether `text` may still become something that begins with `start`.
bool may_begin(std::string_view text, std::string_view start) {
  const std::size_t common = std::min(text.size(), start.size());
  return text.substr(0, common) == start.substr(0, common);
}

bool is_port_number(std::string_view text) {
  unsigned port = 65536;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port <= 65535;
}

// The line without its line end.
HeaderResult parse_line(std::string_view line) {
  ProxyHeader header{.bytes = line.size() + 2, .client = {}};
  std::array<std::string_view, 6> parts;
  std::size_t count = 0;
  for (const std::string_view part : split(line, ' ')) {
    if (count < parts.size()) parts[count] = part;
    ++count;
  }
  if (parts[1] == "UNKNOWN") return header;  // whatever follows is ignored
  if (count != parts.size() || (parts[1] != "TCP4" && parts[1] != "TCP6")) return kBad;
  const auto from = IpAddress::parse(parts[2]), to = IpAddress::parse(parts[3]);
  const bool is_v4 = parts[1] == "TCP4";
  if (!from || !to || from->is_v4() != is_v4 || to->is_v4() != is_v4 || !is_port_number(parts[4]) ||
      !is_port_number(parts[5]))
    return kBad;
  header.client = from->unmapped();
  return header;
}

HeaderResult read_line(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, kProxyLineBytesMax);
  const std::size_t end = line.find("\r\n");
  if (end != line.npos) return parse_line(line.substr(0, end));
  return line.size() == kProxyLineBytesMax ? HeaderResult(kBad) : HeaderResult(std::nullopt);
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}

// Whether the extensions say that the client used TLS; nullopt if they are malformed.
std::optional<bool> read_extensions(std::string_view bytes) {
  constexpr char kSsl = 0x20;
  constexpr char kClientUsedSsl = 1;
  bool is_https = false;
  while (!bytes.empty()) {
    if (bytes.size() < 3) return std::nullopt;
    const char type = bytes[0];
    const std::size_t length = number_at(bytes, 1);
    bytes.remove_prefix(3);
    if (length > bytes.size()) return std::nullopt;
    if (type == kSsl) {
      if (length < 5) return std::nullopt;
      is_https = (bytes[0] & kClientUsedSsl) != 0;
    }
    bytes.remove_prefix(length);
  }
  return is_https;
}

// A whole binary header. Connections other than TCP have no address that counts.
HeaderResult parse_binary(std::string_view bytes) {
  constexpr unsigned char kLocal = 0x20, kProxy = 0x21, kTcp4 = 0x11, kTcp6 = 0x21;
  const auto command = static_cast<unsigned char>(bytes[12]), family = static_cast<unsigned char>(bytes[13]);
  ProxyHeader header{.bytes = bytes.size(), .client = {}};
  if (command == kLocal) return header;
  if (command != kProxy) return kBad;
  if (family != kTcp4 && family != kTcp6) return header;
  const std::size_t address_bytes = family == kTcp4 ? 4 : 16;
  const std::size_t addresses = 2 * address_bytes + 4;  // both ends, and both ports
  const std::string_view rest = bytes.substr(kFixedBytes);
  if (rest.size() < addresses) return kBad;
  std::array<std::uint8_t, 16> raw;
  std::memcpy(raw.data(), rest.data(), address_bytes);
  header.client = IpAddress::of(std::span(raw).first(address_bytes)).unmapped();
  const auto is_https = read_extensions(rest.substr(addresses));
  if (!is_https) return kBad;
  header.is_https = *is_https;
  return header;
}

HeaderResult read_binary(std::string_view bytes) {
  if (bytes.size() < kFixedBytes) return std::nullopt;
  const std::size_t whole = kFixedBytes + number_at(bytes, 14);
  if (whole > kProxyHeaderBytesMax) return kBad;
  return bytes.size() < whole ? HeaderResult(std::nullopt) : parse_binary(bytes.substr(0, whole));
}

}  // namespace

HeaderResult read_proxy_header(std::string_view bytes) {
  if (bytes.starts_with(kLineStart)) return read_line(bytes);
  if (bytes.starts_with(kSignature)) return read_binary(bytes);
  return may_begin(bytes, kLineStart) || may_begin(bytes, kSignature) ? HeaderResult(std::nullopt)
                                                                      : HeaderResult(kBad);
}

}  // namespace porchlight::http
