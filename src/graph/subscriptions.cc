// /subscriptions: who asks to be told of presence changes, and where (spec notifications §3;
// docs/notifications.md).
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "graph/handshake.h"
#include "graph/kept_call.h"
#include "graph/links.h"
#include "graph/notices.h"
#include "graph/query.h"
#include "graph/seal.h"
#include "graph/subscription_body.h"
#include "graph/subscription_json.h"
#include "graph/subscription_resource.h"

namespace porchlight::graph {
namespace {

using identity::Permission;
using notify::Publisher;
using notify::Subscription;

constexpr std::size_t kSubscriptionsPage = 100;
constexpr std::string_view kListPurpose = "subscriptions";

bool may_read_all(const identity::Caller& caller) {
  return caller.has(caller.delegated() ? Permission::kDelegatedSubscriptionReadAll
                                       : Permission::kAppSubscriptionReadAll);
}

// Every operation needs the permission for creating (spec notifications §3.2, step 4); a permission to read
// all subscriptions also suffices for reading.
Result<void> may_subscribe(const Call& call, std::string_view operation) {
  const identity::Caller& caller = *call.caller;
  if (caller.has(caller.delegated() ? Permission::kDelegatedReadAll : Permission::kAppReadAll)) return {};
  if (operation == "Read" && may_read_all(caller)) return {};
  return std::unexpected(not_authorized(operation));
}

// Applications by themselves have no presence subscriptions in Graph (spec notifications §1).
Result<void> may_create(const Tools& tools, const Call& call) {
  if (!call.caller->delegated() && !tools.shared.settings.notifications.application_permission)
    return std::unexpected(not_authorized("Create"));
  return may_subscribe(call, "Create");
}

// The subscription of the route's {id}, where it is the caller's (spec notifications §3).
Result<Publisher::Held> named_subscription(const Tools& tools, const Call& call, bool reads) {
  const identity::Caller& caller = *call.caller;
  const auto id = parse_guid(call.match.id);
  const auto found = id ? tools.shared.publisher->find(*id, call.ticket.now) : nullptr;
  if (!found || found->tenant != caller.tenant) return std::unexpected(subscription_not_found());
  const bool own = found->app == caller.app && (!caller.delegated() || found->user == caller.user);
  if (!own && !(reads && may_read_all(caller))) return std::unexpected(subscription_not_found());
  return found;
}

void append_one(const Tools& tools, const Call& call, const Subscription& subscription) {
  tools.replies.json(call.response, call.ticket);
  std::string& out = call.response.body;
  out += '{';
  append_context(tools, call, out, "subscriptions/$entity");
  append_subscription_members(out, subscription, true);
  out += '}';
}

Result<Publisher::Held> outcome_of(Publisher::Outcome outcome, Publisher::Held held) {
  if (outcome == Publisher::Outcome::kGone) return std::unexpected(subscription_not_found());
  if (outcome == Publisher::Outcome::kFailed) return std::unexpected(unavailable());
  return held;
}

Error denied(const Tools& tools, notify::Denial denial) {
  const notify::SubscriptionLimits& limits = tools.shared.publisher->limits();
  switch (denial) {
    case notify::Denial::kSame:
      return same_subscription();
    case notify::Denial::kSecond:
      return second_subscription();
    case notify::Denial::kAppQuota:
      return quota_used_up("subscriptions per application and tenant", limits.per_app);
    case notify::Denial::kServerQuota:
      break;
  }
  return quota_used_up("subscriptions of this service", limits.all);
}

// Answers the call when the publisher has done what it was asked.
Publisher::Done answer_with(Tools& tools, std::shared_ptr<KeptCall> kept, int status) {
  return [&tools, kept = std::move(kept), status](Publisher::Outcome outcome, Publisher::Held held) mutable {
    KeptCall::answer(tools, std::move(kept),
                     [outcome, held = std::move(held), status](Tools& t, const Call& call) -> Result<void> {
                       const auto done = outcome_of(outcome, held);
                       if (!done) return std::unexpected(done.error());
                       call.response.status = status;
                       if (*done)
                         append_one(t, call, **done);
                       else
                         t.replies.done(call.response, call.ticket);
                       return {};
                     });
  };
}

void answer_with(Tools& tools, std::shared_ptr<KeptCall> kept, Error error) {
  KeptCall::answer(tools, std::move(kept), [error = std::move(error)](Tools&, const Call&) -> Result<void> {
    return std::unexpected(error);
  });
}

// Steps 2 and 3: what is asked for, as far as it can be told before it is known who asks.
struct Asked {
  SubscriptionBody body;
  SubscriptionResource resource;
};
Result<Asked> read_asked(Tools& tools, const Call& call) {
  const auto parsed = Body::parse(tools.reader, call.request.body);
  if (!parsed) return std::unexpected(parsed.error());
  auto body = read_subscription(*parsed);
  if (!body) return std::unexpected(std::move(body.error()));
  if (!same_text(body->change_type, "updated")) {
    return std::unexpected(invalid_request(
        "changeType", "[changeType]: The only change of a presence that there is, is 'updated'."));
  }
  auto resource =
      parse_subscription_resource(body->resource, tools.shared.settings.notifications.groups_and_tenants);
  if (!resource) return std::unexpected(std::move(resource.error()));
  return Asked{std::move(*body), std::move(*resource)};
}

Result<std::vector<Guid>> ids_of(const Tools& tools, const Call& call, const SubscriptionResource& resource) {
  if (resource.upn.empty()) return resource.ids;
  const auto id = tools.shared.view.find_user_by_upn(call.caller->tenant, resource.upn);
  if (id) return std::vector{*id};
  return std::unexpected(invalid_request(
      "resource", "The resource names nobody: neither a GUID nor the userPrincipalName of anybody."));
}

Result<Subscription> make_subscription(const Tools& tools, const Call& call, const Asked& asked) {
  const SubscriptionBody& body = asked.body;
  const identity::Caller& caller = *call.caller;
  if (auto good = check_subscription(body, tools.shared.reach); !good)
    return std::unexpected(std::move(good.error()));
  const auto expiry =
      expiry_of(body.expires_at, call.ticket.now, tools.shared.settings.notifications.life_max);
  if (!expiry) return std::unexpected(expiry.error());
  auto ids = ids_of(tools, call, asked.resource);
  if (!ids) return std::unexpected(std::move(ids.error()));

  notify::Texts& texts = tools.shared.publisher->texts();
  Subscription made;
  made.id = secure_random_guid();
  made.tenant = caller.tenant;
  made.app = caller.app;
  made.user = caller.user;
  made.expires_at = *expiry;
  made.scope = asked.resource.scope;
  made.rich = body.rich;
  made.of_directory = caller.user && tools.shared.view.find_user({caller.tenant, *caller.user}).has_value();
  made.of_grant = is_granted(tools.shared.view, made);
  made.tls = *parse_tls_version(body.tls_version);
  made.ids = std::move(*ids);
  made.resource = body.resource;
  made.url = texts.keep(body.notification_url);
  const bool has_more = !body.lifecycle_url.empty() || !body.client_state.empty() ||
                        !body.certificate.empty() || !body.url_app_id.empty();
  if (has_more) {
    const auto kept = [&](const std::string& text) { return text.empty() ? nullptr : texts.keep(text); };
    made.extras = notify::SubscriptionExtras{kept(body.lifecycle_url), body.client_state,
                                             kept(body.certificate), body.certificate_id, body.url_app_id};
  }
  return made;
}

Result<notify::Place> page_after(const Tools& tools, const Call& call, notify::Place first) {
  std::optional<std::string> token;
  const auto read =
      read_options(call.request.query, [&](std::string_view option, std::string value) -> Result<void> {
        if (option != "skiptoken") return std::unexpected(option_unsupported(option));
        token = std::move(value);
        return {};
      });
  if (!read) return std::unexpected(read.error());
  if (!token) return first;
  const auto bytes = open_seal(tools.shared.paging_key, kListPurpose, call.caller->tenant, *token);
  ByteReader in(bytes ? std::string_view(*bytes) : std::string_view());
  first.app = in.guid();
  first.user = in.guid();
  first.id = in.guid();
  if (!in.ok()) return std::unexpected(query_refused("$skiptoken", "The $skiptoken is not valid."));
  return first;
}

void append_next_page(const Tools& tools, const Call& call, const notify::Place& last, std::string& out) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.guid(last.app);
  writer.guid(last.user);
  writer.guid(last.id);
  std::string link;
  append_root(tools, call, link);
  link += "/subscriptions?$skiptoken=";
  link += seal(tools.shared.paging_key, kListPurpose, call.caller->tenant, bytes);
  out += R"(,"@odata.nextLink":)";
  append_json_string(out, link);
}

// A PATCH, once its new URL wants what is posted to it.
void change(Tools& tools, std::shared_ptr<KeptCall> kept, const Guid& id, SubscriptionChange change) {
  notify::Texts& texts = tools.shared.publisher->texts();
  const auto edit = [change = std::move(change), &texts](Subscription& subscription) {
    if (change.expires_at) subscription.expires_at = *change.expires_at;
    if (change.notification_url) subscription.url = texts.keep(*change.notification_url);
    if (!change.certificate) return;
    notify::SubscriptionExtras more = subscription.more();
    more.certificate = texts.keep(*change.certificate);
    more.certificate_id = *change.certificate_id;
    subscription.extras = std::move(more);
  };
  tools.shared.publisher->change(id, edit, answer_with(tools, std::move(kept), 200));
}

// What of a PATCH can be found wrong before anybody is asked; the expiry becomes what it will be.
Result<void> check_change(const Tools& tools, const Call& call, SubscriptionChange& change) {
  if (change.notification_url) {
    if (auto good = check_url("notificationUrl", *change.notification_url, tools.shared.reach); !good)
      return good;
  }
  if (change.certificate || change.certificate_id) {
    if (auto good = check_certificate(change.certificate.value_or(""), change.certificate_id.value_or(""));
        !good)
      return good;
  }
  if (!change.expires_at) return {};
  const auto expiry =
      expiry_of(*change.expires_at, call.ticket.now, tools.shared.settings.notifications.life_max);
  if (!expiry) return std::unexpected(expiry.error());
  change.expires_at = *expiry;
  return {};
}

}  // namespace

