#include "node/listen_entry.h"

#include <charconv>

namespace porchlight::node {
namespace {

constexpr std::string_view kProxyProtocol = " proxy_protocol";

}  // namespace

ListenEntry parse_listen_entry(std::string_view entry) {
  const bool proxy_protocol = entry.ends_with(kProxyProtocol);
  if (proxy_protocol) entry.remove_suffix(kProxyProtocol.size());
  return {std::string(entry), proxy_protocol};
}

std::string_view address_fault(std::string_view entry) {
  constexpr std::string_view kForm = "not host:port or [v6]:port";
  const std::string without_option = parse_listen_entry(entry).address;
  const std::string_view address = without_option;
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return kForm;
  const std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  // Commas separate entries in an environment variable.
  if (host.find_first_of(bracketed ? "," : ":[], /") != std::string_view::npos) return kForm;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size() || number > 65535)
    return "the port is not a number from 0 to 65535";
  return {};
}

std::string_view host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace porchlight::node
