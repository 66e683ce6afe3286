// /subscriptions: creates, lists, changes and removes subscriptions (spec notifications §3; docs/notifications.md).
//
// A create or a new URL takes three steps: validate_urls() asks the receivers on the webhook client's thread, the
// publisher writes to its disk, and the suspended call is answered on its own loop. The quota is reserved before the
// first step, so that concurrent creates cannot exceed it.
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "graph/call/links.h"
#include "graph/call/operation.h"
#include "graph/call/suspended_call.h"
#include "graph/subscriptions/notification_renderer.h"
#include "graph/subscriptions/url_validation.h"
#include "graph/wire/query.h"
#include "graph/wire/sealed_token.h"
#include "graph/wire/subscription_body.h"
#include "graph/wire/subscription_json.h"
#include "graph/wire/subscription_resource.h"

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
// all subscriptions also suffices for reading. A permission to write presence does not (§1).
Result<void> may_subscribe(const Call& call, std::string_view operation) {
  const identity::Caller& caller = *call.caller;
  if (caller.has(caller.delegated() ? Permission::kDelegatedReadAll : Permission::kAppReadAll)) return {};
  if (operation == "Read" && may_read_all(caller)) return {};
  return std::unexpected(operation_not_authorized(
      operation, fmt::format("The {} permission 'Presence.Read.All' is missing; the token has '{}'.",
                             caller.delegated() ? "delegated" : "application", caller.granted)));
}

// The subscription of the route's {id}, where it is the caller's (spec notifications §3).
Result<Publisher::SubscriptionPtr> target_subscription(const HandlerContext& context, const Call& call,
                                                       bool reads) {
  const identity::Caller& caller = *call.caller;
  const auto& id = call.match.guid;
  auto found = id ? context.services.publisher->find(*id, call.info.now) : nullptr;
  if (!found || found->tenant != caller.tenant) return std::unexpected(subscription_not_found());
  const bool own = found->app == caller.app && (!caller.delegated() || found->user == caller.user);
  if (!own && !(reads && may_read_all(caller))) return std::unexpected(subscription_not_found());
  return found;
}

void append_subscription_entity(const HandlerContext& context, const Call& call,
                                const Subscription& subscription) {
  context.response_writer.json(call.response, call.info);
  std::string& out = call.response.body;
  out += '{';
  append_context(context, call, out, "subscriptions/$entity");
  // The context ends with a comma, and the members follow without their opening brace.
  out.append(
      json_object([&](JsonObject& members) { append_subscription_members(members, subscription, true); }), 1);
}

Result<Publisher::SubscriptionPtr> check_outcome(Publisher::WriteResult outcome,
                                                 Publisher::SubscriptionPtr held) {
  if (outcome == Publisher::WriteResult::kNotFound) return std::unexpected(subscription_not_found());
  if (outcome == Publisher::WriteResult::kFailed) return std::unexpected(service_unavailable());
  return held;
}

Error quota_error(const HandlerContext& context, notify::QuotaError denial) {
  const notify::SubscriptionLimits& limits = context.services.publisher->limits();
  switch (denial) {
    case notify::QuotaError::kDuplicate:
      return duplicate_subscription();
    case notify::QuotaError::kOwnerQuota:
      return subscription_exists();
    case notify::QuotaError::kAppQuota:
      return quota_exceeded("subscriptions per application and tenant", limits.per_app);
    case notify::QuotaError::kServerQuota:
      break;
  }
  return quota_exceeded("subscriptions of this service", limits.all);
}

// A callback that answers the call with the result of the publisher.
Publisher::SubscriptionCallback answer_with(HandlerContext& context, std::shared_ptr<SuspendedCall> suspended,
                                            int status) {
  return [&context, suspended = std::move(suspended), status](Publisher::WriteResult outcome,
                                                              Publisher::SubscriptionPtr held) mutable {
    SuspendedCall::resume(
        context, std::move(suspended),
        [outcome, held = std::move(held), status](HandlerContext& t, const Call& call) -> Result<void> {
          const auto done = check_outcome(outcome, held);
          if (!done) return std::unexpected(done.error());
          call.response.status = status;
          if (*done)
            append_subscription_entity(t, call, **done);
          else
            t.response_writer.without_body(call.response, call.info);
          return {};
        });
  };
}

void answer_with(HandlerContext& context, std::shared_ptr<SuspendedCall> suspended, Error error) {
  SuspendedCall::resume(context, std::move(suspended),
                        [error = std::move(error)](HandlerContext&, const Call&) -> Result<void> {
                          return std::unexpected(error);
                        });
}

