// All URLs of a subscription are asked at the same time. The replies are collected in a PendingValidation, and the
// last one calls `done`, without the mutex.
#include "graph/subscriptions/url_validation.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/check.h"
#include "base/guid.h"
#include "base/mutex.h"
#include "base/text.h"
#include "http/status.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kBodyShownMax = 32;

std::string status_name(int status) {
  const http::StatusName* known = http::find_status(status);
  return known && !known->graph_name.empty() ? std::string(known->graph_name) : std::to_string(status);
}

// The beginning of a body of an untrusted server. All but printable ASCII is escaped.
std::string escaped_prefix(std::string_view body) {
  std::string shown;
  for (const char c : body.substr(0, kBodyShownMax)) {
    if (c >= 0x20 && c < 0x7F && c != '\\' && c != '\'')
      shown += c;
    else
      fmt::format_to(std::back_inserter(shown), "\\x{:02x}", static_cast<unsigned char>(c));
  }
  return shown;
}

// Graph's text, with what went wrong in its middle.
std::string failure_message(std::string_view how) {
  return fmt::format(
      "Subscription validation request failed. {} Notification endpoint must respond with 200 OK to "
      "validation request.",
      how);
}

// Graph's text for a body that is not the token, and what the body is instead.
std::string mismatch_message(std::string_view body) {
  return fmt::format(
      "Subscription validation request failed. Response must exactly match validationToken query parameter. "
      "{}",
      body);
}

// The state that the validation requests of one subscription share.
struct PendingValidation {
  Mutex mutex;
  std::vector<std::optional<Result<void>>> answers ABSL_GUARDED_BY(mutex);
  std::size_t unanswered ABSL_GUARDED_BY(mutex) = 0;
  std::move_only_function<void(Result<void>)> done;
};

// Calls `done` with the last answer: then no other thread uses `pending` any more.
void record_answer(PendingValidation& pending, std::size_t index, Result<void> answer) {
  std::vector<std::optional<Result<void>>> answers;
  {
    const MutexLock lock(pending.mutex);
    CHECK(!pending.answers[index].has_value());
    pending.answers[index] = std::move(answer);
    if (--pending.unanswered != 0) return;
    answers = std::move(pending.answers);
  }
  for (std::optional<Result<void>>& one : answers)
    if (!*one) return pending.done(std::move(*one));
  pending.done({});
}

}  // namespace

std::string validation_request_url(std::string_view url, std::string_view token) {
  std::string request_url(url);
  request_url += url.find('?') == url.npos ? '?' : '&';
  request_url += "validationToken=";
  for (const char c : token) {
    const char low = to_lower(c);
    if (is_digit(c) || (low >= 'a' && low <= 'z') || c == '-' || c == '.' || c == '_' || c == '~')
      request_url += c;
    else
      fmt::format_to(std::back_inserter(request_url), "%{:02X}", static_cast<unsigned char>(c));
  }
  return request_url;
}

// The content type of the reply does not matter: Graph accepts any, and frameworks label every text as HTML. Why a host
// was not reached stands in the server's log only, so that callers cannot scan ports (spec security §8).
Result<void> check_validation_reply(std::string_view property, std::string_view token,
                                    const webhook::Reply& reply) {
  using webhook::PostError;
  const auto refuse = [&](std::string message) {
    return std::unexpected(url_validation_failed(property, std::move(message)));
  };
  if (reply.error == PostError::kTimeout) return refuse("Subscription validation request timed out.");
  if (reply.error != PostError::kNone && reply.error != PostError::kTooLong)
    return refuse(failure_message(
        "The notification endpoint could not be reached; the log of the server has the reason."));
  if (reply.status != 200)
    return refuse(failure_message(fmt::format("HTTP status code is '{}'.", status_name(reply.status))));
  if (reply.error == PostError::kTooLong)
    return refuse(
        mismatch_message(fmt::format("The response body is longer than {} bytes.", webhook::kReplyBytesMax)));
  std::string_view body = reply.body;
  if (body.ends_with('\n')) body.remove_suffix(1);
  if (body.ends_with('\r') && reply.body.ends_with('\n')) body.remove_suffix(1);
  if (body == token) return {};
  return refuse(mismatch_message(fmt::format("The response body is {} bytes long and begins with '{}'.",
                                             reply.body.size(), escaped_prefix(reply.body))));
}

void validate_url(webhook::WebhookClient& webhook_client, const UrlToValidate& url,
                  std::move_only_function<void(const webhook::Reply&, Result<void>)> done) {
  // In the form that Graph uses, with spaces, so that a receiver that does not decode it fails here as well.
  std::string token =
      fmt::format("Validation: Testing client application reachability for subscription Request-Id: {}",
                  to_string(secure_random_guid()));
  std::string request_url = validation_request_url(url.url, token);
  webhook_client.post({.url = std::move(request_url),
                       .content_type = "text/plain; charset=utf-8",
                       .body = {},
                       .timeout = kUrlValidationTimeout},
                      [token = std::move(token), property = url.property,
                       done = std::move(done)](const webhook::Reply& reply) mutable {
                        done(reply, check_validation_reply(property, token, reply));
                      });
}

void validate_urls(webhook::WebhookClient& webhook_client, std::vector<UrlToValidate> urls,
                   std::move_only_function<void(Result<void>)> done) {
  const auto pending = std::make_shared<PendingValidation>();
  {
    const MutexLock lock(pending->mutex);
    pending->answers.resize(urls.size());
    pending->unanswered = urls.size();
  }
  pending->done = std::move(done);
  for (std::size_t index = 0; index < urls.size(); ++index)
    validate_url(webhook_client, urls[index], [pending, index](const webhook::Reply&, Result<void> answer) {
      record_answer(*pending, index, std::move(answer));
    });
}

}  // namespace porchlight::graph
