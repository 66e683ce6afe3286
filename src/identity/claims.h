// The claims of a token that matter here (spec protocol §2.2), and the caller that they describe
// (spec protocol §2.3).
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "identity/caller.h"
#include "identity/claim_map.h"
#include "identity/token_fault.h"

namespace porchlight::identity {

// The tenant of all personal Microsoft accounts (spec protocol §2.3).
inline constexpr std::string_view kPersonalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
// Whether the tenant is that one.
bool is_personal(const Guid& tenant);

// Claims of the right type. The texts are views into the reader that parsed them.
struct Claims {
  std::optional<std::string_view> iss;
  std::vector<std::string_view> aud;
  std::optional<Time> exp;
  std::optional<Time> nbf;
  std::optional<Time> iat;
  // Ids. nullopt if the token has none, or one that is not a GUID.
  std::optional<Guid> tenant = {};
  std::optional<Guid> app = {};
  std::optional<Guid> user = {};
  std::string_view upn = {};  // in place of `user`, for issuers whose tokens name users so
  bool delegated = false;     // a user's token
  std::vector<std::string_view> scopes = {};
  std::vector<std::string_view> roles = {};  // of an application; empty in a user's token
};

// Parses a payload by the names in `map`. Returns kMalformed if it is not an object, a claim has a wrong
// type, or a time is outside of 0..2^33 seconds.
std::expected<Claims, TokenFault> read_claims(JsonReader& reader, std::string_view payload,
                                              const ClaimMap& map = {});

// The `iss` of a payload that has not been verified.
std::optional<std::string_view> read_iss(JsonReader& reader, std::string_view payload);

// Whether the name, in any letter case, is a permission that make_caller() takes from scopes, or from roles.
bool is_delegated_permission(std::string_view name);
bool is_application_permission(std::string_view name);

// The names of the permissions, as tokens have them: delegated ones first.
std::vector<std::string_view> names_of(Permissions permissions);

// The caller that the claims describe: kind, ids and permissions. The claims must have been verified.
std::expected<Caller, TokenFault> make_caller(const Claims& claims);

}  // namespace porchlight::identity