Result<Handled> create_subscription(Tools& tools, const Call& call) {
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  Publisher* const publisher = tools.shared.publisher;
  const auto asked = read_asked(tools, call);
  if (!asked) return std::unexpected(asked.error());
  if (auto allowed = may_create(tools, call); !allowed) return std::unexpected(std::move(allowed.error()));
  auto made = make_subscription(tools, call, *asked);
  if (!made) return std::unexpected(std::move(made.error()));
  auto slot = publisher->reserve(*made);
  if (!slot) return std::unexpected(denied(tools, slot.error()));

  std::vector<AskedUrl> urls = {{"notificationUrl", asked->body.notification_url}};
  if (!asked->body.lifecycle_url.empty())
    urls.push_back({"lifecycleNotificationUrl", asked->body.lifecycle_url});
  shake_hands(*tools.shared.poster, std::move(urls),
              [&tools, publisher, kept = std::make_shared<KeptCall>(call), slot = std::move(*slot),
               made = std::move(*made)](Result<void> agreed) mutable {
                if (agreed)
                  return publisher->add(std::move(slot), std::move(made), answer_with(tools, kept, 201));
                slot.give_back();
                answer_with(tools, kept, std::move(agreed.error()));
              });
  return Handled::kLater;
}

Result<Handled> get_subscription(Tools& tools, const Call& call) {
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  if (auto allowed = may_subscribe(call, "Read"); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto found = named_subscription(tools, call, true);
  if (!found) return std::unexpected(found.error());
  append_one(tools, call, **found);
  return Handled::kNow;
}

Result<Handled> list_subscriptions(Tools& tools, const Call& call) {
  const identity::Caller& caller = *call.caller;
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  const bool all = may_read_all(caller);
  const notify::Place first{
      caller.tenant, all ? Guid{} : caller.app, all ? Guid{} : caller.user.value_or(Guid{}), {}};
  const auto after = page_after(tools, call, first);
  if (!after) return std::unexpected(after.error());
  if (auto allowed = may_subscribe(call, "Read"); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto in_scope = [&](const notify::Place& place) {
    return place.tenant == caller.tenant &&
           (all || (place.app == caller.app && (!caller.delegated() || place.user == *caller.user)));
  };
  const auto [page, more] =
      tools.shared.publisher->list(*after, kSubscriptionsPage, call.ticket.now, in_scope);
  tools.replies.json(call.response, call.ticket);
  std::string& out = call.response.body;
  out += '{';
  append_context(tools, call, out, "subscriptions");
  out += R"("value":[)";
  for (const Publisher::Held& subscription : page) {
    out += out.back() == '[' ? "{" : ",{";
    append_subscription_members(out, *subscription, false);
    out += '}';
  }
  out += ']';
  if (more) append_next_page(tools, call, notify::place_of(*page.back()), out);
  out += '}';
  return Handled::kNow;
}

Result<Handled> update_subscription(Tools& tools, const Call& call) {
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  const auto parsed = Body::parse(tools.reader, call.request.body);
  if (!parsed) return std::unexpected(parsed.error());
  auto asked = read_subscription_change(*parsed);
  if (!asked) return std::unexpected(std::move(asked.error()));
  if (auto allowed = may_subscribe(call, "Update"); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto found = named_subscription(tools, call, false);
  if (!found) return std::unexpected(found.error());
  if (auto good = check_change(tools, call, *asked); !good) return std::unexpected(std::move(good.error()));

  auto kept = std::make_shared<KeptCall>(call);
  const Guid id = (*found)->id;
  if (!asked->notification_url || *asked->notification_url == *(*found)->url) {
    change(tools, std::move(kept), id, std::move(*asked));
    return Handled::kLater;
  }
  std::vector<AskedUrl> urls = {{"notificationUrl", *asked->notification_url}};
  shake_hands(*tools.shared.poster, std::move(urls),
              [&tools, kept = std::move(kept), id, asked = std::move(*asked)](Result<void> agreed) mutable {
                if (agreed) return change(tools, std::move(kept), id, std::move(asked));
                answer_with(tools, std::move(kept), std::move(agreed.error()));
              });
  return Handled::kLater;
}

Result<Handled> delete_subscription(Tools& tools, const Call& call) {
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  if (auto allowed = may_subscribe(call, "Delete"); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto found = named_subscription(tools, call, false);
  if (!found) return std::unexpected(found.error());
  tools.shared.publisher->remove((*found)->id, answer_with(tools, std::make_shared<KeptCall>(call), 204));
  return Handled::kLater;
}

// It changes nothing: our right to tell does not end with a token (spec notifications §3.4: nor is the life
// longer).
Result<Handled> reauthorize_subscription(Tools& tools, const Call& call) {
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  if (auto allowed = may_subscribe(call, "Reauthorize"); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto found = named_subscription(tools, call, false);
  if (!found) return std::unexpected(found.error());
  call.response.status = 204;
  tools.replies.done(call.response, call.ticket);
  return Handled::kNow;
}

}  // namespace porchlight::graph