// Steps 2 and 3 of a create: what can be checked before the caller is authorized.
struct CreateRequest {
  SubscriptionBody body;
  SubscriptionResource resource;
};
Result<CreateRequest> parse_create_request(HandlerContext& context, const Call& call) {
  const auto parsed = JsonBody::parse(context.reader, call.request.body);
  if (!parsed) return std::unexpected(parsed.error());
  auto body = parse_subscription(*parsed);
  if (!body) return std::unexpected(std::move(body.error()));
  if (!equals_ignore_case(body->change_type, "updated")) {
    return std::unexpected(invalid_request(
        "changeType", "[changeType]: The value must be 'updated', the only change of a presence."));
  }
  auto resource =
      parse_subscription_resource(body->resource, context.services.settings.notifications.groups_and_tenants);
  if (!resource) return std::unexpected(std::move(resource.error()));
  return CreateRequest{std::move(*body), std::move(*resource)};
}

Result<std::vector<Guid>> ids_of(const HandlerContext& context, const Call& call,
                                 const SubscriptionResource& resource) {
  if (resource.upn.empty()) return resource.target.ids;
  const auto id = context.services.view.find_user_by_upn(call.caller->tenant, resource.upn);
  if (id) return std::vector{*id};
  return std::unexpected(invalid_request(
      "resource",
      "[resource]: The user is neither a GUID nor the userPrincipalName of a user in the tenant."));
}

Result<Subscription> make_subscription(const HandlerContext& context, const Call& call,
                                       const CreateRequest& requested) {
  const SubscriptionBody& body = requested.body;
  const identity::Caller& caller = *call.caller;
  if (auto good = check_subscription(body, *context.services.egress_policy->get()); !good)
    return std::unexpected(std::move(good.error()));
  const auto expiry =
      clamp_expiry(body.expires_at, call.info.now, context.services.settings.notifications.life_max);
  if (!expiry) return std::unexpected(expiry.error());
  auto ids = ids_of(context, call, requested.resource);
  if (!ids) return std::unexpected(std::move(ids.error()));

  notify::StringPool& texts = context.services.publisher->string_pool();
  Subscription made;
  made.id = secure_random_guid();
  made.tenant = caller.tenant;
  made.app = caller.app;
  made.user = caller.user;
  made.expires_at = expiry->time;
  made.expiry_ticks = expiry->ticks;
  made.target.kind = requested.resource.target.kind;
  made.rich = body.rich;
  made.requires_directory_user =
      caller.user && context.services.view.find_user({caller.tenant, *caller.user}).has_value();
  made.requires_app_registration = is_granted(context.services.view, made);
  made.tls = *parse_tls_version(body.tls_version);
  made.target.ids = std::move(*ids);
  made.resource = body.resource;
  made.url = texts.intern(body.notification_url);
  const bool has_more = !body.lifecycle_url.empty() || !body.client_state.empty() ||
                        !body.certificate.empty() || !body.url_app_id.empty();
  if (has_more) {
    const auto shared = [&](const std::string& text) { return text.empty() ? nullptr : texts.intern(text); };
    made.extras = notify::SubscriptionExtras{shared(body.lifecycle_url), body.client_state,
                                             shared(body.certificate), body.certificate_id, body.url_app_id};
  }
  return made;
}

Result<notify::SubscriptionKey> page_after(const HandlerContext& context, const Call& call,
                                           notify::SubscriptionKey first) {
  std::optional<std::string> token;
  const auto read =
      for_each_option(call.request.query, [&](std::string_view option, std::string value) -> Result<void> {
        if (option != "skiptoken") return std::unexpected(unsupported_option(option));
        token = std::move(value);
        return {};
      });
  if (!read) return std::unexpected(read.error());
  if (!token) return first;
  const auto bytes =
      open_sealed_token(context.services.paging_key, kListPurpose, call.caller->tenant, *token);
  ByteReader in(bytes ? std::string_view(*bytes) : std::string_view());
  first.app = in.guid();
  first.user = in.guid();
  first.id = in.guid();
  if (!in.ok()) return std::unexpected(invalid_query("$skiptoken", "The $skiptoken is not valid."));
  return first;
}

