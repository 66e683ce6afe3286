// The claims follow the tokens that Graph sends, so that receivers can validate them with the same code.
#include "webhook/validation_token.h"

#include "base/json_writer.h"

namespace porchlight::webhook {

// `idtyp` prevents the token from being accepted as a user's token.
std::string validation_token(const Guid& app, const Guid& tenant, std::string_view issuer, Time now,
                             const SignFunction& sign) {
  const auto begin = std::chrono::floor<std::chrono::seconds>(now);
  const auto end = begin + std::chrono::duration_cast<std::chrono::seconds>(kValidationTokenLife);
  return sign(json_object([&](JsonObject& claims) {
    claims.text("aud", to_string(app)).text("iss", issuer);
    claims.number("iat", begin.time_since_epoch().count()).number("nbf", begin.time_since_epoch().count());
    claims.number("exp", end.time_since_epoch().count()).text("azp", kPublisher).text("idtyp", "app");
    claims.text("tid", to_string(tenant)).text("uti", to_string(secure_random_guid())).text("ver", "2.0");
  }));
}

}  // namespace porchlight::webhook
