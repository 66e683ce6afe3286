#include "graph/subscriptions/notification_renderer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/text.h"
#include "base/time_text.h"
#include "graph/call/visible_presence.h"
#include "webhook/resource_data_encryption.h"

namespace porchlight::graph {
namespace {

using notify::Notification;
using notify::NotificationKind;
using notify::Subscription;

// What is kept at hand; beyond, all is forgotten and found again.
constexpr std::size_t kCertificatesKept = 1000;
constexpr std::size_t kTokensKept = 10'000;
constexpr Duration kTokenFreshFor = std::chrono::hours(1);

// As whom the subscriber reads.
identity::Caller caller_of(const Subscription& subscription) {
  identity::Caller caller;
  caller.tenant = subscription.tenant;
  caller.app = subscription.app;
  caller.user = subscription.user;
  return caller;
}

// The same for every try to tell of one state of one person, so that a repeat is recognized.
Guid item_id(const Notification& notification) {
  return guid_from_name(fmt::format("{} {} {} {}", to_string(notification.subscription->id),
                                    to_string(notification.person), notification.seen.sequence,
                                    notification.seen.state.code()));
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

// What all items have; begins the object.
void begin_item(std::string& out, const Subscription& subscription) {
  out += R"({"subscriptionId":")";
  append_guid(out, subscription.id);
  out += R"(","subscriptionExpirationDateTime":")";
  append_date_time(out, subscription.expires_at);
  out += '"';
  const std::string& state = subscription.extras_or_empty().client_state;
  if (state.empty())
    out += R"(,"clientState":null)";
  else
    append_member(out, "clientState", state);
  append_member(out, "tenantId", to_string(subscription.tenant));
}

void begin_resource(std::string& out, const Guid& person) {
  const std::string id = to_string(person);
  fmt::format_to(std::back_inserter(out),
                 R"({{"@odata.type":"#microsoft.graph.presence","@odata.id":"users/{0}/presence","id":"{0}")",
                 id);
}

void append_resource_state(std::string& out, presence::State state) {
  append_member(out, "availability", state.availability());
  append_member(out, "activity", state.activity());
}

std::string_view event_name(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::kReauthorizationRequired:
      return "reauthorizationRequired";
    case NotificationKind::kSubscriptionRemoved:
      return "subscriptionRemoved";
    default:
      return "missed";
  }
}

}  // namespace

bool is_granted(const state::View& view, const Subscription& subscription) {
  const auto app = view.find_app(subscription.tenant, subscription.app);
  if (!app) return false;
  return std::ranges::any_of(subscription.user ? app->scopes : app->roles, [](const std::string& name) {
    return equals_ignore_case(name, "Presence.Read.All");
  });
}

std::vector<Guid> NotificationRenderer::people(const Subscription& subscription) const {
  return watch::people_of(services_.view, subscription.tenant, subscription.target)
      .value_or(std::vector<Guid>());
}

std::vector<state::UserKey> NotificationRenderer::watch_keys(const Subscription& subscription,
                                                             std::span<const Guid> people) const {
  return watch::watch_keys(services_.view, subscription.tenant, people);
}

bool NotificationRenderer::may_have_moved(const Subscription& subscription,
                                          std::span<const state::UserKey> changed) const {
  return watch::may_have_moved(services_.view, subscription.tenant, changed);
}

notify::VisibleState NotificationRenderer::visible_state(const Subscription& subscription, const Guid& person,
                                                         Time now) const {
  return visible_presence(services_, caller_of(subscription), person, now);
}

bool NotificationRenderer::is_still_permitted(const Subscription& subscription) const {
  const state::View& view = services_.view;
  const NotificationSettings& settings = services_.settings.notifications;
  if (!subscription.user && !settings.application_permission) return false;
  if (subscription.target.kind != watch::TargetKind::kPeople && !settings.groups_and_tenants) return false;
  if (!view.has_tenant(subscription.tenant)) return false;
  if (subscription.requires_directory_user && !view.find_user({subscription.tenant, *subscription.user}))
    return false;
  return !subscription.requires_app_registration || is_granted(view, subscription);
}

