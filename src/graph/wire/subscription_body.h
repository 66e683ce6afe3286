// The bodies of requests for subscriptions: JSON to values (spec notifications §2, §3.1, §3.4). Parsing checks types
// and required members. The values are checked afterwards, once the caller is known to be permitted. Pure. Errors
// are 400.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "graph/wire/json_body.h"
#include "notify/subscription.h"
#include "webhook/url.h"

namespace porchlight::graph {

// Longest texts, in characters.
inline constexpr std::size_t kClientStateCharsMax = 128;
inline constexpr std::size_t kCertificateIdCharsMax = 128;
inline constexpr std::size_t kUrlAppIdCharsMax = 128;
// A shorter life is extended to this (spec notifications §3.3).
inline constexpr Duration kSubscriptionLifeMin = std::chrono::minutes(45);
// An expiry beyond the longest life by up to this is cut to it, because clocks differ.
inline constexpr Duration kExpiryTolerance = std::chrono::seconds(60);

// The body of a create, as written. An empty text means that the member is absent.
struct SubscriptionBody {
  std::string change_type;
  std::string notification_url;
  std::string lifecycle_url;
  std::string resource;
  SentTime expires_at{};
  std::string client_state;
  bool rich = false;
  std::string certificate;
  std::string certificate_id;
  std::string tls_version;
  std::string query_options;
  std::string web_push;  // any of the members of Web Push
  std::string url_app_id;
};
// 400 for a wrong type or a required member that is absent.
Result<SubscriptionBody> parse_subscription(const JsonBody& body);

// The members that a PATCH changes. At least one is set.
struct SubscriptionChange {
  std::optional<SentTime> expires_at;
  std::optional<std::string> notification_url;
  std::optional<std::string> certificate;
  std::optional<std::string> certificate_id;
};
// 400 for a member that cannot be changed, or if the body has no member.
Result<SubscriptionChange> parse_subscription_change(const JsonBody& body);

// Checks a URL to which notifications are to be posted. `property`: the member that has it.
Result<void> check_url(std::string_view property, std::string_view url, const webhook::EgressPolicy& policy);
// Checks a certificate and its id. Both must be present.
Result<void> check_certificate(std::string_view certificate, std::string_view id);
// Checks the lengths, URLs and certificate of a create (spec notifications §3.2, step 5).
Result<void> check_subscription(const SubscriptionBody& body, const webhook::EgressPolicy& policy);

// The minor version in latestSupportedTlsVersion, 0 to 3. 2 if the member is absent.
Result<std::uint8_t> parse_tls_version(std::string_view text);

// The expiry of a subscription for which a client requested `asked` (spec notifications §3.3).
Result<SentTime> clamp_expiry(const SentTime& asked, Time now, Duration life_max);

}  // namespace porchlight::graph
