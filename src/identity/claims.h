// The claims of a token's payload that decide (spec protocol §2.2), and the caller that they make (§2.3).
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
bool is_personal(const Guid& tenant);

// Claims of the right type. Texts look into the reader that read them.
struct Claims {
  std::optional<std::string_view> iss;
  std::vector<std::string_view> aud;
  std::optional<Time> exp;
  std::optional<Time> nbf;
  std::optional<Time> iat;
  // Ids; absent where the token has none, or something that is none.
  std::optional<Guid> tenant = {};
  std::optional<Guid> app = {};
  std::optional<Guid> user = {};
  std::string_view upn = {};  // in the user's stead, from issuers whose tokens name people so
  bool delegated = false;
  std::vector<std::string_view> scopes = {};
  std::vector<std::string_view> roles = {};  // of an application
};

// Reads a payload, whose claims mean what `map` says; a claim of a wrong type, or a time beyond 0..2^33
// seconds, makes it malformed.
std::expected<Claims, TokenFault> read_claims(JsonReader& reader, std::string_view payload,
                                              const ClaimMap& map = {});

// The `iss` of a payload that may be anything.
std::optional<std::string_view> read_iss(JsonReader& reader, std::string_view payload);

// The caller these claims describe: kind, ids and permissions. Believes them: they must have been checked.
std::expected<Caller, TokenFault> make_caller(const Claims& claims);

}  // namespace porchlight::identity
