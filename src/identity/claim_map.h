// Which claims of an issuer's tokens mean what. A name is that of a member or, where there is none of that
// name, a path of members with dots between them ("realm_access.roles").
#pragma once

#include <string>

namespace porchlight::identity {

// As they are here, those of Entra ID's tokens (spec protocol §2.2).
struct ClaimMap {
  std::string scopes = "scp";
  std::string roles = "roles";
  std::string subject = "oid";  // the person's id, or userPrincipalName
  bool subject_is_upn = false;  // which of them
  std::string tenant = "tid";   // empty: tokens do not say it, and it is the issuer's
  std::string app;       // the application; empty: `appid` or `azp`, and all the rules of Entra's tokens
  std::string app_only;  // what only applications' own tokens have: "name", or "name=value"

  bool is_entra() const { return app.empty(); }
};

// What other OpenID Connect providers mostly have.
inline ClaimMap open_id_claims() {
  ClaimMap map;
  map.scopes = "scope";
  map.subject = "sub";
  map.tenant = "";
  map.app = "azp";
  return map;
}

}  // namespace porchlight::identity
