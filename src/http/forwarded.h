// What proxies say about the client of a request: Forwarded (RFC 7239), and X-Forwarded-For, -Proto and -Host. Pure.
//
// Anyone can send these fields, so only what a trusted proxy added counts. Each proxy adds its entry at the right end;
// the entries are read from there to the left, as long as the next one was added by a trusted proxy.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/ip_address.h"
#include "http/message.h"

namespace porchlight::http {

// Entries of a field that are read, from the right. Those further to the left are ignored.
inline constexpr std::size_t kForwardedHopsMax = 32;

// The client as trusted proxies name it. A member is empty if they do not say it, or say it in a malformed way.
struct ForwardedClient {
  std::optional<IpAddress> address;
  std::optional<bool> is_https;
  std::string_view host;  // a well-formed authority; a view into the fields
  friend bool operator==(const ForwardedClient&, const ForwardedClient&) = default;
};

// The client of a request that comes from a trusted proxy: the first address from the right that is not in `trusted`,
// or the leftmost if all are. A malformed entry, `unknown` or a hidden name ends the walk: the client is then the
// address to its right. Scheme and host are those of the entry of that client, or of the one nearest to its right.
// If both kinds of fields are present, a member that they contradict each other in is empty: the proxy set one of them,
// and the other may be the client's own.
ForwardedClient read_forwarded(std::span<const HeaderField> fields, std::span<const IpRange> trusted);

}  // namespace porchlight::http
