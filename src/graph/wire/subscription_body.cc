// Members are read from tables of name and destination, so that the order of the errors follows the order of the
// tables. An error names the member as Graph does.
#include "graph/wire/subscription_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "graph/wire/characters.h"
#include "webhook/encryption_certificate.h"

namespace porchlight::graph {
namespace {

// Reads an optional member into `out`, which stays as it is if the member is absent.
Result<void> read_text(const JsonBody& body, std::string_view name, std::string& out) {
  auto text = body.text(name);
  if (!text) return std::unexpected(std::move(text.error()));
  if (*text) out = std::move(**text);
  return {};
}

// 400 for a text of more than `max` characters.
Result<void> check_length(std::string_view name, std::string_view text, std::size_t max) {
  if (count_characters(text) <= max) return {};
  return std::unexpected(
      invalid_request(name, fmt::format("[{}]: The value is longer than {} characters.", name, max)));
}

}  // namespace

// Required members come first, so that their absence is reported before a wrong type of an optional one.
Result<SubscriptionBody> parse_subscription(const JsonBody& body) {
  SubscriptionBody read;
  using NamedText = std::pair<std::string_view, std::string*>;
  for (const auto& [name, out] : std::array<NamedText, 3>{{{"changeType", &read.change_type},
                                                           {"notificationUrl", &read.notification_url},
                                                           {"resource", &read.resource}}}) {
    auto text = body.required_text(name, name);
    if (!text) return std::unexpected(std::move(text.error()));
    *out = std::move(*text);
  }
  const auto expiry = body.time("expirationDateTime");
  if (!expiry) return std::unexpected(expiry.error());
  if (!*expiry) return std::unexpected(parameter_required("expirationDateTime"));
  read.expires_at = **expiry;
  for (const auto& [name, out] :
       std::array<NamedText, 10>{{{"lifecycleNotificationUrl", &read.lifecycle_url},
                                  {"clientState", &read.client_state},
                                  {"encryptionCertificate", &read.certificate},
                                  {"encryptionCertificateId", &read.certificate_id},
                                  {"latestSupportedTlsVersion", &read.tls_version},
                                  {"notificationQueryOptions", &read.query_options},
                                  {"notificationUrlAppId", &read.url_app_id},
                                  {"vapidPublicKey", &read.web_push},
                                  {"webPushEncryptionP256dhPublicKey", &read.web_push},
                                  {"webPushEncryptionSecret", &read.web_push}}}) {
    if (auto done = read_text(body, name, *out); !done) return std::unexpected(std::move(done.error()));
  }
  const auto rich = body.flag("includeResourceData");
  if (!rich) return std::unexpected(rich.error());
  read.rich = rich->value_or(false);
  return read;
}

// Annotations, which begin with @, are ignored.
Result<SubscriptionChange> parse_subscription_change(const JsonBody& body) {
  constexpr std::string_view kChangeable[] = {"expirationDateTime", "notificationUrl",
                                              "encryptionCertificate", "encryptionCertificateId"};
  for (const std::string_view name : body.names()) {
    const bool known = name.starts_with('@') || std::ranges::any_of(kChangeable, [&](std::string_view other) {
                         return equals_ignore_case(name, other);
                       });
    if (!known) {
      return std::unexpected(invalid_request(
          truncated(name),
          fmt::format("[{}]: The property cannot be changed. What can be is "
                      "expirationDateTime, notificationUrl, and encryptionCertificate together "
                      "with encryptionCertificateId.",
                      truncated(name))));
    }
  }
  SubscriptionChange change;
  const auto expiry = body.time("expirationDateTime");
  if (!expiry) return std::unexpected(expiry.error());
  change.expires_at = *expiry;
  using NamedText = std::pair<std::string_view, std::optional<std::string>*>;
  for (const auto& [name, out] :
       std::array<NamedText, 3>{{{"notificationUrl", &change.notification_url},
                                 {"encryptionCertificate", &change.certificate},
                                 {"encryptionCertificateId", &change.certificate_id}}}) {
    auto text = body.text(name);
    if (!text) return std::unexpected(std::move(text.error()));
    *out = std::move(*text);
  }
  const bool changes =
      change.expires_at || change.notification_url || change.certificate || change.certificate_id;
  if (!changes) return std::unexpected(parameter_required("expirationDateTime"));
  return change;
}

Result<void> check_url(std::string_view property, std::string_view url, const webhook::EgressPolicy& policy) {
  const auto refuse = [&](std::string_view kind, std::string_view why) {
    return std::unexpected(invalid_notification_url(
        property, kind, url.size() <= webhook::kUrlBytesMax ? std::string(url) : truncated(url), why));
  };
  const auto is_of = [&](std::string_view scheme) {
    return equals_ignore_case(url.substr(0, scheme.size()), scheme);
  };
  constexpr std::string_view kUseHttps = "Event Hubs and Event Grid are not supported; use an https URL";
  if (is_of("EventHub:")) return refuse("event hub ", kUseHttps);
  if (is_of("EventGrid:")) return refuse("", kUseHttps);
  const auto parsed = webhook::parse_url(url, policy);
  if (parsed) return {};
  return refuse("", parsed.error());
}

Result<void> check_certificate(std::string_view certificate, std::string_view id) {
  constexpr std::string_view kName = "encryptionCertificate", kIdName = "encryptionCertificateId";
  for (const auto& [name, text] : {std::pair(kName, certificate), std::pair(kIdName, id)}) {
    if (text.empty()) {
      return std::unexpected(invalid_request(
          name, fmt::format("[{}]: The property is required together with resource data.", name)));
    }
  }
  if (auto fits = check_length(kIdName, id, kCertificateIdCharsMax); !fits) return fits;
  const auto parsed = webhook::EncryptionCertificate::parse(certificate);
  if (parsed) return {};
  return std::unexpected(invalid_request(
      kName, fmt::format("[{}]: The certificate cannot be used: it {}.", kName, parsed.error())));
}

// The order of the checks is the order in which Graph reports errors.
Result<void> check_subscription(const SubscriptionBody& body, const webhook::EgressPolicy& policy) {
  if (auto good = check_url("notificationUrl", body.notification_url, policy); !good) return good;
  if (!body.lifecycle_url.empty()) {
    if (auto good = check_url("lifecycleNotificationUrl", body.lifecycle_url, policy); !good) return good;
  }
  if (auto fits = check_length("clientState", body.client_state, kClientStateCharsMax); !fits) return fits;
  if (auto fits = check_length("notificationUrlAppId", body.url_app_id, kUrlAppIdCharsMax); !fits)
    return fits;
  if (auto tls = parse_tls_version(body.tls_version); !tls) return std::unexpected(std::move(tls.error()));
  if (!body.query_options.empty()) {
    return std::unexpected(
        invalid_request("notificationQueryOptions",
                        "[notificationQueryOptions]: The property is not supported for presence."));
  }
  if (!body.web_push.empty()) {
    return std::unexpected(invalid_request(
        "vapidPublicKey", "[vapidPublicKey]: Web Push is not supported; a URL that takes JSON is."));
  }
  if (!body.rich && body.certificate.empty() && body.certificate_id.empty()) return {};
  return check_certificate(body.certificate, body.certificate_id);
}

Result<std::uint8_t> parse_tls_version(std::string_view text) {
  constexpr std::array<std::string_view, 4> kVersions = {"v1_0", "v1_1", "v1_2", "v1_3"};
  if (text.empty()) return std::uint8_t{2};
  const auto found =
      std::ranges::find_if(kVersions, [&](std::string_view name) { return equals_ignore_case(name, text); });
  if (found != kVersions.end()) return static_cast<std::uint8_t>(found - kVersions.begin());
  return std::unexpected(
      invalid_request("latestSupportedTlsVersion",
                      "[latestSupportedTlsVersion]: The value is not one of v1_0, v1_1, v1_2 and v1_3."));
}

// An expiry between the shortest and the longest life is kept as it was sent; any other becomes one of these two.
Result<SentTime> clamp_expiry(const SentTime& asked, Time now, Duration life_max) {
  if (asked.time < now) {
    return std::unexpected(
        invalid_request("expirationDateTime",
                        "[expirationDateTime]: Subscription expiration can only be set in the future."));
  }
  const Time shortest = now + std::min(kSubscriptionLifeMin, life_max), longest = now + life_max;
  if (asked.time > longest + kExpiryTolerance)
    return std::unexpected(
        expiry_too_late(std::chrono::duration_cast<std::chrono::minutes>(life_max), longest));
  if (asked.time < shortest) return SentTime{shortest};
  return asked.time < longest ? asked : SentTime{longest};
}

}  // namespace porchlight::graph
