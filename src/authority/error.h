// Errors of the authority. Each has a code for programs (RFC 6749 §5.2, RFC 8628 §3.5, OpenID Connect Core §3.1.2.6),
// Entra's number (AADSTS…), and a fixed text, which never contains text of the request.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"
#include "storage/kv_store.h"

namespace porchlight::authority {

enum class OAuthFault : std::uint8_t {
  // Any request.
  kMalformed,
  kParameterMissing,
  kParameterInvalid,
  kParameterRepeated,
  kMethod,
  kContentType,
  kTenantUnknown,
  kTenantNeeded,
  kConsumers,
  kEndpointUnknown,
  kHost,
  kAppUnknown,
  kUnavailable,
  kTooManyRequests,
  // Client authentication.
  kCredentialMissing,
  kCredentialNeeded,
  kCredentialDoubled,
  kCredentialOfPublic,
  kSecretWrong,
  kSecretExpired,
  kAssertionForm,
  kAssertionSignature,
  kAssertionSubject,
  kAssertionAudience,
  kAssertionTime,
  // The requested grant, scope and resource.
  kGrantType,
  kScopeInvalid,
  kScopeNotDefault,
  kScopeResources,
  kResourceUnknown,
  kConsentMissing,
  // The presented code, token, password or assertion.
  kGrantInvalid,
  kGrantOfOther,
  kCodeExpired,
  kCodeUsed,
  kCodeRedirect,
  kVerifier,
  kRefreshExpired,
  kRefreshRevoked,
  kDevicePending,
  kDeviceSlowDown,
  kDeviceExpired,
  kDeviceDeclined,
  kPassword,
  kLocked,
  kFactorNeeded,
  kFactorEnrolment,
  kFactorCode,
  kUserTokenInvalid,
  kUserTokenExpired,
  kUserTokenAudience,
  kUserTokenOfApp,
  // The sign-in page.
  kRedirectMissing,
  kRedirectUnknown,
  kResponseType,
  kIdTokensOff,
  kResponseMode,
  kResponseModeQuery,
  kChallengeMissing,
  kChallengeSize,
  kLoginRequired,
  kConsentRequired,
  kAdminConsent,
  kDeclined,
  // Discovery.
  kInstance,
};

// What a fault looks like in a response.
struct FaultRow {
  OAuthFault fault;
  int status;
  std::string_view error;
  std::uint32_t number;   // AADSTS…
  std::string_view text;  // `{}` stands for the parameter's name
};

const FaultRow& row_of(OAuthFault fault);

// An error, and the name of the parameter that it is about, if any: a literal, never text of the request.
struct OAuthError {
  OAuthError(OAuthFault its_fault, std::string_view its_parameter = {})
      : fault(its_fault), parameter(its_parameter) {}
  // If the store fails, the request fails with kUnavailable.
  OAuthError(storage::StorageFault) : OAuthError(OAuthFault::kUnavailable) {}

  OAuthFault fault;
  std::string_view parameter;
  friend bool operator==(const OAuthError&, const OAuthError&) = default;
};

template <typename T>
using OAuthResult = std::expected<T, OAuthError>;

inline std::unexpected<OAuthError> refuse(OAuthFault fault, std::string_view parameter = {}) {
  return std::unexpected(OAuthError{fault, parameter});
}

// Identifies a request in its error response.
struct Trace {
  Guid trace_id;        // generated here
  Guid correlation_id;  // of the client's header, or generated here
  Time now{};
};

// `AADSTS70011: … Trace ID: … Correlation ID: … Timestamp: 2030-01-07 09:00:00Z`
std::string describe(const OAuthError& error, const Trace& trace);

// The error as a JSON object in Entra's form: error, error_description, error_codes, timestamp, trace_id,
// correlation_id.
std::string envelope(const OAuthError& error, const Trace& trace);

}  // namespace porchlight::authority
