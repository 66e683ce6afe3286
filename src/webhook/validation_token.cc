#include "webhook/validation_token.h"

#include <fmt/format.h>

#include "base/json.h"

namespace porchlight::webhook {

// `idtyp` keeps it from passing for a person's token anywhere.
std::string validation_token(const Guid& app, const Guid& tenant, std::string_view issuer, Time now,
                             const SignFunction& sign) {
  const auto begin = std::chrono::floor<std::chrono::seconds>(now);
  const auto end = begin + std::chrono::duration_cast<std::chrono::seconds>(kValidationTokenLife);
  std::string quoted_issuer;
  append_json_string(quoted_issuer, issuer);
  return sign(fmt::format(
      R"({{"aud":"{}","iss":{},"iat":{},"nbf":{},"exp":{},"azp":"{}","idtyp":"app","tid":"{}","uti":"{}","ver":"2.0"}})",
      to_string(app), quoted_issuer, begin.time_since_epoch().count(), begin.time_since_epoch().count(),
      end.time_since_epoch().count(), kPublisher, to_string(tenant), to_string(secure_random_guid())));
}

}  // namespace porchlight::webhook
