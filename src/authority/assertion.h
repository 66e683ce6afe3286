// How an application proves who it is without a secret (RFC 7523 §2.2): a JWT of its own, signed with the key
// of a certificate that is registered for it. The same assertion may come again while it lives, for published
// clients keep one for ten minutes and send it with each request.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "authority/client_certificate.h"
#include "authority/error.h"
#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

// From now; what says it lives longer is refused.
inline constexpr Duration kAssertionLifeMax = std::chrono::hours(1);
inline constexpr std::size_t kAssertionIdBytesMax = 128;

// Whether `token` proves at `now` that its sender is `client`. `audiences`: the names by which a client may
// call this authority. The first check that fails names the fault: form and header, signature, iss and sub,
// aud, times.
OAuthResult<void> check_assertion(std::string_view token, std::span<const ClientCertificate> certificates,
                                  const Guid& client, std::span<const std::string> audiences, Time now);

}  // namespace porchlight::authority
