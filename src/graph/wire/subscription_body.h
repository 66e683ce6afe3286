// The bodies of subscriptions: JSON to values (spec notifications §2, §3.1, §3.4). Types and required members
// come first; what they say is looked at when the caller's permission is known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "graph/wire/json_body.h"
#include "notify/subscription.h"
#include "webhook/url.h"

namespace porchlight::graph {

inline constexpr std::size_t kClientStateCharsMax = 128;
inline constexpr std::size_t kCertificateIdCharsMax = 128;
inline constexpr std::size_t kUrlAppIdCharsMax = 128;
inline constexpr Duration kSubscriptionLifeMin = std::chrono::minutes(45);
// What lies so far beyond the longest life is cut to it: clocks differ.
inline constexpr Duration kExpiryTolerance = std::chrono::seconds(60);

// As the caller wrote it; empty texts are absent ones.
struct SubscriptionBody {
  std::string change_type;
  std::string notification_url;
  std::string lifecycle_url;
  std::string resource;
  Time expires_at{};
  std::string client_state;
  bool rich = false;
  std::string certificate;
  std::string certificate_id;
  std::string tls_version;
  std::string query_options;
  std::string web_push;  // any of what it needs
  std::string url_app_id;
};
Result<SubscriptionBody> parse_subscription(const JsonBody& body);

// What a PATCH changes.
struct SubscriptionChange {
  std::optional<Time> expires_at;
  std::optional<std::string> notification_url;
  std::optional<std::string> certificate;
  std::optional<std::string> certificate_id;
};
// Other members are an error naming them.
Result<SubscriptionChange> parse_subscription_change(const JsonBody& body);

// What is wrong with a URL to post to.
Result<void> check_url(std::string_view property, std::string_view url, const webhook::EgressPolicy& policy);
// What is wrong with a certificate and its id; both must be there.
Result<void> check_certificate(std::string_view certificate, std::string_view id);
// Checks sizes, URLs and certificate of a create (spec notifications §3.2, step 5).
Result<void> check_subscription(const SubscriptionBody& body, const webhook::EgressPolicy& policy);

// latestSupportedTlsVersion: v1_<it>; v1_2 where it is absent.
Result<std::uint8_t> parse_tls_version(std::string_view text);

// When a subscription for which `asked` was asked ends (spec notifications §3.3).
Result<Time> clamp_expiry(Time asked, Time now, Duration life_max);

}  // namespace porchlight::graph
