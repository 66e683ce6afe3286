#include "graph/notices.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/text.h"
#include "base/time_text.h"
#include "graph/sight.h"
#include "webhook/seal.h"

namespace porchlight::graph {
namespace {

using notify::Notice;
using notify::Scope;
using notify::Subscription;
using notify::What;

// What is kept at hand; beyond, all is forgotten and found again.
constexpr std::size_t kCertificatesKept = 1000;
constexpr std::size_t kTokensKept = 10'000;
constexpr Duration kTokenFreshFor = std::chrono::hours(1);
constexpr std::size_t kPageOfPeople = 1000;

// As whom the subscriber reads.
identity::Caller reader_of(const Subscription& subscription) {
  identity::Caller reader;
  reader.tenant = subscription.tenant;
  reader.app = subscription.app;
  reader.user = subscription.user;
  return reader;
}

std::vector<Guid> everybody(const state::View& view, const Guid& tenant) {
  std::vector<Guid> all;
  for (std::optional<Guid> after;;) {
    const std::vector<Guid> page = view.list_users(tenant, after, kPageOfPeople);
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < kPageOfPeople) return all;
    after = page.back();
  }
}

// The same for every try to tell of one state of one person, so that a repeat is recognized.
Guid item_id(const Notice& notice) {
  return guid_from_name(fmt::format("{} {} {} {}", to_string(notice.subscription->id),
                                    to_string(notice.person), notice.seen.sequence,
                                    notice.seen.state.code()));
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
  const std::string& state = subscription.more().client_state;
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

void append_state(std::string& out, presence::State state) {
  append_member(out, "availability", state.availability());
  append_member(out, "activity", state.activity());
}

std::string_view event_name(What what) {
  switch (what) {
    case What::kReauthorizationRequired:
      return "reauthorizationRequired";
    case What::kSubscriptionRemoved:
      return "subscriptionRemoved";
    default:
      return "missed";
  }
}

}  // namespace

bool is_granted(const state::View& view, const Subscription& subscription) {
  const auto app = view.find_app(subscription.tenant, subscription.app);
  if (!app) return false;
  return std::ranges::any_of(subscription.user ? app->scopes : app->roles,
                             [](const std::string& name) { return same_text(name, "Presence.Read.All"); });
}

std::vector<Guid> Notices::people(const Subscription& subscription) const {
  if (subscription.scope == Scope::kPeople) return subscription.ids;
  if (subscription.scope == Scope::kTenant) return everybody(shared_.view, subscription.tenant);
  const auto group = shared_.view.find_group(subscription.tenant, subscription.ids.front());
  return group ? group->members : std::vector<Guid>();
}

std::vector<state::UserKey> Notices::keys_of(const Subscription& subscription, const Guid& person) const {
  std::vector<state::UserKey> keys = {{subscription.tenant, person}};
  if (shared_.view.read(keys.front(), [](const presence::Record&) {})) return keys;
  if (const auto own = shared_.view.find_tenant(subscription.tenant))
    for (const Guid& other : own->settings.trusts) keys.push_back({other, person});
  return keys;
}

notify::Seen Notices::seen(const Subscription& subscription, const Guid& person, Time now) const {
  return presence_seen(shared_, reader_of(subscription), person, now);
}

bool Notices::is_rightful(const Subscription& subscription) const {
  const state::View& view = shared_.view;
  const NotificationSettings& settings = shared_.settings.notifications;
  if (!subscription.user && !settings.application_permission) return false;
  if (subscription.scope != Scope::kPeople && !settings.groups_and_tenants) return false;
  if (!view.has_tenant(subscription.tenant)) return false;
  if (subscription.of_directory && !view.find_user({subscription.tenant, *subscription.user})) return false;
  return !subscription.of_grant || is_granted(view, subscription);
}

std::optional<std::string> Notices::body(std::span<const Notice> notices, Time now) {
  std::string out = R"({"value":[)";
  for (const Notice& notice : notices) {
    if (out.back() != '[') out += ',';
    begin_item(out, *notice.subscription);
    if (notice.what != What::kChange)
      append_member(out, "lifecycleEvent", event_name(notice.what));
    else if (!append_change(out, notice))
      return std::nullopt;
    out += '}';
  }
  out += ']';
  append_tokens(out, notices, now);
  out += '}';
  return out;
}

// False where it cannot be sealed, as always below.
bool Notices::append_change(std::string& out, const Notice& notice) {
  const std::string person = to_string(notice.person);
  append_member(out, "changeType", "updated");
  append_member(out, "organizationId", to_string(notice.subscription->tenant));
  append_member(out, "resource", fmt::format("communications/presences/{}", person));
  append_member(out, "id", to_string(item_id(notice)));
  out += R"(,"resourceData":)";
  begin_resource(out, notice.person);
  if (shared_.settings.notifications.state_in_basic && !notice.subscription->rich)
    append_state(out, notice.seen.state);
  out += '}';
  return !notice.subscription->rich || append_sealed(out, notice);
}

bool Notices::append_sealed(std::string& out, const Notice& notice) {
  const webhook::Certificate* certificate = certificate_of(*notice.subscription);
  if (certificate == nullptr) return false;
  std::string plain;
  begin_resource(plain, notice.person);
  append_state(plain, notice.seen.state);
  plain += R"(,"sequenceNumber":")";
  append_sequence_number(plain, notice.seen.sequence);
  plain += "\"}";
  const auto sealed = webhook::seal(plain, *certificate);
  if (!sealed) return false;
  fmt::format_to(std::back_inserter(out),
                 R"(,"encryptedContent":{{"data":"{}","dataKey":"{}","dataSignature":"{}")", sealed->data,
                 sealed->data_key, sealed->data_signature);
  append_member(out, "encryptionCertificateId", notice.subscription->more().certificate_id);
  append_member(out, "encryptionCertificateThumbprint", certificate->thumbprint());
  out += '}';
  return true;
}

const webhook::Certificate* Notices::certificate_of(const Subscription& subscription) {
  const notify::Text& text = subscription.more().certificate;
  if (!text) return nullptr;
  if (const auto known = certificates_.find(text); known != certificates_.end()) return &known->second;
  auto parsed = webhook::Certificate::parse(*text);
  if (!parsed) return nullptr;
  if (certificates_.size() >= kCertificatesKept) certificates_.clear();
  return &certificates_.emplace(text, *std::move(parsed)).first->second;
}

// One for each application and tenant that has resource data in the body (spec notifications §6.1).
void Notices::append_tokens(std::string& out, std::span<const Notice> notices, Time now) {
  std::set<std::pair<Guid, Guid>> audiences;
  for (const Notice& notice : notices)
    if (notice.what == What::kChange && notice.subscription->rich)
      audiences.emplace(notice.subscription->app, notice.subscription->tenant);
  if (audiences.empty()) return;
  out += R"(,"validationTokens":[)";
  for (const auto& [app, tenant] : audiences) {
    if (out.back() != '[') out += ',';
    append_json_string(out, token_for(app, tenant, now));
  }
  out += ']';
}

const std::string& Notices::token_for(const Guid& app, const Guid& tenant, Time now) {
  if (tokens_.size() >= kTokensKept) tokens_.clear();
  Token& token = tokens_[{app, tenant}];
  if (token.jwt.empty() || now - token.made_at >= kTokenFreshFor || now < token.made_at)
    token = {shared_.validation_token(app, tenant, now), now};
  return token.jwt;
}

}  // namespace porchlight::graph
