// URLs of webhooks, and which of them the server may call (spec security §8). Checked before any lookup.
// Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/blocked_addresses.h"

namespace porchlight::webhook {

// Limits in bytes.
inline constexpr std::size_t kUrlBytesMax = 2048;
// Of a URL that is called: with the validation token that is appended to it.
inline constexpr std::size_t kPostedUrlBytesMax = kUrlBytesMax + 256;
inline constexpr std::size_t kHostBytesMax = 253;

// What the server may call: [webhooks] of the configuration.
struct EgressPolicy {
  std::vector<std::uint16_t> ports{443};
  std::vector<IpRange> allowed{};  // ranges that may be called although they are not public
  friend bool operator==(const EgressPolicy&, const EgressPolicy&) = default;
};

// A URL that passed parse_url().
struct Url {
  std::string host;  // lower case; an address without brackets
  std::uint16_t port = 443;
  std::string target;                // path and query, beginning with '/'
  std::optional<IpAddress> literal;  // the host, if it is an address

  // "https://host:port", without the port if it is 443.
  std::string origin() const;
  // The whole URL.
  std::string text() const { return origin() + target; }
};

// Parses an https URL of RFC 3986's characters, without user and fragment. The host is a DNS name or, if its
// range is allowed, an address in its usual spelling. The error is a sentence for the API client.
std::expected<Url, std::string_view> parse_url(std::string_view text, const EgressPolicy& policy,
                                               std::size_t bytes_max = kUrlBytesMax);

}  // namespace porchlight::webhook