void append_next_page_link(const HandlerContext& context, const Call& call,
                           const notify::SubscriptionKey& last, std::string& out) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.guid(last.app);
  writer.guid(last.user);
  writer.guid(last.id);
  std::string link;
  append_service_root(context, call, link);
  link += "/subscriptions?$skiptoken=";
  link += seal_token(context.services.paging_key, kListPurpose, call.caller->tenant, bytes);
  out += R"(,"@odata.nextLink":)";
  append_json_string(out, link);
}

// Applies a PATCH, after its new URL was validated.
void apply_change(HandlerContext& context, std::shared_ptr<SuspendedCall> suspended, const Guid& id,
                  SubscriptionChange change) {
  notify::StringPool& texts = context.services.publisher->string_pool();
  const auto edit = [change = std::move(change), &texts](Subscription& subscription) {
    if (change.expires_at) {
      subscription.expires_at = change.expires_at->time;
      subscription.expiry_ticks = change.expires_at->ticks;
    }
    if (change.notification_url) subscription.url = texts.intern(*change.notification_url);
    if (!change.certificate) return;
    notify::SubscriptionExtras more = subscription.extras_or_empty();
    more.certificate = texts.intern(*change.certificate);
    more.certificate_id = *change.certificate_id;
    subscription.extras = std::move(more);
  };
  context.services.publisher->change(id, edit, answer_with(context, std::move(suspended), 200));
}

// Checks the values of a PATCH, and replaces the requested expiry by the resulting one.
Result<void> check_change(const HandlerContext& context, const Call& call, SubscriptionChange& change) {
  if (change.notification_url) {
    if (auto good =
            check_url("notificationUrl", *change.notification_url, *context.services.egress_policy->get());
        !good)
      return good;
  }
  if (change.certificate || change.certificate_id) {
    if (auto good = check_certificate(change.certificate.value_or(""), change.certificate_id.value_or(""));
        !good)
      return good;
  }
  if (!change.expires_at) return {};
  const auto expiry =
      clamp_expiry(*change.expires_at, call.info.now, context.services.settings.notifications.life_max);
  if (!expiry) return std::unexpected(expiry.error());
  change.expires_at = *expiry;
  return {};
}

// Applications without a user have no presence subscriptions in Graph (spec notifications §1).
Result<void> may_create(const HandlerContext& context, const Call& call, const CreateRequest&) {
  if (!call.caller->delegated() && !context.services.settings.notifications.application_permission) {
    return std::unexpected(operation_not_authorized(
        "Create",
        "The token has no signed-in user. An application by itself may subscribe only if "
        "subscriptions.application_permission is true in the server's configuration."));
  }
  return may_subscribe(call, "Create");
}

Result<Handled> run_create_subscription(HandlerContext& context, const Call& call,
                                        const CreateRequest& requested) {
  Publisher* const publisher = context.services.publisher;
  auto made = make_subscription(context, call, requested);
  if (!made) return std::unexpected(std::move(made.error()));
  auto reservation = publisher->reserve(*made);
  if (!reservation) return std::unexpected(quota_error(context, reservation.error()));

  std::vector<UrlToValidate> urls = {{"notificationUrl", requested.body.notification_url}};
  if (!requested.body.lifecycle_url.empty())
    urls.push_back({"lifecycleNotificationUrl", requested.body.lifecycle_url});
  validate_urls(
      *context.services.webhook_client, std::move(urls),
      [&context, publisher, suspended = std::make_shared<SuspendedCall>(call),
       reservation = std::move(*reservation), made = std::move(*made)](Result<void> validated) mutable {
        if (validated)
          return publisher->add(std::move(reservation), std::move(made),
                                answer_with(context, suspended, 201));
        reservation.release();
        answer_with(context, suspended, std::move(validated.error()));
      });
  return Handled::kLater;
}

Result<void> may_read(const HandlerContext&, const Call& call) { return may_subscribe(call, "Read"); }

Result<Handled> run_get_subscription(HandlerContext& context, const Call& call) {
  const auto found = target_subscription(context, call, true);
  if (!found) return std::unexpected(found.error());
  append_subscription_entity(context, call, **found);
  return Handled::kNow;
}

// The key after which the page begins.
Result<notify::SubscriptionKey> parse_list_subscriptions(HandlerContext& context, const Call& call) {
  const identity::Caller& caller = *call.caller;
  const bool all = may_read_all(caller);
  return page_after(
      context, call,
      {caller.tenant, all ? Guid{} : caller.app, all ? Guid{} : caller.user.value_or(Guid{}), {}});
}

Result<void> may_list(const HandlerContext&, const Call& call, const notify::SubscriptionKey&) {
  return may_subscribe(call, "Read");
}

