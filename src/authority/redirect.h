// Redirect URIs of applications (RFC 6749 §3.1.2, RFC 8252).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight::authority {

inline constexpr std::size_t kRedirectBytesMax = 2048;

// The reason why a URI cannot be registered, as a phrase after it; nullopt if it can. Accepted: https, http on a
// loopback host, and private-use schemes; without a fragment, user info, or characters that are not allowed in a
// header.
std::optional<std::string> redirect_fault(std::string_view uri);

// Returns true if `given` equals the registered URI. For http on a loopback host the port may differ (RFC 8252 §7.3). A
// registered path, which only the applications of the web interface have, stands for that path at `base`, the address
// of this server, which must be https or a loopback host.
bool redirect_matches(std::string_view registered, std::string_view given, std::string_view base = {});

// The source expression for the form-action of a page's policy: "https://host:port", or "scheme:" for a private-use
// scheme and for an IPv6 address, which a policy cannot name (Content Security Policy Level 3 §2.3.1).
std::string redirect_origin(std::string_view uri);

}  // namespace porchlight::authority