std::optional<std::string> NotificationRenderer::render(std::span<const Notification> notifications,
                                                        Time now) {
  std::string out = R"({"value":[)";
  for (const Notification& notification : notifications) {
    if (out.back() != '[') out += ',';
    begin_item(out, *notification.subscription);
    if (notification.kind != NotificationKind::kChange)
      append_member(out, "lifecycleEvent", event_name(notification.kind));
    else if (!append_change(out, notification))
      return std::nullopt;
    out += '}';
  }
  out += ']';
  append_tokens(out, notifications, now);
  out += '}';
  return out;
}

// False where it cannot be sealed, as always below.
bool NotificationRenderer::append_change(std::string& out, const Notification& notification) {
  const std::string person = to_string(notification.person);
  append_member(out, "changeType", "updated");
  append_member(out, "organizationId", to_string(notification.subscription->tenant));
  append_member(out, "resource", fmt::format("communications/presences/{}", person));
  append_member(out, "id", to_string(item_id(notification)));
  out += R"(,"resourceData":)";
  begin_resource(out, notification.person);
  if (services_.settings.notifications.state_in_basic && !notification.subscription->rich)
    append_resource_state(out, notification.seen.state);
  out += '}';
  return !notification.subscription->rich || append_encrypted_content(out, notification);
}

bool NotificationRenderer::append_encrypted_content(std::string& out, const Notification& notification) {
  const webhook::EncryptionCertificate* certificate = certificate_of(*notification.subscription);
  if (certificate == nullptr) return false;
  std::string plain;
  begin_resource(plain, notification.person);
  append_resource_state(plain, notification.seen.state);
  plain += R"(,"sequenceNumber":")";
  append_sequence_number(plain, notification.seen.sequence);
  plain += "\"}";
  const auto sealed = webhook::encrypt_resource_data(plain, *certificate);
  if (!sealed) return false;
  fmt::format_to(std::back_inserter(out),
                 R"(,"encryptedContent":{{"data":"{}","dataKey":"{}","dataSignature":"{}")", sealed->data,
                 sealed->data_key, sealed->data_signature);
  append_member(out, "encryptionCertificateId", notification.subscription->extras_or_empty().certificate_id);
  append_member(out, "encryptionCertificateThumbprint", certificate->thumbprint());
  out += '}';
  return true;
}

const webhook::EncryptionCertificate* NotificationRenderer::certificate_of(const Subscription& subscription) {
  const notify::InternedString& text = subscription.extras_or_empty().certificate;
  if (!text) return nullptr;
  if (const auto known = certificates_.find(text); known != certificates_.end()) return &known->second;
  auto parsed = webhook::EncryptionCertificate::parse(*text);
  if (!parsed) return nullptr;
  if (certificates_.size() >= kCertificatesKept) certificates_.clear();
  return &certificates_.emplace(text, *std::move(parsed)).first->second;
}

// One for each application and tenant that has resource data in the body (spec notifications §6.1).
void NotificationRenderer::append_tokens(std::string& out, std::span<const Notification> notifications,
                                         Time now) {
  std::set<std::pair<Guid, Guid>> recipients;
  for (const Notification& notification : notifications)
    if (notification.kind == NotificationKind::kChange && notification.subscription->rich)
      recipients.emplace(notification.subscription->app, notification.subscription->tenant);
  if (recipients.empty()) return;
  out += R"(,"validationTokens":[)";
  for (const auto& [app, tenant] : recipients) {
    if (out.back() != '[') out += ',';
    append_json_string(out, token_for(app, tenant, now));
  }
  out += ']';
}

const std::string& NotificationRenderer::token_for(const Guid& app, const Guid& tenant, Time now) {
  if (tokens_.size() >= kTokensKept) tokens_.clear();
  CachedToken& token = tokens_[{app, tenant}];
  if (token.jwt.empty() || now - token.made_at >= kTokenFreshFor || now < token.made_at)
    token = {services_.validation_token(app, tenant, now), now};
  return token.jwt;
}

}  // namespace porchlight::graph
