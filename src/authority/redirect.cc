// Validation and comparison of redirect URIs.
#include "authority/redirect.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "http/characters.h"
#include "http/request_target.h"

namespace porchlight::authority {
namespace {

// The parts of a URI. Splitting is minimal on purpose: redirect_fault() refuses what browsers could read differently,
// backslashes, white space and user info among it.
struct RedirectAddress {
  std::string_view scheme, authority, rest;  // rest: path and query
};

bool is_scheme(std::string_view text) {
  return !text.empty() && ((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z') &&
         std::ranges::all_of(text, [](char c) {
           return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '+' || c == '-' ||
                  c == '.';
         });
}

std::optional<RedirectAddress> split_address(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == uri.npos || !is_scheme(uri.substr(0, colon))) return std::nullopt;
  RedirectAddress address{uri.substr(0, colon), {}, uri.substr(colon + 1)};
  if (!address.rest.starts_with("//")) return address;
  address.rest.remove_prefix(2);
  address.authority = address.rest.substr(0, address.rest.find_first_of("/?"));
  address.rest.remove_prefix(address.authority.size());
  return address;
}

bool is_web(const RedirectAddress& address) { return address.scheme == "https" || address.scheme == "http"; }

// The host in the authority of a URI, with the brackets of an IPv6 address.
std::string_view without_port(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == authority.npos || authority.find(']', colon) != authority.npos) return authority;
  return authority.substr(0, colon);
}

// Whether the authority has no port, or one that an application can listen on: `localhost:` and `localhost:0` are not
// localhost.
bool has_usable_port(std::string_view authority) {
  const std::string_view host = without_port(authority);
  if (host.size() == authority.size()) return true;
  const std::string_view digits = authority.substr(host.size() + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
  return error == std::errc{} && end == digits.end() && port != 0;
}

bool is_loopback(const RedirectAddress& address) {
  const std::string_view host = without_port(address.authority);
  return address.scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "[::1]");
}

// Characters that may be in a registered URI: visible ASCII without those that HTML, CSP or headers treat specially.
bool is_plain(char c) {
  constexpr std::string_view kRefused = "\"'<>\\^`{|}*;,#";
  return http::characters::is(c, http::characters::kVisible) && kRefused.find(c) == kRefused.npos;
}

// Whether it is a path, and not the rest of an address without a scheme.
bool is_own_path(std::string_view uri) { return uri.starts_with('/') && !uri.starts_with("//"); }

// Schemes that browsers handle themselves instead of passing them to an application.
bool is_browsers_own(std::string_view scheme) {
  constexpr std::string_view kOwn[] = {"javascript", "data", "vbscript",   "file", "about",
                                       "blob",       "ftp",  "filesystem", "ws",   "wss"};
  return std::ranges::any_of(kOwn, [&](std::string_view own) { return equals_ignore_case(own, scheme); });
}

}  // namespace

std::optional<std::string> redirect_fault(std::string_view uri) {
  if (uri.size() > kRedirectBytesMax) return fmt::format("is longer than {} bytes", kRedirectBytesMax);
  if (!std::ranges::all_of(uri, is_plain)) return "holds a fragment, a wildcard or a character to be escaped";
  const auto address = split_address(uri);
  if (!address) return "is not an absolute address";
  if (is_browsers_own(address->scheme)) return "has a scheme that is no application's";
  if (!is_web(*address)) {
    if (equals_ignore_case(address->scheme, "http") || equals_ignore_case(address->scheme, "https"))
      return "must have its scheme in lower case";
    return std::nullopt;
  }
  if (!http::is_authority(address->authority)) return "has no host, or a user part";
  if (!has_usable_port(address->authority)) return "has a port that is not a number from 1 to 65535";
  if (address->scheme == "http" && !is_loopback(*address)) return "must be https, or http on a loopback host";
  return std::nullopt;
}

// Exact comparison, except the port of a loopback address: native applications listen on a port that the system
// chooses. There the given URI must pass the checks of registration as well, since its text was not registered.
bool redirect_matches(std::string_view registered, std::string_view given, std::string_view base) {
  if (is_own_path(registered)) return given == std::string(base).append(registered) && !redirect_fault(given);
  if (registered == given) return true;
  const auto ours = split_address(registered);
  const auto theirs = split_address(given);
  return ours && theirs && !redirect_fault(given) && is_loopback(*ours) && is_loopback(*theirs) &&
         without_port(ours->authority) == without_port(theirs->authority) && ours->rest == theirs->rest;
}

std::string redirect_origin(std::string_view uri) {
  const auto address = split_address(uri);
  if (!address) return {};
  if (!is_web(*address) || address->authority.starts_with('[')) return fmt::format("{}:", address->scheme);
  return fmt::format("{}://{}", address->scheme, address->authority);
}

}  // namespace porchlight::authority
