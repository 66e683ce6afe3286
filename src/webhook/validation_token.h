// The token that goes with resource data, by which a receiver knows who posts (spec notifications §6.1).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::webhook {

// The publisher of change notifications, as receivers know it from Graph.
inline constexpr std::string_view kPublisher = "0bf30f3b-4a52-48df-9a82-234910c4a086";
inline constexpr Duration kValidationTokenLife = std::chrono::hours(24);

// Makes a JWT of a JSON object of claims.
using SignFunction = std::function<std::string(std::string_view claims)>;

// The token for `app` in `tenant`, one for a whole post: `issuer` is the authority's for that tenant, and
// `sign` is with a key that it publishes.
std::string validation_token(const Guid& app, const Guid& tenant, std::string_view issuer, Time now,
                             const SignFunction& sign);

}  // namespace porchlight::webhook
