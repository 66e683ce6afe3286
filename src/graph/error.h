// A refusal in Graph's terms: status, code, message, and what the envelope and the headers add (spec protocol
// §8).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/time.h"
#include "history/fault.h"
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
  std::uint32_t retry_after_s = 0;       // Retry-After, where not zero
  std::string allow = {};                // Allow, with 405
  std::string_view socket_version = {};  // Sec-WebSocket-Version, with 426
  bool challenge = false;                // WWW-Authenticate, with 401
  bool invalid_token = false;            // ... and error="invalid_token" in it
};

template <typename T>
using Result = std::expected<T, Error>;

// The rows of spec presence §10 and protocol §8, by name.
Error segment_not_found(std::string_view segment);
Error invalid_version(std::string_view segment);
Error malformed_path();
Error token_missing();
Error token_refused(identity::TokenFault fault);
Error me_needs_user();
Error personal_account();
Error throttled(std::uint32_t retry_after_s);
Error method_not_allowed(std::string allow);
Error not_acceptable();
Error body_not_json(std::size_t offset, std::string_view what);
Error content_type_missing();
Error content_type_not(std::string_view wanted);
Error content_encoding_refused();
Error parameter_required(std::string_view name);
Error wrong_type(std::string_view name, std::string_view expected);
Error permission_missing(std::string_view accepted, std::string_view granted);
Error privileges_missing();  // the directory's word for it (P15)
Error another_user();
Error user_unknown(std::string_view id);
Error group_id_malformed(std::string_view id);
Error image_not_found();
Error invalid_argument(std::string_view name, std::string message);
Error query_refused(std::string_view option, std::string message);
Error rejected(presence::Rejection rejection, std::string_view availability, std::string_view activity,
               bool preferred);
Error refused(state::Refusal refusal, std::string_view id);
Error unavailable();
Error past_refused(const history::Fault& fault);
Error past_switched_off();
Error body_too_large(std::size_t bytes_max);
Error invalid_batch(std::string message);
Error step_url_refused(std::string_view url);
Error batch_in_batch();
Error failed_dependency();
Error stopping();

// Of subscriptions (spec notifications §3.5).
Error invalid_request(std::string_view name, std::string message);
Error not_authorized(std::string_view operation);
Error subscription_not_found();
Error second_subscription();
Error same_subscription();
Error quota_used_up(std::string_view quota, std::size_t max);
Error validation_failed(std::string_view property, std::string message);

// The envelope's JSON. `now` becomes innerError.date.
void append_envelope(std::string& out, const Error& error, Time now, std::string_view request_id,
                     std::string_view client_request_id);

}  // namespace porchlight::graph
