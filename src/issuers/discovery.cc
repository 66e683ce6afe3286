// A discovery document decides where keys come from, so it is treated as hostile: it must name the configured
// issuer, and keys on its own origin.
#include "issuers/discovery.h"

#include <algorithm>

#include "base/json.h"

namespace porchlight::issuers {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::string_view kPortOfHttps = ":443";

// Visible ASCII without the characters that would need quoting in logs and headers.
bool is_url_character(char c) { return c > ' ' && c < 127 && c != '"' && c != '\\' && c != '<' && c != '>'; }

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// `host`, `host:port`, `[v6]` or `[v6]:port`.
bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos || end == 1) return false;
    const std::string_view rest = text.substr(end + 1);
    return text.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.") == text.npos &&
           (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const std::size_t colon = text.find(':');
  if (colon != text.npos && !is_port(text.substr(colon + 1))) return false;
  const std::string_view host = text.substr(0, colon);
  return !host.empty() &&
         std::ranges::all_of(host, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
}

}  // namespace

std::string https_origin(std::string_view url) {
  if (url.size() > kUrlBytesMax || !std::ranges::all_of(url, is_url_character)) return {};
  std::string origin(url.substr(0, url.find_first_of("/?#", std::min(kHttps.size(), url.size()))));
  std::ranges::transform(origin, origin.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (!origin.starts_with(kHttps) || url.find('#') != url.npos) return {};
  if (!is_authority(std::string_view(origin).substr(kHttps.size()))) return {};
  if (origin.ends_with(kPortOfHttps)) origin.resize(origin.size() - kPortOfHttps.size());
  return origin;
}

std::expected<std::string, std::string> read_discovery(std::string_view json, std::string_view iss,
                                                       std::string_view url) {
  JsonReader reader;
  const auto root = reader.parse(json, {.names_ignore_case = false});
  simdjson::dom::object document;
  if (!root || root->get(document) != simdjson::SUCCESS)
    return std::unexpected("the discovery document is not a JSON object");
  std::string_view issuer, keys;
  if (document["issuer"].get(issuer) != simdjson::SUCCESS || issuer != iss)
    return std::unexpected("the discovery document is another issuer's");
  if (document["jwks_uri"].get(keys) != simdjson::SUCCESS || https_origin(keys).empty())
    return std::unexpected("the discovery document has no https address of keys");
  if (https_origin(keys) != https_origin(url))
    return std::unexpected(
        "the discovery document names keys of another host: configure their address as jwks_url");
  return std::string(keys);
}

}  // namespace porchlight::issuers
