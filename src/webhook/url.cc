#include "webhook/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace porchlight::webhook {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::size_t kLabelBytesMax = 63;

using InvalidUrl = std::unexpected<std::string_view>;

constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

// RFC 3986: unreserved, sub-delims, and what else a path or a query may hold.
constexpr bool is_target_character(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?%").find(c) != std::string_view::npos;
}

bool good_target(std::string_view target) {
  if (!std::ranges::all_of(target, is_target_character)) return false;
  for (std::size_t i = target.find('%'); i != target.npos; i = target.find('%', i + 1))
    if (i + 2 >= target.size() || hex_value(target[i + 1]) < 0 || hex_value(target[i + 2]) < 0) return false;
  return true;
}

bool good_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label,
                             [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool good_name(std::string_view host) {
  if (host.size() > kHostBytesMax) return false;
  for (;;) {
    const std::size_t dot = host.find('.');
    if (!good_label(host.substr(0, dot))) return false;
    if (dot == host.npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// Whether some resolver might read the name as an IPv4 address: its last label is a number, decimal, octal or
// hexadecimal. No top-level domain is.
bool looks_like_address(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool hexadecimal = last.size() >= 2 && last[0] == '0' && to_lower(last[1]) == 'x';
  return std::ranges::all_of(hexadecimal ? last.substr(2) : last,
                             [&](char c) { return hexadecimal ? hex_value(c) >= 0 : is_digit(c); });
}

// ":8443"
std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.size() < 2 || text[0] != ':' || text[1] == '0') return std::nullopt;
  const std::string_view digits = text.substr(1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return port;
}

std::expected<void, std::string_view> read_host(std::string_view host, const EgressPolicy& policy, Url& url) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  const std::string_view bare = bracketed ? host.substr(1, host.size() - 2) : host;
  if (bracketed || looks_like_address(host)) {
    const auto address = IpAddress::parse(bare);
    const bool spelled = address && address->is_v4() != bracketed;
    const bool open =
        spelled && !why_blocked(*address, policy.allowed, {}) &&
        std::ranges::any_of(policy.allowed, [&](auto& range) { return range.contains(*address); });
    if (!open) return InvalidUrl("the host must be a name, not an address");
    url.literal = address;
  } else if (!good_name(host)) {
    return InvalidUrl("the host is not a DNS name");
  }
  url.host = bare;
  std::ranges::transform(url.host, url.host.begin(), to_lower);
  return {};
}

}  // namespace

std::string Url::origin() const {
  const bool bracketed = literal && !literal->is_v4();
  std::string text = fmt::format("{}{}{}{}", kScheme, bracketed ? "[" : "", host, bracketed ? "]" : "");
  if (port != 443) text.append(":").append(std::to_string(port));
  return text;
}

std::expected<Url, std::string_view> parse_url(std::string_view text, const EgressPolicy& policy,
                                               std::size_t bytes_max) {
  if (text.size() > bytes_max) return InvalidUrl("the URL must not be longer than 2048 characters");
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }))
    return InvalidUrl("the URL must be of ASCII characters without blanks");
  if (!equals_ignore_case(text.substr(0, kScheme.size()), kScheme))
    return InvalidUrl("the URL must begin with https://");
  if (text.find('#') != text.npos) return InvalidUrl("the URL must not have a fragment");
  text.remove_prefix(kScheme.size());

  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, path);
  if (authority.find('@') != authority.npos) return InvalidUrl("the URL must not name a user");
  if (!good_target(text.substr(path)))
    return InvalidUrl("the URL has a character that must be percent-encoded");

  Url url;
  const std::size_t end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  const std::string_view host = authority.substr(0, end);
  if (const auto read = read_host(host, policy, url); !read) return InvalidUrl(read.error());
  if (host.size() < authority.size()) {
    const auto port = read_port(authority.substr(host.size()));
    if (!port) return InvalidUrl("the URL's port is not a number");
    url.port = *port;
  }
  if (std::ranges::find(policy.ports, url.port) == policy.ports.end())
    return InvalidUrl("the URL's port is not one that may be called");
  url.target = text.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  return url;
}

}  // namespace porchlight::webhook
