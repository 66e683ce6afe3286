// Renders notifications: an array of items, and the validation tokens of their receivers.
//
// Rendering runs on one thread. It keeps parsed certificates and recent tokens, because a rich subscription uses the
// same ones for every notification. A full cache is cleared as a whole, which bounds it without an order of use.
#include "graph/subscriptions/notification_renderer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
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

// Sizes at which a cache is cleared.
constexpr std::size_t kCertificatesMax = 1000;
constexpr std::size_t kTokensMax = 10'000;
constexpr Duration kTokenFreshFor = std::chrono::hours(1);

// The caller with whose permissions a subscriber reads.
identity::Caller caller_of(const Subscription& subscription) {
  identity::Caller caller;
  caller.tenant = subscription.tenant;
  caller.app = subscription.app;
  caller.user = subscription.user;
  return caller;
}

// The id of an item: equal for every attempt to send one state of one person, so that a receiver recognizes repeats.
Guid item_id(const Notification& notification) {
  return guid_from_name(fmt::format("{} {} {} {}", to_string(notification.subscription->id),
                                    to_string(notification.person), notification.seen.sequence,
                                    notification.seen.state.code()));
}

std::string notification_time(const Subscription& subscription) {
  std::string text;
  append_date_time(text, subscription.expires_at, subscription.expiry_ticks);
  return text;
}

void write_expiry(JsonObject& item, const Subscription& subscription) {
  item.text("subscriptionExpirationDateTime", notification_time(subscription));
}

void write_client_state(JsonObject& item, const Subscription& subscription) {
  const std::string& state = subscription.extras_or_empty().client_state;
  state.empty() ? item.null("clientState") : item.text("clientState", state);
}

// A lifecycle item, in the order of Graph's sample; organizationId is recorded besides (spec notifications §8).
void write_lifecycle_item(JsonObject& item, const Subscription& subscription, std::string_view event) {
  item.text("subscriptionId", to_string(subscription.id));
  write_expiry(item, subscription);
  item.text("tenantId", to_string(subscription.tenant));
  write_client_state(item, subscription);
  item.text("lifecycleEvent", event).text("organizationId", to_string(subscription.tenant));
}

void write_resource_head(JsonObject& resource, const Guid& person) {
  const std::string id = to_string(person);
  resource.text("@odata.type", "#microsoft.graph.presence")
      .text("@odata.id", fmt::format("users/{}/presence", id))
      .text("id", id);
}

void write_resource_state(JsonObject& resource, presence::State state) {
  resource.text("availability", state.availability()).text("activity", state.activity());
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
  bool is_complete = true;
  std::string out = json_object([&](JsonObject& body) {
    body.array("value", notifications, [&](JsonArray& items, const Notification& notification) {
      items.object([&](JsonObject& item) {
        if (notification.kind != NotificationKind::kChange)
          write_lifecycle_item(item, *notification.subscription, event_name(notification.kind));
        else
          is_complete &= write_change(item, notification);
      });
    });
    write_tokens(body, notifications, now);
  });
  if (!is_complete) return std::nullopt;
  return out;
}

// Of the first of the people that a traced request has changed.
std::optional<TraceContext> NotificationRenderer::cause(std::span<const Notification> notifications,
                                                        Time now) const {
  for (const Notification& notification : notifications) {
    if (notification.kind != NotificationKind::kChange) continue;
    const state::UserKey person{notification.subscription->tenant, notification.person};
    if (const auto found = services_.causes.find(person, now)) return found;
  }
  return std::nullopt;
}

// In the order of Graph's sample; `id` is optional there. Returns false if the content cannot be encrypted.
bool NotificationRenderer::write_change(JsonObject& item, const Notification& notification) {
  const Subscription& subscription = *notification.subscription;
  const NotificationSettings& settings = services_.settings.notifications;
  const std::string person = to_string(notification.person);
  item.text("subscriptionId", to_string(subscription.id));
  write_client_state(item, subscription);
  item.text("changeType", "updated")
      .text("tenantId", to_string(subscription.tenant))
      .text("resource", settings.resource_as_path ? fmt::format("communications/presences/{}", person)
                                                  : fmt::format("communications/presences('{}')", person));
  write_expiry(item, subscription);
  item.object("resourceData",
              [&](JsonObject& resource) {
                write_resource_head(resource, notification.person);
                if (settings.state_in_basic && !subscription.rich)
                  write_resource_state(resource, notification.seen.state);
              })
      .text("organizationId", to_string(subscription.tenant))
      .text("id", to_string(item_id(notification)));
  return !subscription.rich || write_encrypted_content(item, notification);
}

// Returns false if there is no valid certificate, or encryption fails.
bool NotificationRenderer::write_encrypted_content(JsonObject& item, const Notification& notification) {
  const webhook::EncryptionCertificate* certificate = certificate_of(*notification.subscription);
  if (certificate == nullptr) return false;
  const std::string plain = json_object([&](JsonObject& resource) {
    write_resource_head(resource, notification.person);
    write_resource_state(resource, notification.seen.state);
    std::string& sequence = resource.member("sequenceNumber");
    sequence += '"';
    append_sequence_number(sequence, notification.seen.sequence);
    sequence += '"';
  });
  const auto sealed = webhook::encrypt_resource_data(plain, *certificate);
  if (!sealed) return false;
  item.object("encryptedContent", [&](JsonObject& content) {
    content.text("data", sealed->data)
        .text("dataKey", sealed->data_key)
        .text("dataSignature", sealed->data_signature)
        .text("encryptionCertificateId", notification.subscription->extras_or_empty().certificate_id)
        .text("encryptionCertificateThumbprint", certificate->thumbprint());
  });
  return true;
}

// The parsed certificate, which stays valid until the next call. Returns null if it cannot be parsed.
const webhook::EncryptionCertificate* NotificationRenderer::certificate_of(const Subscription& subscription) {
  const notify::InternedString& text = subscription.extras_or_empty().certificate;
  if (!text) return nullptr;
  if (const auto known = certificates_.find(text); known != certificates_.end()) return &known->second;
  auto parsed = webhook::EncryptionCertificate::parse(*text);
  if (!parsed) return nullptr;
  if (certificates_.size() >= kCertificatesMax) certificates_.clear();
  return &certificates_.emplace(text, *std::move(parsed)).first->second;
}

// One token for each application and tenant with resource data in the body (spec notifications §6.1).
void NotificationRenderer::write_tokens(JsonObject& body, std::span<const Notification> notifications,
                                        Time now) {
  std::set<std::pair<Guid, Guid>> recipients;
  for (const Notification& notification : notifications)
    if (notification.kind == NotificationKind::kChange && notification.subscription->rich)
      recipients.emplace(notification.subscription->app, notification.subscription->tenant);
  if (recipients.empty()) return;
  body.array("validationTokens", recipients, [&](JsonArray& tokens, const auto& recipient) {
    tokens.text(token_for(recipient.first, recipient.second, now));
  });
}

const std::string& NotificationRenderer::token_for(const Guid& app, const Guid& tenant, Time now) {
  if (tokens_.size() >= kTokensMax) tokens_.clear();
  CachedToken& token = tokens_[{app, tenant}];
  if (token.jwt.empty() || now - token.made_at >= kTokenFreshFor || now < token.made_at)
    token = {services_.validation_token(app, tenant, now), now};
  return token.jwt;
}

}  // namespace porchlight::graph
