// One-time codes of authenticator apps: TOTP (RFC 6238) with the parameters that every app has, SHA-1, six digits and
// steps of 30 seconds. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::authority {

inline constexpr std::size_t kTotpSecretBytes = 20;  // the length of a SHA-1 (RFC 4226 §4 R6)
inline constexpr std::size_t kTotpDigits = 6;
inline constexpr std::chrono::seconds kTotpStep{30};
// Steps before and after the current one whose codes are accepted: for slow users, and clocks that differ.
inline constexpr std::uint64_t kTotpStepsAround = 1;

// A new random secret.
std::string make_totp_secret();

// The number of the step at that time.
std::uint64_t totp_step_at(Time now);

// The code of the secret in a step. Throws std::runtime_error if liboath fails, which happens only without memory.
std::string totp_code(std::string_view secret, std::uint64_t step);

// The step around `now` whose code it is; nullopt if it is a code of none of them. A step up to `used`, the last one of
// which a code was accepted, counts no more (RFC 6238 §5.2). Takes the same time for every text of six bytes.
std::optional<std::uint64_t> find_totp_step(std::string_view secret, std::string_view code, Time now,
                                            std::uint64_t used);

// The secret in base32, as users type it.
std::string totp_secret_text(std::string_view secret);

// `otpauth://totp/…`, which authenticator apps read from a QR code, with the name of the account and of who issued it.
std::string totp_uri(std::string_view secret, std::string_view issuer, std::string_view account);

}  // namespace porchlight::authority