Result<Handled> run_list_subscriptions(HandlerContext& context, const Call& call,
                                       const notify::SubscriptionKey& after) {
  const identity::Caller& caller = *call.caller;
  const bool all = may_read_all(caller);
  const auto in_scope = [&](const notify::SubscriptionKey& place) {
    return place.tenant == caller.tenant &&
           (all || (place.app == caller.app && (!caller.delegated() || place.user == *caller.user)));
  };
  const auto [page, more] =
      context.services.publisher->list(after, kSubscriptionsPage, call.info.now, in_scope);
  context.response_writer.json(call.response, call.info);
  std::string& out = call.response.body;
  out += '{';
  append_context(context, call, out, "subscriptions");
  out += R"("value":)";
  {
    JsonArray items(out);
    for (const Publisher::SubscriptionPtr& subscription : page)
      items.object([&](JsonObject& item) { append_subscription_members(item, *subscription, false); });
  }
  if (more) append_next_page_link(context, call, notify::subscription_key(*page.back()), out);
  out += '}';
  return Handled::kNow;
}

Result<SubscriptionChange> parse_update(HandlerContext& context, const Call& call) {
  const auto parsed = JsonBody::parse(context.reader, call.request.body);
  if (!parsed) return std::unexpected(parsed.error());
  return parse_subscription_change(*parsed);
}

Result<void> may_update(const HandlerContext&, const Call& call, const SubscriptionChange&) {
  return may_subscribe(call, "Update");
}

Result<Handled> run_update_subscription(HandlerContext& context, const Call& call,
                                        SubscriptionChange& requested) {
  const auto found = target_subscription(context, call, false);
  if (!found) return std::unexpected(found.error());
  if (auto good = check_change(context, call, requested); !good)
    return std::unexpected(std::move(good.error()));

  auto suspended = std::make_shared<SuspendedCall>(call);
  const Guid id = (*found)->id;
  if (!requested.notification_url || *requested.notification_url == *(*found)->url) {
    apply_change(context, std::move(suspended), id, std::move(requested));
    return Handled::kLater;
  }
  std::vector<UrlToValidate> urls = {{"notificationUrl", *requested.notification_url}};
  validate_urls(*context.services.webhook_client, std::move(urls),
                [&context, suspended = std::move(suspended), id,
                 requested = std::move(requested)](Result<void> validated) mutable {
                  if (validated) return apply_change(context, std::move(suspended), id, std::move(requested));
                  answer_with(context, std::move(suspended), std::move(validated.error()));
                });
  return Handled::kLater;
}

Result<void> may_delete(const HandlerContext&, const Call& call) { return may_subscribe(call, "Delete"); }

Result<Handled> run_delete_subscription(HandlerContext& context, const Call& call) {
  const auto found = target_subscription(context, call, false);
  if (!found) return std::unexpected(found.error());
  context.services.publisher->remove((*found)->id,
                                     answer_with(context, std::make_shared<SuspendedCall>(call), 204));
  return Handled::kLater;
}

Result<void> may_reauthorize(const HandlerContext&, const Call& call) {
  return may_subscribe(call, "Reauthorize");
}

// Changes nothing: the permission to notify does not end with a token, and the expiry stays
// (spec notifications §3.4).
Result<Handled> run_reauthorize_subscription(HandlerContext& context, const Call& call) {
  const auto found = target_subscription(context, call, false);
  if (!found) return std::unexpected(found.error());
  call.response.status = 204;
  context.response_writer.without_body(call.response, call.info);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation create_subscription =
    operation_with_rule<parse_create_request, may_create, run_create_subscription>()
        .with_publisher()
        .with_secret();
constinit const RouteOperation get_subscription =
    operation_with_rule<parse_no_options, may_read, run_get_subscription>().with_publisher().with_secret();
constinit const RouteOperation list_subscriptions =
    operation_with_rule<parse_list_subscriptions, may_list, run_list_subscriptions>()
        .with_publisher()
        .with_secret();
constinit const RouteOperation update_subscription =
    operation_with_rule<parse_update, may_update, run_update_subscription>().with_publisher().with_secret();
constinit const RouteOperation delete_subscription =
    operation_with_rule<parse_nothing, may_delete, run_delete_subscription>().with_publisher().with_secret();
constinit const RouteOperation reauthorize_subscription =
    operation_with_rule<parse_nothing, may_reauthorize, run_reauthorize_subscription>()
        .with_publisher()
        .with_secret();

}  // namespace porchlight::graph
