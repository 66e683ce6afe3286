// Which addresses the server may call (spec security §8). Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/ip_address.h"

namespace porchlight::webhook {

// Returns why `address` may not be called, as a name such as "loopback", or nullopt if it may. `own`: the
// addresses of this machine. `allowed` permits what is blocked by default, but never link-local addresses,
// metadata services or IPv6 addresses that contain an IPv4 address.
std::optional<std::string_view> why_blocked(const IpAddress& address, std::span<const IpRange> allowed,
                                            std::span<const IpAddress> own);

// Returns why `text` is not a valid entry of the allowed ranges, or an empty text if it is valid.
std::string_view allowed_range_error(std::string_view text);

}  // namespace porchlight::webhook
