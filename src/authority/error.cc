// The table of errors. Codes, numbers and texts are part of the protocol: clients compare them.
#include "authority/error.h"
#include "base/json_writer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace porchlight::authority {
namespace {

constexpr std::string_view kRequest = "invalid_request", kClient = "invalid_client", kGrant = "invalid_grant",
                           kScope = "invalid_scope", kDenied = "access_denied";

constexpr FaultRow kRows[] = {
    {OAuthFault::kMalformed, 400, kRequest, 9002313, "Invalid request. Request is malformed or invalid."},
    {OAuthFault::kParameterMissing, 400, kRequest, 900144,
     "The request body must contain the following parameter: '{}'."},
    {OAuthFault::kParameterInvalid, 400, kRequest, 90100, "The parameter '{}' is not valid."},
    {OAuthFault::kParameterRepeated, 400, kRequest, 90023, "A parameter is given more than once."},
    {OAuthFault::kMethod, 405, kRequest, 900561, "The endpoint does not accept requests of this method."},
    {OAuthFault::kContentType, 400, kRequest, 90004,
     "The request body must be of type application/x-www-form-urlencoded."},
    {OAuthFault::kTenantUnknown, 400, kRequest, 90002,
     "Tenant not found. Check the tenant's id in the address."},
    {OAuthFault::kTenantNeeded, 400, kRequest, 9001023,
     "The grant type is not supported over the /common, /organizations or /consumers endpoints. Use the "
     "tenant's own."},
    {OAuthFault::kConsumers, 400, kRequest, 9002332,
     "Personal accounts are not supported. Do not use the /consumers endpoint."},
    {OAuthFault::kEndpointUnknown, 404, kRequest, 9002313, "Invalid request. There is no such endpoint."},
    {OAuthFault::kHost, 421, "invalid_instance", 50049,
     "The host in the address is not a name of this server. Use one, or set public_base_url."},
    {OAuthFault::kAppUnknown, 400, "unauthorized_client", 700016,
     "The application was not found in the directory of the tenant."},
    {OAuthFault::kUnavailable, 503, "temporarily_unavailable", 90033,
     "The service is temporarily unavailable. Try again later."},
    {OAuthFault::kTooManyRequests, 429, "temporarily_unavailable", 50196,
     "There were too many requests from the client's network. Try again later."},

    {OAuthFault::kCredentialMissing, 401, kClient, 7000218,
     "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
    {OAuthFault::kCredentialNeeded, 401, kClient, 7000216,
     "'client_assertion' or 'client_secret' is required for this grant type."},
    {OAuthFault::kCredentialDoubled, 400, kRequest, 90023,
     "The client gives more than one proof of who it is, or two different names."},
    {OAuthFault::kCredentialOfPublic, 401, kClient, 700025,
     "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."},
    {OAuthFault::kSecretWrong, 401, kClient, 7000215, "Invalid client secret provided."},
    {OAuthFault::kSecretExpired, 401, kClient, 7000222, "The provided client secret keys are expired."},
    {OAuthFault::kAssertionForm, 401, kClient, 50027, "The client assertion is not a JWT as it should be."},
    {OAuthFault::kAssertionSignature, 401, kClient, 700027,
     "The client assertion is not signed by a certificate registered for the application."},
    {OAuthFault::kAssertionSubject, 401, kClient, 50048,
     "Issuer and subject of the client assertion must be the application's id."},
    {OAuthFault::kAssertionAudience, 401, kClient, 700023,
     "The audience of the client assertion is not this authority."},
    {OAuthFault::kAssertionTime, 401, kClient, 700024,
     "The client assertion is not within its valid time range."},

    {OAuthFault::kGrantType, 400, "unsupported_grant_type", 70003, "The grant type is not supported."},
    {OAuthFault::kScopeInvalid, 400, kScope, 70011,
     "The provided value for the input parameter 'scope' is not valid."},
    {OAuthFault::kScopeNotDefault, 400, kScope, 1002012,
     "Client credential flows must have a scope value with /.default suffixed to the resource identifier."},
    {OAuthFault::kScopeResources, 400, kScope, 28000,
     "The value of the input parameter 'scope' contains more than one resource."},
    {OAuthFault::kResourceUnknown, 400, "invalid_resource", 500011,
     "The resource was not found in the tenant. Check its identifier in the scope or resource."},
    {OAuthFault::kConsentMissing, 400, kGrant, 65001,
     "The user or administrator has not consented to use the application with what it asks for."},

    {OAuthFault::kGrantInvalid, 400, kGrant, 70000, "The provided grant is invalid or malformed."},
    {OAuthFault::kGrantOfOther, 400, kGrant, 700005,
     "The provided grant was given to another application, or in another tenant."},
    {OAuthFault::kCodeExpired, 400, kGrant, 70008, "The authorization code has expired."},
    {OAuthFault::kCodeUsed, 400, kGrant, 54005,
     "OAuth2 Authorization code was already redeemed. What it gave is revoked."},
    {OAuthFault::kCodeRedirect, 400, kGrant, 500112,
     "The reply address is not the one of the request for the authorization code."},
    {OAuthFault::kVerifier, 400, kGrant, 501481,
     "The code_verifier does not match the code_challenge supplied in the authorization request."},
    {OAuthFault::kRefreshExpired, 400, kGrant, 700082, "The refresh token has expired."},
    {OAuthFault::kRefreshRevoked, 400, kGrant, 50173,
     "The provided grant has been revoked, and a fresh one is needed. The user must sign in again."},
    {OAuthFault::kDevicePending, 400, "authorization_pending", 70016,
     "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
    {OAuthFault::kDeviceSlowDown, 400, "slow_down", 70016,
     "OAuth 2.0 device flow: the device polls too often. Wait five seconds longer."},
    {OAuthFault::kDeviceExpired, 400, "expired_token", 70020, "The device code has expired."},
    {OAuthFault::kDeviceDeclined, 400, kDenied, 65004, "The user declined to sign the device in."},
    {OAuthFault::kPassword, 400, kGrant, 50126,
     "Error validating credentials due to invalid username or password."},
    {OAuthFault::kLocked, 400, kGrant, 50053,
     "There were too many attempts to sign in with these credentials. Try again later."},
    {OAuthFault::kFactorNeeded, 400, kGrant, 50076,
     "Due to a configuration change made by your administrator, or because you moved to a new location, you "
     "must use multi-factor authentication to access the resource."},
    {OAuthFault::kFactorEnrolment, 400, kGrant, 50079,
     "Due to a configuration change made by your administrator, or because you moved to a new location, you "
     "must enroll in multi-factor authentication to access the resource."},
    {OAuthFault::kFactorCode, 400, kGrant, 500121,
     "Authentication failed during the strong authentication request."},
    {OAuthFault::kUserTokenInvalid, 400, kGrant, 50013, "The assertion is not a token of this authority."},
    {OAuthFault::kUserTokenExpired, 400, kGrant, 500133, "The assertion is not within its valid time range."},
    {OAuthFault::kUserTokenAudience, 400, kGrant, 500131,
     "The audience of the assertion is not the application that presents it."},
    {OAuthFault::kUserTokenOfApp, 400, "unauthorized_client", 7000114,
     "The assertion is an application's own token: it has no user on whose behalf to act."},

    {OAuthFault::kRedirectMissing, 400, kRequest, 900971, "No reply address provided."},
    {OAuthFault::kRedirectUnknown, 400, kRequest, 50011,
     "The redirect URI does not match those configured for the application."},
    {OAuthFault::kResponseType, 400, "unsupported_response_type", 70005,
     "The response type must be 'code', 'id_token' or 'code id_token'."},
    {OAuthFault::kIdTokensOff, 400, "unsupported_response_type", 700054,
     "response_type 'id_token' is not enabled for the application."},
    {OAuthFault::kResponseMode, 400, kRequest, 70007,
     "The response mode must be 'query', 'fragment' or 'form_post'."},
    {OAuthFault::kResponseModeQuery, 400, kRequest, 70007,
     "'query' is not a supported value of 'response_mode' when requesting a token."},
    {OAuthFault::kChallengeMissing, 400, kRequest, 9002325,
     "Proof Key for Code Exchange is required, with the code_challenge_method S256."},
    {OAuthFault::kChallengeSize, 400, kRequest, 501491, "Invalid size of Code_Challenge parameter."},
    {OAuthFault::kLoginRequired, 400, "login_required", 50058,
     "Session information is not sufficient for single-sign-on."},
    {OAuthFault::kConsentRequired, 400, "consent_required", 65001,
     "The user or administrator has not consented to use the application with what it asks for."},
    {OAuthFault::kAdminConsent, 403, kDenied, 90094,
     "The application needs permissions that only an administrator can grant."},
    {OAuthFault::kDeclined, 403, kDenied, 65004, "The user declined to consent to access the app."},

    {OAuthFault::kInstance, 400, "invalid_instance", 50049, "Unknown or invalid instance."},
};

// `2030-01-07 09:00:00Z`
std::string timestamp(Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

// MSAL decides by this member what to ask the user for.
std::string_view suberror_of(OAuthFault fault) {
  if (fault == OAuthFault::kConsentMissing) return "consent_required";
  if (fault == OAuthFault::kFactorNeeded || fault == OAuthFault::kFactorEnrolment) return "basic_action";
  return {};
}

}  // namespace

const FaultRow& row_of(OAuthFault fault) { return *std::ranges::find(kRows, fault, &FaultRow::fault); }

std::string describe(const OAuthError& error, const Trace& trace) {
  const FaultRow& row = row_of(error.fault);
  std::string text(row.text);
  if (const std::size_t place = text.find("{}"); place != text.npos) text.replace(place, 2, error.parameter);
  return fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}", row.number, text,
                     to_string(trace.trace_id), to_string(trace.correlation_id), timestamp(trace.now));
}

std::string envelope(const OAuthError& error, const Trace& trace) {
  const FaultRow& row = row_of(error.fault);
  return json_object([&](JsonObject& json) {
    json.text("error", row.error)
        .text("error_description", describe(error, trace))
        .array("error_codes", std::array{row.number},
               [](JsonArray& out, std::uint32_t number) { out.number(number); })
        .text("timestamp", timestamp(trace.now))
        .text("trace_id", to_string(trace.trace_id))
        .text("correlation_id", to_string(trace.correlation_id));
    json.text_if("suberror", suberror_of(error.fault));
  });
}

}  // namespace porchlight::authority
