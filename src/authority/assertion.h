// Client authentication by assertion (RFC 7523 §2.2): a JWT that the application signs with the key of a registered
// certificate. An assertion may be used again until it expires: published clients cache one for ten minutes and send it
// with each request.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "authority/client_certificate.h"
#include "authority/error.h"
#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

// An assertion with an `exp` further in the future is refused.
inline constexpr Duration kAssertionLifeMax = std::chrono::hours(1);
inline constexpr std::size_t kAssertionIdBytesMax = 128;

// Returns success if `token` is a valid assertion of `client` at `now`. `audiences`: the accepted values of `aud`. The
// first failed check determines the error, in this order: form and header, signature, iss and sub, aud, times.
OAuthResult<void> check_assertion(std::string_view token, std::span<const ClientCertificate> certificates,
                                  const Guid& client, std::span<const std::string> audiences, Time now);

}  // namespace porchlight::authority
