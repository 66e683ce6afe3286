// The texts of all errors. They repeat the wording of the Graph service, since clients compare codes and sometimes
// messages; a change of a message is a change of the interface.
#include "graph/wire/error.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "graph/wire/characters.h"
#include "presence/rules.h"

namespace porchlight::graph {
namespace {

// Retry-After of 503, in seconds.
constexpr std::uint32_t kUnavailableRetryS = 2;
// Of a command that is limited, such as a test post.
constexpr std::uint32_t kAdministrationRetryS = 10;

// 400 with the code that Graph uses for most of them.
Error bad_request(ErrorMessage message) {
  return {.status = 400, .code = "BadRequest", .message = std::move(message)};
}

// The pairs that a command accepts, for the message: "Available/Available, Busy/InACall, ...".
std::string allowed_pairs(std::span<const presence::State> states) {
  std::string text;
  for (const presence::State state : states) {
    fmt::format_to(std::back_inserter(text), "{}{}/{}", text.empty() ? "" : ", ", state.availability(),
                   state.activity());
  }
  return text;
}

}  // namespace

// Paths are checked before the token (spec protocol §8.2).
Error segment_not_found(std::string_view segment) {
  return bad_request(fmt::format("Resource not found for the segment '{}'.", segment));
}

Error invalid_version() { return bad_request("Invalid version."); }

Error malformed_path() { return bad_request("The request path is not well formed."); }

// The 401 family (spec protocol §8.1). Both have a challenge; only an invalid token has an error code in it.
Error token_missing() {
  return {.status = 401,
          .code = "InvalidAuthenticationToken",
          .message = ErrorMessage::of_constant(message(identity::TokenFault::kEmpty)),
          .challenge = true};
}

Error token_invalid(identity::TokenFault fault, bool manual_clock) {
  if (fault == identity::TokenFault::kEmpty) return token_missing();
  Error error{.status = 401,
              .code = "InvalidAuthenticationToken",
              .message = ErrorMessage::of_constant(message(fault)),
              .challenge = true,
              .invalid_token = true};
  // A test that advances the clock meets this first. The signature of the token is valid, so its holder may know.
  if (fault == identity::TokenFault::kExpired && manual_clock) {
    error.target = "clock";
    error.detail =
        "The server's clock is manual, and may have been advanced past the end of this token. Mint one that "
        "lives "
        "longer.";
  }
  return error;
}

// Callers without a user, and users without a work account (spec presence §10 P1, P12).
Error me_requires_user() {
  return bad_request("/me request is only valid with delegated authentication flow.");
}

Error personal_account_unsupported() {
  return bad_request(
      "Presence is not supported for personal Microsoft accounts; use a work or school account.");
}

Error throttled(std::uint32_t retry_after_s) {
  return {.status = 429,
          .code = "TooManyRequests",
          .message = "Please retry again later.",
          .retry_after_s = retry_after_s};
}

Error method_not_allowed(std::string allow) {
  return {.status = 405,
          .code = "Request_BadRequest",
          .message = "Specified HTTP method is not allowed for the request target.",
          .allow = std::move(allow)};
}

Error not_acceptable() {
  return {.status = 406, .code = "NotAcceptable", .message = "Only application/json can be answered here."};
}

// spec presence §10 P6. The position and the fault stand in `details`, since the message is Graph's.
Error body_not_json(std::size_t offset, std::string_view what) {
  Error error = bad_request(
      "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid "
      "JSON "
      "format.");
  error.target = fmt::format("byte {}", offset);
  error.detail = what;
  return error;
}

// Bodies that are declared as something else (spec protocol §8.2).
Error content_type_missing() {
  return bad_request("Write requests (excluding DELETE) must contain the Content-Type header declaration.");
}

Error content_type_mismatch(std::string_view wanted) {
  return bad_request(fmt::format("Entity only allows writes with a {} Content-Type header.", wanted));
}

Error content_encoding_unsupported() {
  return {.status = 415,
          .code = "UnsupportedMediaType",
          .message = "Compressed request bodies are not accepted; send the body without Content-Encoding."};
}

// spec presence §10 P2: `name` is written as Graph writes it, "SessionId".
Error parameter_required(std::string_view name) {
  return {.status = 400,
          .code = "InvalidArgument",
          .message = fmt::format("[{0}]: The {0} field is required.", name),
          .target = std::string(name)};
}

// spec presence §10 P5.
Error wrong_type(std::string_view name, std::string_view expected) {
  Error error = bad_request(fmt::format("[{}]: The value must be {}.", name, expected));
  error.target = name;
  return error;
}

// spec presence §10 P8. Both lists are names of permissions, separated by commas and by spaces.
Error permission_missing(std::string_view accepted, std::string_view granted) {
  return {
      .status = 403,
      .code = "Forbidden",
      .message = fmt::format(
          "Missing scope permissions on the request. API requires one of '{}'. Scopes on the request '{}'",
          accepted, granted)};
}

Error insufficient_privileges() {
  return {.status = 403,
          .code = "Authorization_RequestDenied",
          .message = "Insufficient privileges to complete the operation."};
}

Error https_required() {
  return {.status = 403, .code = "Forbidden", .message = "The administration API is served over HTTPS only."};
}

Error administration_failed(int status, std::string text) {
  const std::string_view code = status == 403   ? "Authorization_RequestDenied"
                                : status == 404 ? "Request_ResourceNotFound"
                                : status == 409 ? "Request_MultipleObjectsWithSameKeyValue"
                                : status == 429 ? "TooManyRequests"
                                : status == 503 ? "ServiceUnavailable"
                                                : "Request_BadRequest";
  return {.status = status,
          .code = code,
          .message = std::move(text),
          .retry_after_s = status == 503   ? kUnavailableRetryS
                           : status == 429 ? kAdministrationRetryS
                                           : 0};
}

// Graph answers 401 here, not 403 (spec presence §10 P9).
Error other_user_write_denied() {
  return {.status = 401,
          .code = "Unauthorized",
          .message = "Cannot set the presence of another user",
          .challenge = true};
}

// spec presence §10 P11.
Error resource_not_found(std::string_view id) {
  return {
      .status = 404,
      .code = "Request_ResourceNotFound",
      .message = fmt::format(
          "Resource '{}' does not exist or one of its queried reference-property objects are not present.",
          id)};
}

Error invalid_object_id(std::string_view id) {
  return {.status = 400,
          .code = "Request_BadRequest",
          .message = fmt::format("Invalid object identifier '{}'.", truncated(id))};
}

Error image_not_found() {
  return {.status = 404, .code = "ImageNotFound", .message = "There is no photo of this user."};
}

Error badge_not_found() {
  return {.status = 404,
          .code = "BadgeNotFound",
          .message =
              "There is no badge at this address. It needs the id of the user, the id of the tenant as "
              "?tenant=, and the user's permission."};
}

// A parameter or an option whose type is right but whose value is not.
Error invalid_argument(std::string_view name, std::string message) {
  return {
      .status = 400, .code = "InvalidArgument", .message = std::move(message), .target = std::string(name)};
}

Error invalid_query(std::string_view option, std::string message) {
  Error error = bad_request(std::move(message));
  error.target = option;
  return error;
}

Error property_not_found(std::string_view option, std::string_view name, std::string_view type) {
  return invalid_query(option,
                       fmt::format("Parsing OData Select and Expand failed: Could not find a property "
                                   "named '{}' on type '{}'.",
                                   truncated(name), type));
}

Error unsupported_query(std::string_view option, std::string message) {
  return {.status = 400,
          .code = "Request_UnsupportedQuery",
          .message = std::move(message),
          .target = std::string(option)};
}

// A path that ends in $count, without ConsistencyLevel.
Error count_unsupported() {
  return {.status = 400, .code = "Request_BadRequest", .message = "$count is not currently supported."};
}

// Each rejection of presence/decide as an error. The message of a rejected pair lists the pairs that this kind of
// command accepts: those of preferred presence if `preferred`, otherwise those of sessions.
Error command_rejected(presence::Rejection rejection, std::string_view availability,
                       std::string_view activity, bool preferred) {
  switch (rejection) {
    case presence::Rejection::kPairNotAllowed:
      return invalid_argument(
          "availability",
          fmt::format("The provided availability '{}' with activity '{}' is not allowed. Allowed are: {}.",
                      truncated(availability), truncated(activity),
                      allowed_pairs(preferred ? presence::preferred_states() : presence::session_states())));
    case presence::Rejection::kDurationOutOfRange:
      return invalid_argument("expirationDuration", "The provided [ExpirationDuration] is out of range.");
    case presence::Rejection::kTooManySessions:
      return invalid_argument(
          "sessionId",
          fmt::format("The user has too many presence sessions: at most {} for one application and {} "
                      "in all may live at once.",
                      presence::kSessionsPerAppMax, presence::kSessionsPerPersonMax));
    case presence::Rejection::kExpiryPassed:
      return invalid_argument("expiryDateTime", "The provided [ExpiryDateTime] has passed already.");
    case presence::Rejection::kWindowEmpty:
      return invalid_argument("end", "The out-of-office window ends before it begins, or has ended already.");
    case presence::Rejection::kWorkPlanFull:
      return invalid_argument("workPlan",
                              fmt::format("A work plan has at most {} recurrences and {} occurrences.",
                                          presence::kWorkRecurrencesMax, presence::kWorkOccurrencesMax));
    case presence::Rejection::kWorkPlanOverlap:
      return invalid_argument("recurrence", "The recurrence overlaps another one of the work plan.");
    case presence::Rejection::kWorkPlanNotFound:
      return {.status = 404,
              .code = "ErrorItemNotFound",
              .message = "The specified object was not found in the store."};
    case presence::Rejection::kSessionNotFound:
      break;
  }
  return {.status = 404,
          .code = "NotFound",
          .message = "The application has no presence session with this sessionId."};
}

// The user may have been removed while the write was queued; any other failure is the log's.
Error write_failed(state::WriteError failure, std::string_view id) {
  return failure == state::WriteError::kNoSuchUser ? resource_not_found(id) : service_unavailable();
}

Error service_unavailable() {
  return {.status = 503,
          .code = "ServiceUnavailable",
          .message = "The service cannot take changes at the moment. Please retry later.",
          .retry_after_s = kUnavailableRetryS};
}

// A time before the retention is the client's error, any other failure is a 503.
Error history_read_failed(const history::QueryError& failure) {
  if (failure.why != history::QueryErrorCode::kBeforeRetention) {
    return {.status = 503,
            .code = "ServiceUnavailable",
            .message = "The past cannot be read at the moment. Please retry later.",
            .retry_after_s = kUnavailableRetryS};
  }
  std::string message = "The time lies before the past that is kept, which begins at ";
  append_date_time(message, failure.earliest);
  return bad_request(message + '.');
}

Error history_disabled() {
  return {
      .status = 403, .code = "Forbidden", .message = "The past is not kept, or not shown, for this tenant."};
}

Error body_too_large(std::size_t bytes_max, std::string_view setting) {
  return {.status = 413,
          .code = "RequestEntityTooLarge",
          .message = fmt::format("The request body is larger than {} bytes{}{}.", bytes_max,
                                 setting.empty() ? "" : ", the setting ", setting)};
}

// Batches (spec protocol §10). The messages are Graph's; what exactly is wrong stands in `details`.
Error invalid_batch(std::string detail) {
  Error error = bad_request("Invalid batch payload format.");
  error.target = "requests";
  error.detail = std::move(detail);
  return error;
}

Error too_many_batch_steps(std::size_t steps_max) {
  return {
      .status = 400,
      .code = "MaximumValueExceeded",
      .message = fmt::format("Number of batch request steps exceeds the maximum value of {}.", steps_max)};
}

Error repeated_batch_id(std::string_view id) {
  return bad_request(fmt::format("Request Id {} has to be unique in a batch.", id));
}

Error empty_batch_write(std::string_view id) {
  return bad_request(fmt::format("Write request id : {} does not contain Content-Type header or body.", id));
}

Error invalid_step_url(std::string_view url) {
  return bad_request(fmt::format(
      "The url '{}' is not relative to the service root, or is of another version than the batch.", url));
}

Error nested_batch() { return bad_request("A batch cannot hold another batch."); }

Error failed_dependency() {
  return {
      .status = 424, .code = "FailedDependency", .message = "A request that this one depends on has failed."};
}

Error service_stopping() {
  return {.status = 503,
          .code = "ServiceUnavailable",
          .message = "The service is stopping. Please retry later.",
          .retry_after_s = kUnavailableRetryS};
}

// Subscriptions (spec notifications §3.5).
Error invalid_request(std::string_view name, std::string message) {
  return {
      .status = 400, .code = "InvalidRequest", .message = std::move(message), .target = std::string(name)};
}

// The first sentence of this message and of the next two is Graph's; ours follow it, since clients show only this text.
Error invalid_notification_url(std::string_view property, std::string_view kind, std::string_view url,
                               std::string_view why) {
  return invalid_request(property,
                         fmt::format("Invalid {}notification url='{}'. [{}]: {}.", kind, url, property, why));
}

Error expiry_too_late(std::chrono::minutes life_max, Time latest) {
  std::string message = fmt::format(
      "Subscription expiration can only be {} minutes in the future. The latest allowed expirationDateTime "
      "is ",
      life_max.count());
  append_date_time(message, latest);
  return {.status = 400, .code = "ExtensionError", .message = message + '.', .target = "expirationDateTime"};
}

Error operation_not_authorized(std::string_view operation, std::string_view missing) {
  return {.status = 403,
          .code = "ExtensionError",
          .message = fmt::format("Operation: {}; Exception: [Status Code: Forbidden; Reason: The request is "
                                 "not authorized for this user or application.] {}",
                                 operation, missing)};
}

Error subscription_not_found() {
  return {.status = 404, .code = "ResourceNotFound", .message = "The object was not found."};
}

// The misspelling is the real service's.
Error subscription_exists() {
  return {.status = 409,
          .code = "Conflict",
          .message = "A subscripton already exists. It must be deleted before a another can be made"};
}

Error duplicate_subscription() {
  return {.status = 409,
          .code = "Conflict",
          .message = "Subscription Id <> already exists for the requested combination"};
}

Error quota_exceeded(std::string_view quota, std::size_t max) {
  return {.status = 403,
          .code = "Forbidden",
          .message = fmt::format("The quota of {} is used up: at most {} are allowed.", quota, max)};
}

Error url_validation_failed(std::string_view property, std::string message) {
  return {.status = 400,
          .code = "ValidationError",
          .message = std::move(message),
          .target = std::string(property)};
}

void append_error_envelope(std::string& out, const Error& error, Time now, std::string_view request_id,
                           std::string_view client_request_id) {
  JsonObject envelope(out);
  JsonObject body(envelope.member("error"));
  body.text("code", error.code).text("message", error.message);
  if (!error.target.empty()) {
    JsonArray(body.member("details")).object([&](JsonObject& detail) {
      detail.text("code", error.code)
          .text("message", error.detail.empty() ? error.message : std::string_view(error.detail))
          .text("target", error.target);
    });
  }
  JsonObject inner(body.member("innerError"));
  // Graph repeats status 429 in the inner error; clients may read it there.
  if (error.status == 429)
    inner.text("code", "429").text("message", "Please retry after").text("status", "429");
  std::string& date = inner.member("date");
  date += '"';
  append_date_time_seconds(date, now);
  date += '"';
  inner.text("request-id", request_id).text("client-request-id", client_request_id);
}

}  // namespace porchlight::graph
