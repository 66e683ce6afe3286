#include "graph/wire/subscription_json.h"

#include "base/json.h"
#include "base/time_text.h"

namespace porchlight::graph {
namespace {

void append_nullable(std::string& out, std::string_view name, std::string_view text) {
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
  const notify::SubscriptionExtras& more = subscription.extras_or_empty();
  out += R"("id":")";
  append_guid(out, subscription.id);
  out += '"';
  append_nullable(out, "resource", subscription.resource);
  append_nullable(out, "applicationId", to_string(subscription.app));
  append_nullable(out, "changeType", "updated");
  append_nullable(out, "clientState", shows_state ? std::string_view(more.client_state) : std::string_view());
  append_nullable(out, "notificationUrl", *subscription.url);
  append_nullable(out, "notificationQueryOptions", {});
  append_nullable(out, "lifecycleNotificationUrl",
                  more.lifecycle_url ? std::string_view(*more.lifecycle_url) : std::string_view());
  out += R"(,"expirationDateTime":")";
  append_date_time(out, subscription.expires_at);
  out += '"';
  append_nullable(out, "creatorId", to_string(subscription.user.value_or(subscription.app)));
  out += subscription.rich ? R"(,"includeResourceData":true)" : R"(,"includeResourceData":null)";
  append_nullable(out, "latestSupportedTlsVersion",
                  std::string("v1_").append(1, static_cast<char>('0' + subscription.tls)));
  append_nullable(out, "encryptionCertificate", {});
  append_nullable(out, "encryptionCertificateId", more.certificate_id);
  append_nullable(out, "notificationUrlAppId", more.url_app_id);
}

}  // namespace porchlight::graph
