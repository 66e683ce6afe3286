// Every member that Graph returns is written, with null for an absent value, in the order of Graph.
#include "graph/wire/subscription_json.h"

#include "base/time_text.h"

namespace porchlight::graph {
namespace {

void append_nullable(JsonObject& out, std::string_view name, std::string_view text) {
  text.empty() ? out.null(name) : out.text(name, text);
}

// The text has no character that needs an escape.
std::string expiry_text(const notify::Subscription& subscription) {
  std::string text;
  append_date_time(text, subscription.expires_at, subscription.expiry_ticks);
  return text;
}

}  // namespace

void append_subscription_members(JsonObject& out, const notify::Subscription& subscription,
                                 bool shows_state) {
  const notify::SubscriptionExtras& extras = subscription.extras_or_empty();
  out.text("id", to_string(subscription.id));
  append_nullable(out, "resource", subscription.resource);
  out.text("applicationId", to_string(subscription.app)).text("changeType", "updated");
  append_nullable(out, "clientState",
                  shows_state ? std::string_view(extras.client_state) : std::string_view());
  append_nullable(out, "notificationUrl", *subscription.url);
  out.null("notificationQueryOptions").null("notificationContentType");
  append_nullable(out, "lifecycleNotificationUrl",
                  extras.lifecycle_url ? std::string_view(*extras.lifecycle_url) : std::string_view());
  out.text("expirationDateTime", expiry_text(subscription))
      .text("creatorId", to_string(subscription.user.value_or(subscription.app)));
  subscription.rich ? out.boolean("includeResourceData", true) : out.null("includeResourceData");
  out.text("latestSupportedTlsVersion",
           std::string("v1_").append(1, static_cast<char>('0' + subscription.tls)))
      .null("encryptionCertificate");
  append_nullable(out, "encryptionCertificateId", extras.certificate_id);
  append_nullable(out, "notificationUrlAppId", extras.url_app_id);
}

}  // namespace porchlight::graph
