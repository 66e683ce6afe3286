// Why the authority refuses: the standard's code for programs (RFC 6749 §5.2, RFC 8628 §3.5, OpenID Connect
// Core §3.1.2.6), Entra's number, and one fixed text. Nothing a caller sent is ever in it.
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
  // Of any request.
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
  kAppUnknown,
  kUnavailable,
  // Who the client is.
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
  // What it asks for.
  kGrantType,
  kScopeInvalid,
  kScopeNotDefault,
  kScopeResources,
  kResourceUnknown,
  kConsentMissing,
  // What it brings.
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
  kUserTokenInvalid,
  kUserTokenExpired,
  kUserTokenAudience,
  kUserTokenOfApp,
  // At the sign-in page.
  kRedirectMissing,
  kRedirectUnknown,
  kResponseType,
  kResponseMode,
  kChallengeMissing,
  kChallengeSize,
  kLoginRequired,
  kConsentRequired,
  kAdminConsent,
  kDeclined,
  // Of discovery.
  kInstance,
};

struct FaultRow {
  OAuthFault fault;
  int status;
  std::string_view error;
  std::uint32_t number;   // AADSTS…
  std::string_view text;  // `{}` stands for the parameter's name
};

const FaultRow& row_of(OAuthFault fault);

// A refusal, and which parameter it is about where there is one: a literal, never a caller's text.
struct OAuthError {
  OAuthError(OAuthFault its_fault, std::string_view its_parameter = {})
      : fault(its_fault), parameter(its_parameter) {}
  // A store that fails makes the request fail with kUnavailable.
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

// Which request an answer belongs to.
struct Trace {
  Guid trace_id;        // ours
  Guid correlation_id;  // the client's own, or ours
  Time now{};
};

// `AADSTS70011: … Trace ID: … Correlation ID: … Timestamp: 2030-01-07 09:00:00Z`
std::string describe(const OAuthError& error, const Trace& trace);

// Entra's envelope as JSON: error, error_description, error_codes, timestamp, trace_id, correlation_id.
std::string envelope(const OAuthError& error, const Trace& trace);

}  // namespace porchlight::authority
