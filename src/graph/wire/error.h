// Errors of the Graph API: status, code and message, and what the JSON envelope and the response headers add
// (spec protocol §8).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "history/query_error.h"
#include "identity/verifier.h"
#include "presence/event.h"
#include "state/outcome.h"

namespace porchlight::graph {

// The message of an error: a constant, or a text of its own. Constants are not copied, so that refusing a request
// allocates nothing.
class ErrorMessage {
 public:
  // From a literal.
  template <std::size_t size>
  ErrorMessage(const char (&literal)[size]) : constant_(literal, size - 1) {}
  ErrorMessage(std::string text) : own_(std::move(text)) {}
  // `text` lives as long as the program.
  static ErrorMessage of_constant(std::string_view text) {
    ErrorMessage message("");
    message.constant_ = text;
    return message;
  }
  std::string_view text() const { return constant_.empty() ? std::string_view(own_) : constant_; }
  operator std::string_view() const { return text(); }

 private:
  std::string_view constant_;
  std::string own_;
};

// An error response. The functions below make all of them, so that each code and message stands in one place.
struct Error {
  int status;             // HTTP status
  std::string_view code;  // a literal
  ErrorMessage message;
  // The entry of the envelope's `details`: the wrong member or position, and what is wrong with it. There is no entry
  // if `target` is empty; an empty `detail` repeats `message`.
  std::string target = {};
  std::string detail = {};
  std::uint32_t retry_after_s = 0;          // Retry-After in seconds; 0: no such header
  std::string allow = {};                   // Allow, with status 405
  std::string_view websocket_version = {};  // Sec-WebSocket-Version, with status 426
  bool challenge = false;                   // WWW-Authenticate, with status 401
  bool invalid_token = false;               // adds error="invalid_token" to WWW-Authenticate
};

// A value, or the error that the client gets.
template <typename T>
using Result = std::expected<T, Error>;

// The rows of the error tables in spec presence §10 and spec protocol §8, by name.
//
// Paths, tokens and methods.
Error segment_not_found(std::string_view segment);  // 400
Error invalid_version();                            // 400
Error malformed_path();                             // 400
Error token_missing();                              // 401
// `manual_clock`: callers advance the server's clock, which `details` of an expired token mentions.
Error token_invalid(identity::TokenFault fault, bool manual_clock = false);  // 401
Error me_requires_user();                                                    // 400
Error personal_account_unsupported();                                        // 400
Error throttled(std::uint32_t retry_after_s);                                // 429
Error method_not_allowed(std::string allow);                                 // 405
Error not_acceptable();                                                      // 406

// Bodies and headers.
Error body_not_json(std::size_t offset, std::string_view what);      // 400
Error content_type_missing();                                        // 400
Error content_type_mismatch(std::string_view wanted);                // 400
Error content_encoding_unsupported();                                // 415
Error parameter_required(std::string_view name);                     // 400
Error wrong_type(std::string_view name, std::string_view expected);  // 400

// Permissions and targets.
Error permission_missing(std::string_view accepted, std::string_view granted);  // 403
Error insufficient_privileges();                            // 403 with the code of the directory (P15)
Error https_required();                                     // 403
Error administration_failed(int status, std::string text);  // 400, 403, 404, 409 or 503
Error other_user_write_denied();                            // 401
Error resource_not_found(std::string_view id);              // 404
Error invalid_object_id(std::string_view id);               // 400
Error image_not_found();
// The same for an unknown user as for one who allows no badge.
Error badge_not_found();                                             // 404
Error invalid_argument(std::string_view name, std::string message);  // 400
Error invalid_query(std::string_view option, std::string message);   // 400

// Query options of users and groups (spec protocol §9.1).
//
// $select or $expand names a property that the type does not have.
Error property_not_found(std::string_view option, std::string_view name, std::string_view type);  // 400
Error unsupported_query(std::string_view option, std::string message);                            // 400
Error count_unsupported();                                                                        // 400

// Commands and history. `preferred`: the command sets the preferred presence, so the message lists its pairs.
Error command_rejected(presence::Rejection rejection, std::string_view availability,
                       std::string_view activity, bool preferred);   // 400, or 404 for a session
Error write_failed(state::WriteError failure, std::string_view id);  // 404 for the user, or 503
Error service_unavailable();                                         // 503
Error service_stopping();                                            // 503
Error history_read_failed(const history::QueryError& failure);  // 400 before the retention, otherwise 503
Error history_disabled();                                       // 403
// 413. `setting` is the setting that is the limit; empty: the limit is fixed.
Error body_too_large(std::size_t bytes_max, std::string_view setting);

// Batches.
Error invalid_batch(std::string detail);            // 400; the detail says what is wrong
Error too_many_batch_steps(std::size_t steps_max);  // 400
Error repeated_batch_id(std::string_view id);       // 400
Error empty_batch_write(std::string_view id);       // 400
Error invalid_step_url(std::string_view url);       // 400
Error nested_batch();                               // 400
Error failed_dependency();                          // 424

// Errors of subscriptions (spec notifications §3.5).
Error invalid_request(std::string_view name, std::string message);  // 400
// 400. `kind` stands in Graph's text before "notification url": "event hub " or empty. `why`: our reason.
Error invalid_notification_url(std::string_view property, std::string_view kind, std::string_view url,
                               std::string_view why);
Error expiry_too_late(std::chrono::minutes life_max, Time latest);  // 400
// 403. `missing`: what the caller needs and does not have.
Error operation_not_authorized(std::string_view operation, std::string_view missing);
Error subscription_not_found();                                               // 404
Error subscription_exists();                                                  // 409
Error duplicate_subscription();                                               // 409
Error quota_exceeded(std::string_view quota, std::size_t max);                // 403
Error url_validation_failed(std::string_view property, std::string message);  // 400

// Appends the JSON envelope of an error. `now` becomes innerError.date, in seconds. The ids are those of the request;
// `client_request_id` is the client's own and is escaped.
void append_error_envelope(std::string& out, const Error& error, Time now, std::string_view request_id,
                           std::string_view client_request_id);

}  // namespace porchlight::graph
