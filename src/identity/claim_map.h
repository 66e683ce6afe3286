// The meaning of an issuer's claims. A name is that of a member or, if there is no such member, a path of
// members with dots between them ("realm_access.roles").
#pragma once

#include <string>

namespace porchlight::identity {

// The names of the claims. The defaults are those of Entra ID's tokens (spec protocol §2.2).
struct ClaimMap {
  std::string scopes = "scp";
  std::string roles = "roles";
  std::string subject = "oid";  // the user's id, or userPrincipalName
  bool subject_is_upn = false;  // which of the two
  std::string tenant = "tid";   // empty: tokens have no tenant, and the issuer's applies
  std::string app;              // the application; empty: `appid` or `azp`, with all rules of Entra's tokens
  std::string app_only;         // present only in tokens of applications: "name" or "name=value"

  // Whether Entra ID's rules apply.
  bool is_entra() const { return app.empty(); }
  friend bool operator==(const ClaimMap&, const ClaimMap&) = default;
};

// The names that most other OpenID Connect providers use.
inline ClaimMap open_id_claims() {
  ClaimMap map;
  map.scopes = "scope";
  map.subject = "sub";
  map.tenant = "";
  map.app = "azp";
  return map;
}

}  // namespace porchlight::identity
