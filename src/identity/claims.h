// The claims of a token's payload that decide (spec protocol §2.2), and the caller that they make (§2.3).
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "identity/caller.h"
#include "identity/token_fault.h"

namespace porchlight::identity {

// Claims of the right type. Texts look into the reader that read them.
struct Claims {
  std::optional<std::string_view> iss;
  std::vector<std::string_view> aud;
  std::optional<Time> exp;
  std::optional<Time> nbf;
  std::optional<Time> iat;
  std::optional<std::string_view> tid;
  std::optional<std::string_view> oid;
  std::optional<std::string_view> appid;
  std::optional<std::string_view> azp;
  std::optional<std::string_view> idtyp;
  std::optional<std::string_view> scp;
  std::optional<std::vector<std::string_view>> roles;
};

// Reads a payload; a claim of a wrong type, or a time beyond 0..2^33 seconds, makes it malformed.
std::expected<Claims, TokenFault> read_claims(JsonReader& reader, std::string_view payload);

// The caller these claims describe: kind, ids and permissions. Believes them: they must have been checked.
std::expected<Caller, TokenFault> make_caller(const Claims& claims);

}  // namespace porchlight::identity
