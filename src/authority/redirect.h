// Where an application lets people be sent back to (RFC 6749 §3.1.2, RFC 8252).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight::authority {

inline constexpr std::size_t kRedirectBytesMax = 2048;

// What is wrong with an address to register, if anything; a phrase that follows it. Good are https anywhere,
// http on a loopback host, and schemes of an application's own; none has a fragment, a user part or a
// character that an answer's header would trip over.
std::optional<std::string> redirect_fault(std::string_view uri);

// Whether `given` is the address registered: the same text; or, for http on a loopback host, the same but for
// the port (RFC 8252 §7.3).
bool redirect_matches(std::string_view registered, std::string_view given);

// What a page must name so that a browser lets its form lead there: "https://host:port", or "scheme:".
std::string redirect_origin(std::string_view uri);

}  // namespace porchlight::authority
