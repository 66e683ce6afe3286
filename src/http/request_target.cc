// Parsing of request targets and of Host. The server does not use the host for routing, so it is only checked
// for form; the path stays percent-encoded until the router splits it.
#include "http/request_target.h"

#include <arpa/inet.h>

#include <algorithm>

#include "http/characters.h"

namespace porchlight::http {
namespace {

bool is_port(std::string_view text) {
  if (text.size() > 5) return false;
  unsigned port = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

bool is_v6(std::string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof copy) return false;
  *std::copy(text.begin(), text.end(), copy) = '\0';
  in6_addr ignored;
  return inet_pton(AF_INET6, copy, &ignored) == 1;
}

// reg-name of RFC 3986 §3.2.2, not empty. Percent-encoding is refused: no DNS name needs it, and a proxy that decodes
// the name would see another host than this server (RFC 9110 §7.2).
bool is_reg_name(std::string_view text) {
  return !text.empty() && characters::all(text, characters::kRegName);
}

// Path and query around the first '?'.
RequestTarget split_query(std::string_view text) {
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, {}, {}};
  return {text.substr(0, mark), text.substr(mark + 1), {}};
}

std::optional<RequestTarget> parse_absolute(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (!same_name(scheme, "http") && !same_name(scheme, "https")) return std::nullopt;
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
  if (!is_authority(rest.substr(0, host_end))) return std::nullopt;
  RequestTarget target = split_query(rest.substr(host_end));
  if (target.path.empty()) target.path = "/";
  target.host = rest.substr(0, host_end);
  return target;
}

}  // namespace

bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_v6(text.substr(1, end - 1))) return false;
    const std::string_view rest = text.substr(end + 1);
    return rest.empty() || (rest[0] == ':' && is_port(rest.substr(1)));
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  return is_reg_name(text.substr(0, colon)) && (colon == text.size() || is_port(text.substr(colon + 1)));
}

std::optional<RequestTarget> parse_target(std::string_view text, Method method) {
  if (text.starts_with('/')) return split_query(text);
  if (text == "*" && method == Method::kOptions) return RequestTarget{text, {}, {}};
  return parse_absolute(text);
}

}  // namespace porchlight::http
