// The URLs that others may have the house call (spec security §8), before any name is
// looked up. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/ip_address.h"

namespace porchlight::webhook {

inline constexpr std::size_t kUrlBytesMax = 2048;
// Of what is posted to: with what a handshake adds to it.
inline constexpr std::size_t kPostedUrlBytesMax = kUrlBytesMax + 256;
inline constexpr std::size_t kHostBytesMax = 253;

// What may be called. [webhooks] of the configuration.
struct EgressPolicy {
  std::vector<std::uint16_t> ports{443};
  std::vector<IpRange> allowed{};  // ranges that are opened though they are not public
};

struct Url {
  std::string host;  // in lower case; an address without brackets
  std::uint16_t port = 443;
  std::string target;                // path and query, beginning with '/'
  std::optional<IpAddress> literal;  // of the host, where it is an address

  // "https://host:port", the port where it is not 443.
  std::string origin() const;
  std::string text() const { return origin() + target; }
};

// An https URL of RFC 3986's characters, without user and fragment, its host a DNS name or, where the range
// is allowed, an address in its usual spelling. An error says what is wrong, in words for the caller.
std::expected<Url, std::string_view> parse_url(std::string_view text, const EgressPolicy& policy,
                                               std::size_t bytes_max = kUrlBytesMax);

}  // namespace porchlight::webhook
