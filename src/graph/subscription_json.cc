#include "graph/subscription_json.h"

#include "base/json.h"
#include "base/time_text.h"

namespace porchlight::graph {
namespace {

void append_text(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

}  // namespace

void append_subscription_members(std::string& out, const notify::Subscription& subscription,
                                 bool shows_state) {
  const notify::SubscriptionExtras& more = subscription.more();
  out += R"("id":")";
  append_guid(out, subscription.id);
  out += '"';
  append_text(out, "resource", subscription.resource);
  append_text(out, "applicationId", to_string(subscription.app));
  append_text(out, "changeType", "updated");
  append_text(out, "clientState", shows_state ? std::string_view(more.client_state) : std::string_view());
  append_text(out, "notificationUrl", *subscription.url);
  append_text(out, "notificationQueryOptions", {});
  append_text(out, "lifecycleNotificationUrl",
              more.lifecycle_url ? std::string_view(*more.lifecycle_url) : std::string_view());
  out += R"(,"expirationDateTime":")";
  append_date_time(out, subscription.expires_at);
  out += '"';
  append_text(out, "creatorId", to_string(subscription.user.value_or(subscription.app)));
  out += subscription.rich ? R"(,"includeResourceData":true)" : R"(,"includeResourceData":null)";
  append_text(out, "latestSupportedTlsVersion",
              std::string("v1_").append(1, static_cast<char>('0' + subscription.tls)));
  append_text(out, "encryptionCertificate", {});
  append_text(out, "encryptionCertificateId", more.certificate_id);
  append_text(out, "notificationUrlAppId", more.url_app_id);
}

}  // namespace porchlight::graph
