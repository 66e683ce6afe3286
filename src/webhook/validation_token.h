// The validation token of a post with resource data. It proves to the receiver who posts
// (spec notifications §6.1).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::webhook {

// The application id of Graph's change notification publisher, which receivers compare with `azp`.
inline constexpr std::string_view kPublisher = "0bf30f3b-4a52-48df-9a82-234910c4a086";
inline constexpr Duration kValidationTokenLife = std::chrono::hours(24);  // from `nbf` to `exp`

// Signs a JSON object of claims and returns the JWT.
using SignFunction = std::function<std::string(std::string_view claims)>;

// The token for `app` in `tenant`; a post has one for each pair. `issuer` is the authority's issuer for that
// tenant, and `sign` uses a key that the authority publishes.
std::string validation_token(const Guid& app, const Guid& tenant, std::string_view issuer, Time now,
                             const SignFunction& sign);

}  // namespace porchlight::webhook
