// The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): the bytes before a connection's first request by
// which a proxy names the client. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "base/ip_address.h"

namespace porchlight::http {

// The longest header: a line of version 1 with its line end, and a header of version 2 with its extensions.
inline constexpr std::size_t kProxyLineBytesMax = 107;
inline constexpr std::size_t kProxyHeaderBytesMax = 2048;

// A complete header.
struct ProxyHeader {
  std::size_t bytes = 0;            // its length
  std::optional<IpAddress> client;  // absent: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN)
  bool is_https = false;            // the client used TLS with the proxy (PP2_TYPE_SSL)
  friend bool operator==(const ProxyHeader&, const ProxyHeader&) = default;
};

// The bytes are no header. The connection is closed: nothing that follows can be trusted.
struct BadProxyHeader {};

// Reads the header at the beginning of `bytes`. Returns nullopt while it is incomplete, which is never so for
// kProxyHeaderBytesMax bytes. The result does not depend on what follows the header.
std::expected<std::optional<ProxyHeader>, BadProxyHeader> read_proxy_header(std::string_view bytes);

}  // namespace porchlight::http
