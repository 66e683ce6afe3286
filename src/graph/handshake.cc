#include "graph/handshake.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include "base/guid.h"
#include "base/text.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kBodyShownMax = 32;

// As .NET names them, and with it the real service.
struct StatusName {
  int status;
  std::string_view name;
};
constexpr StatusName kStatusNames[] = {
    {201, "Created"},
    {202, "Accepted"},
    {203, "NonAuthoritativeInformation"},
    {204, "NoContent"},
    {206, "PartialContent"},
    {301, "MovedPermanently"},
    {302, "Found"},
    {303, "SeeOther"},
    {304, "NotModified"},
    {307, "TemporaryRedirect"},
    {308, "PermanentRedirect"},
    {400, "BadRequest"},
    {401, "Unauthorized"},
    {402, "PaymentRequired"},
    {403, "Forbidden"},
    {404, "NotFound"},
    {405, "MethodNotAllowed"},
    {406, "NotAcceptable"},
    {408, "RequestTimeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "LengthRequired"},
    {413, "RequestEntityTooLarge"},
    {414, "RequestUriTooLong"},
    {415, "UnsupportedMediaType"},
    {422, "UnprocessableEntity"},
    {429, "TooManyRequests"},
    {500, "InternalServerError"},
    {501, "NotImplemented"},
    {502, "BadGateway"},
    {503, "ServiceUnavailable"},
    {504, "GatewayTimeout"},
};

std::string status_name(int status) {
  const auto known = std::ranges::find(kStatusNames, status, &StatusName::status);
  return known == std::end(kStatusNames) ? fmt::format("{}", status) : std::string(known->name);
}

bool is_plain_text(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return same_text(type, "text/plain");
}

// The beginning of what a stranger wrote, with everything that is not plain ASCII escaped.
std::string beginning(std::string_view body) {
  std::string shown;
  for (const char c : body.substr(0, kBodyShownMax)) {
    if (c >= 0x20 && c < 0x7F && c != '\\' && c != '\'')
      shown += c;
    else
      fmt::format_to(std::back_inserter(shown), "\\x{:02x}", static_cast<unsigned char>(c));
  }
  return shown;
}

std::string failed(std::string_view how) {
  return fmt::format(
      "Subscription validation request failed. {} Notification endpoint must respond with 200 OK to "
      "validation "
      "request.",
      how);
}

// What all questions of one handshake share.
struct Handshake {
  std::mutex mutex;
  std::vector<std::optional<Result<void>>> answers;
  std::size_t open = 0;
  std::move_only_function<void(Result<void>)> done;
};

void take(Handshake& handshake, std::size_t place, Result<void> answer) {
  {
    const std::scoped_lock lock(handshake.mutex);
    handshake.answers[place] = std::move(answer);
    if (--handshake.open != 0) return;
  }
  for (std::optional<Result<void>>& one : handshake.answers)
    if (!*one) return handshake.done(std::move(*one));
  handshake.done({});
}

}  // namespace

std::string handshake_url(std::string_view url, std::string_view token) {
  std::string asked(url);
  asked += url.find('?') == url.npos ? '?' : '&';
  asked += "validationToken=";
  for (const char c : token) {
    const char low = to_lower(c);
    if (is_digit(c) || (low >= 'a' && low <= 'z') || c == '-' || c == '.' || c == '_' || c == '~')
      asked += c;
    else
      fmt::format_to(std::back_inserter(asked), "%{:02X}", static_cast<unsigned char>(c));
  }
  return asked;
}

// Whether there is a host, and an open port, is not told (spec security §8).
Result<void> judge_handshake(std::string_view property, std::string_view token, const webhook::Reply& reply) {
  using webhook::Fault;
  const auto refuse = [&](std::string message) {
    return std::unexpected(validation_failed(property, std::move(message)));
  };
  if (reply.fault == Fault::kTimeout) return refuse("Subscription validation request timed out.");
  if (reply.fault == Fault::kTooLong)
    return refuse(failed(fmt::format("The response body is longer than {} bytes.", webhook::kReplyBytesMax)));
  if (reply.fault != Fault::kNone) return refuse(failed("The notification endpoint could not be reached."));
  if (reply.status != 200)
    return refuse(failed(fmt::format("HTTP status code is '{}'.", status_name(reply.status))));
  if (!is_plain_text(reply.content_type))
    return refuse(failed("The response must be of the content type text/plain."));
  std::string_view body = reply.body;
  if (body.ends_with('\n')) body.remove_suffix(1);
  if (body.ends_with('\r') && reply.body.ends_with('\n')) body.remove_suffix(1);
  if (body == token) return {};
  return refuse(
      failed(fmt::format("The response body differs from the decoded validation token: it is {} bytes long "
                         "and begins with '{}'.",
                         reply.body.size(), beginning(reply.body))));
}

void shake_hands(webhook::Poster& poster, std::vector<AskedUrl> urls,
                 std::move_only_function<void(Result<void>)> done) {
  const auto handshake = std::make_shared<Handshake>();
  handshake->answers.resize(urls.size());
  handshake->open = urls.size();
  handshake->done = std::move(done);
  for (std::size_t place = 0; place < urls.size(); ++place) {
    // Its very form, so that receivers that do not decode it fail here as they fail there.
    const std::string token =
        fmt::format("Validation: Testing client application reachability for subscription Request-Id: {}",
                    to_string(secure_random_guid()));
    poster.post({.url = handshake_url(urls[place].url, token),
                 .content_type = "text/plain; charset=utf-8",
                 .body = {},
                 .timeout = kHandshakeTimeout},
                [handshake, place, token, property = urls[place].property](const webhook::Reply& reply) {
                  take(*handshake, place, judge_handshake(property, token, reply));
                });
  }
}

}  // namespace porchlight::graph
