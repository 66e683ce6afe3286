// What a request asks for: the words of `scope` (RFC 6749 §3.3; spec protocol §2.6), and what of it was
// consented to.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/error.h"
#include "authority/registration.h"
#include "base/guid.h"

namespace porchlight::authority {

// Microsoft Graph's own id, under which unmodified clients ask for us.
inline constexpr std::string_view kGraphId = "00000003-0000-0000-c000-000000000000";
// Room for what granted_text() writes of the longest scope, which is read again.
inline constexpr std::size_t kScopeBytesMax = 32 * 1024;
inline constexpr std::size_t kScopePrefixBytesMax = 64;  // a resource, in front of a permission

// The resource and permissions of one request. All its permissions are of one resource.
struct Scope {
  std::optional<Guid> resource;    // an application's; absent where Graph is meant or nothing is asked of one
  std::vector<std::string> names;  // permissions of it, each once; Graph's as Graph spells them
  bool everything = false;         // `.default`: all that was granted
  bool openid = false, profile = false, email = false, offline = false;
  std::string
      prefix;  // how the request writes the resource in front of a permission: "https://host/" or none
  friend bool operator==(const Scope&, const Scope&) = default;

  bool asks_resource() const { return everything || !names.empty(); }
};

// Reads the parameter. Refused: words that are none, two resources, unknown resources, `.default` beside
// permissions, permissions that Graph does not have.
OAuthResult<Scope> parse_scope(std::string_view text);

// What a delegated request gets, and what is in the way.
struct Consent {
  std::vector<std::string> granted;
  std::vector<std::string> missing;  // nobody consented to these yet
  bool missing_admin = false;        // and one of them only an administrator can grant
};

// `agreed`: what this person consented to for this application, as qualified_permission() has it. `resource` is the
// application asked, where it is not Graph; what it does not expose is refused.
OAuthResult<Consent> evaluate_consent(const Scope& scope, const Client& client, const Client* resource,
                                      std::span<const std::string> agreed);

// A permission as one text over all resources: "Presence.Read", "<app id>/access".
std::string qualified_permission(const std::optional<Guid>& resource, std::string_view name);

// The `scope` of a token answer: what was granted as the request wrote it, and what of OpenID Connect was
// asked for (spec clients 12).
std::string granted_text(const Scope& scope, std::span<const std::string> granted);

}  // namespace porchlight::authority
