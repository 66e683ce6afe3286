// The parameter `scope` (RFC 6749 §3.3; spec protocol §2.6), and its evaluation against grants and consents.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/error.h"
#include "authority/page_text.h"
#include "authority/registration.h"
#include "base/guid.h"

namespace porchlight::authority {

// The application id of Microsoft Graph, which unmodified clients use for this server.
inline constexpr std::string_view kGraphId = "00000003-0000-0000-c000-000000000000";
// Maximum length of the parameter. Large enough for granted_text() of the longest scope, which refresh tokens store.
inline constexpr std::size_t kScopeBytesMax = 32 * 1024;
inline constexpr std::size_t kScopePrefixBytesMax = 64;  // a resource before a permission

// The resource and permissions of one request. All permissions belong to the same resource.
struct Scope {
  std::optional<Guid> resource;    // an application; nullopt: Graph, or no resource
  std::vector<std::string> names;  // its permissions, unique; those of Graph in Graph's spelling
  bool everything = false;         // `.default`: all granted permissions
  bool openid = false, profile = false, email = false, offline = false;
  std::string
      prefix;  // how the request writes the resource in front of a permission: "https://host/" or none
  friend bool operator==(const Scope&, const Scope&) = default;

  bool asks_resource() const { return everything || !names.empty(); }
};

// Parses the parameter. Refuses invalid tokens, two resources, unknown resources, `.default` together with permissions,
// and permissions that Graph does not have.
OAuthResult<Scope> parse_scope(std::string_view text);

// The name of this server where the permissions of applications have the name of their application.
inline constexpr std::string_view kOwnName = "Porchlight";

// The result for a delegated request.
struct Consent {
  std::string resource;  // the name of the application whose permissions these are, or kOwnName
  std::vector<std::string> granted;
  std::vector<std::string> missing;  // requested, without consent
  bool missing_admin = false;        // whether one of these can be granted only by an administrator
};

// Evaluates a scope. `agreed`: the user's consents for this application, as qualified_permission() writes them.
// `resource`: the requested application, null for Graph; a permission that it does not expose is an error.
OAuthResult<Consent> evaluate_consent(const Scope& scope, const Client& client, const Client* resource,
                                      std::span<const std::string> agreed);

// The requested permissions as a consent page lists them, those without consent first:
// "See your presence (Presence.Read of Porchlight)", or "Use access of Middle" for the scope of an application.
std::vector<std::string> consent_sentences(const PageTexts& texts, const Scope& scope,
                                           const Consent& consent);

// A permission with its resource as one string: "Presence.Read" for Graph, "<app id>/access".
std::string qualified_permission(const std::optional<Guid>& resource, std::string_view name);

// The `scope` of a token response: the granted permissions in the spelling of the request, and the requested scopes of
// OpenID Connect (spec clients 12).
std::string granted_text(const Scope& scope, std::span<const std::string> granted);

}  // namespace porchlight::authority
