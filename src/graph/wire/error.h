// A refusal in Graph's terms: status, code, message, and what the envelope and the headers add (spec protocol
// §8).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/time.h"
#include "history/query_error.h"
#include "identity/verifier.h"
#include "presence/event.h"
#include "state/writer.h"

namespace porchlight::graph {

struct Error {
  int status;
  std::string_view code;
  std::string message;
  // One entry of the envelope's `details`: the member or place that is wrong, and how. Empty: none.
  std::string target = {};
  std::string detail = {};
  std::uint32_t retry_after_s = 0;          // Retry-After, where not zero
  std::string allow = {};                   // Allow, with 405
  std::string_view websocket_version = {};  // Sec-WebSocket-Version, with 426
  bool challenge = false;                   // WWW-Authenticate, with 401
  bool invalid_token = false;               // ... and error="invalid_token" in it
};

template <typename T>
using Result = std::expected<T, Error>;

// The rows of spec presence §10 and protocol §8, by name.
Error segment_not_found(std::string_view segment);
Error invalid_version(std::string_view segment);
Error malformed_path();
Error token_missing();
Error token_invalid(identity::TokenFault fault);
Error me_requires_user();
Error personal_account_unsupported();
Error throttled(std::uint32_t retry_after_s);
Error method_not_allowed(std::string allow);
Error not_acceptable();
Error body_not_json(std::size_t offset, std::string_view what);
Error content_type_missing();
Error content_type_mismatch(std::string_view wanted);
Error content_encoding_unsupported();
Error parameter_required(std::string_view name);
Error wrong_type(std::string_view name, std::string_view expected);
Error permission_missing(std::string_view accepted, std::string_view granted);
Error insufficient_privileges();  // the directory's word for it (P15)
Error other_user_write_denied();
Error resource_not_found(std::string_view id);
Error malformed_group_id(std::string_view id);
Error image_not_found();
Error invalid_argument(std::string_view name, std::string message);
Error invalid_query(std::string_view option, std::string message);
Error command_rejected(presence::Rejection rejection, std::string_view availability,
                       std::string_view activity, bool preferred);
Error write_failed(state::WriteError refusal, std::string_view id);
Error service_unavailable();
Error history_read_failed(const history::QueryError& fault);
Error history_disabled();
Error body_too_large(std::size_t bytes_max);
Error invalid_batch(std::string message);
Error invalid_step_url(std::string_view url);
Error nested_batch();
Error failed_dependency();
Error service_stopping();

// Of subscriptions (spec notifications §3.5).
Error invalid_request(std::string_view name, std::string message);
Error operation_not_authorized(std::string_view operation);
Error subscription_not_found();
Error subscription_exists();
Error duplicate_subscription();
Error quota_exceeded(std::string_view quota, std::size_t max);
Error url_validation_failed(std::string_view property, std::string message);

// The envelope's JSON. `now` becomes innerError.date.
void append_error_envelope(std::string& out, const Error& error, Time now, std::string_view request_id,
                           std::string_view client_request_id);

}  // namespace porchlight::graph
