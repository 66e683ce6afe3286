// URLs of webhooks. They come from API clients and the server calls them, so each is checked twice before any
// lookup: by the rules here, which say what may be called, and by libcurl's own parser, which later dials. A
// URL that the two read differently is refused; otherwise one host could be checked and another one called.
#include "webhook/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/text.h"

namespace porchlight::webhook {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::size_t kLabelBytesMax = 63;

using InvalidUrl = std::unexpected<std::string_view>;

constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

// RFC 3986: unreserved, sub-delims, and what else a path or a query may contain.
constexpr bool is_target_character(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?%").find(c) != std::string_view::npos;
}

// Path and query: allowed characters, each '%' followed by two hex digits.
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

// A DNS name: labels of letters, digits, '-' and '_'.
bool good_name(std::string_view host) {
  if (host.size() > kHostBytesMax) return false;
  for (;;) {
    const std::size_t dot = host.find('.');
    if (!good_label(host.substr(0, dot))) return false;
    if (dot == host.npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// Whether a resolver might read the name as an IPv4 address: its last label is a decimal, octal or
// hexadecimal number. No top-level domain is a number.
bool looks_like_address(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool hexadecimal = last.size() >= 2 && last[0] == '0' && to_lower(last[1]) == 'x';
  return std::ranges::all_of(hexadecimal ? last.substr(2) : last,
                             [&](char c) { return hexadecimal ? hex_value(c) >= 0 : is_digit(c); });
}

// The host and the port of a URL as libcurl reads them. `host` is empty if libcurl refuses the URL, `port` if
// the URL names none.
struct CurlReading {
  std::string host;
  std::string port;
};

CurlReading read_with_curl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype([](CURLU* parsed) { curl_url_cleanup(parsed); })> parsed(curl_url());
  CurlReading reading;
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return reading;
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    curl_url_get(parsed.get(), which, &text, 0);
    const std::unique_ptr<char, decltype([](char* owned) { curl_free(owned); })> owner(text);
    return std::string(text ? text : "");
  };
  reading.host = part(CURLUPART_HOST);
  reading.port = part(CURLUPART_PORT);
  return reading;
}

// The address in "[::1]", or the text itself.
std::string_view without_brackets(std::string_view host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

// Sets url.host and url.literal. An address passes if its range is allowed and its spelling is the usual one.
std::expected<void, std::string_view> read_host(std::string_view host, const EgressPolicy& policy, Url& url) {
  const std::string_view bare = without_brackets(host);
  const bool bracketed = bare.size() < host.size();
  if (bracketed || looks_like_address(host)) {
    const auto address = IpAddress::parse(bare);
    const bool spelled = address && address->is_v4() != bracketed;
    const bool open =
        spelled && !why_blocked(*address, policy.allowed, {}) &&
        std::ranges::any_of(policy.allowed, [&](auto& range) { return range.contains(*address); });
    if (!open) {
      return InvalidUrl(
          "the host must be a name, or an address in webhooks.allow_ranges of the server's configuration");
    }
    url.literal = address;
  } else if (!good_name(host)) {
    return InvalidUrl("the host is not a DNS name");
  }
  url.host = bare;
  std::ranges::transform(url.host, url.host.begin(), to_lower);
  return {};
}

// Whether libcurl reads the host that was checked. It respells IPv6 addresses, so these are compared as
// addresses.
bool is_same_host(std::string_view curl_host, const Url& url) {
  if (url.literal) return IpAddress::parse(without_brackets(curl_host)) == url.literal;
  return equals_ignore_case(curl_host, url.host);
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
  const std::string whole(text);
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
  const CurlReading reading = read_with_curl(whole);
  if (host.size() < authority.size()) {
    // libcurl also accepts ":0443" and ":0"; these are refused.
    const std::string_view port = authority.substr(host.size() + 1);
    if (authority[host.size()] != ':' || port.empty() || port == "0" || port != reading.port)
      return InvalidUrl("the URL's port is not a number");
    std::from_chars(port.data(), port.data() + port.size(), url.port);
  }
  if (!is_same_host(reading.host, url)) return InvalidUrl("the host is not a DNS name");
  if (std::ranges::find(policy.ports, url.port) == policy.ports.end())
    return InvalidUrl("the URL's port is not in webhooks.ports of the server's configuration");
  url.target = text.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  return url;
}

}  // namespace porchlight::webhook
