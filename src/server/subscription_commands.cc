// Commands about subscriptions to change notifications, and about the changes that no receiver accepted.
#include <algorithm>
#include <future>

#include "base/split.h"
#include "graph/wire/dead_letter_json.h"
#include "server/owner_json.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::Checked;
using admin::CommandArgs;
using notify::Publisher;
using notify::SubscriptionKey;

Checked<Publisher*> find_publisher(const LiveServer& server) {
  if (subscriptions_ready(server.services)) return server.services.publisher;
  return std::unexpected(admin::unavailable("subscriptions are still being loaded"));
}

// The place of a subscription in the list of its tenant: its application, user and id.
std::string place_of(const SubscriptionKey& key) {
  return to_string(key.app) + '.' + to_string(key.user) + '.' + to_string(key.id);
}

// The place that member `after` names in the list of the tenant; without it the beginning.
Checked<SubscriptionKey> read_place(CommandArgs& args, const Guid& tenant) {
  const auto after = args.text("after");
  if (!after) return SubscriptionKey{.tenant = tenant, .app = {}, .user = {}, .id = {}};
  std::vector<Guid> ids;
  for (const std::string_view part : split(*after, '.'))
    if (const auto id = parse_guid(part)) ids.push_back(*id);
  if (ids.size() != 3 || place_of({tenant, ids[0], ids[1], ids[2]}) != *after)
    return std::unexpected("after must be the next of the page before");
  return SubscriptionKey{tenant, ids[0], ids[1], ids[2]};
}

// The host, with the port if the URL has one. The rest of the URL may hold a secret.
std::string_view host_of(std::string_view url) {
  return notify::origin_of(url).substr(std::string_view("https://").size());
}

// Why a post failed is for the operator: it says which ports are open and which names the server's network knows.
void write_failure(JsonObject& out, const notify::ActiveSubscription::FailedPost& failed, bool is_operator) {
  out.object("lastFailure", [&](JsonObject& failure) {
    failure.text("dateTime", admin::date_time_text(failed.at));
    if (!is_operator) return;
    if (failed.status != 0) failure.number("status", failed.status);
    failure.text("reason", failed.error == webhook::PostError::kNone ? "the status is no success"
                                                                     : webhook::describe(failed.error));
  });
}

void write_subscription(JsonObject& out, const LiveServer& server, const notify::Subscription& subscription,
                        const Publisher::SubscriptionStatus& status, bool is_operator) {
  out.text("id", to_string(subscription.id));
  write_owner(out, server.node.view(), {subscription.tenant, subscription.app, subscription.user});
  out.text("resource", subscription.resource).text("host", host_of(*subscription.url));
  out.text("expirationDateTime", admin::date_time_text(subscription.expires_at));
  out.number("pending", status.pending);
  out.text("state", webhook::HostHealth::kLevelNames[static_cast<std::size_t>(status.host)]);
  if (status.accepted_at) out.text("lastAccepted", admin::date_time_text(*status.accepted_at));
  if (status.failed_post) write_failure(out, *status.failed_post, is_operator);
}

}  // namespace

AdminResult list_subscriptions(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto place = read_place(args, tenant->id);
  const auto limit = read_limit(args);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!place) return std::unexpected(place.error());
  const auto publisher = find_publisher(server);
  if (!publisher) return std::unexpected(publisher.error());
  const auto [page, has_more] =
      (*publisher)->list(*place, limit, server.node.clock().wall(), [&](const SubscriptionKey& key) {
        return key.tenant == tenant->id;
      });
  return json_object([&](JsonObject& out) {
    out.array("value", page, [&](JsonArray& items, const Publisher::SubscriptionPtr& subscription) {
      // One that has ended meanwhile is left out.
      if (const auto status = (*publisher)->status_of(subscription->id))
        items.object(
            [&](JsonObject& item) { write_subscription(item, server, *subscription, *status, !args.scope); });
    });
    if (has_more) out.text("next", place_of(notify::subscription_key(*page.back())));
  });
}

AdminResult remove_subscription(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto publisher = find_publisher(server);
  if (!publisher) return std::unexpected(publisher.error());
  const auto id = parse_guid(args.text("subscription").value_or(""));
  const auto found = id ? (*publisher)->find(*id, server.node.clock().wall()) : nullptr;
  if (!found || found->tenant != tenant->id)
    return std::unexpected(admin::not_found("there is no such subscription"));
  const auto done = std::make_shared<std::promise<Publisher::WriteResult>>();
  auto written = done->get_future();
  (*publisher)->remove(*id, [done](Publisher::WriteResult result, const Publisher::SubscriptionPtr&) {
    done->set_value(result);
  });
  if (written.get() == Publisher::WriteResult::kFailed)
    return std::unexpected(admin::unavailable("the subscription could not be removed now"));
  return json_object([&](JsonObject& out) { out.text("id", to_string(*id)); });
}

AdminResult list_dead_letters(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto limit = read_limit(args);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  const auto publisher = find_publisher(server);
  if (!publisher) return std::unexpected(publisher.error());
  return admin::json_list(
      (*publisher)->dead_letters(tenant->id, limit), [](const notify::DeadLetter& letter) {
        return json_object([&](JsonObject& out) { graph::append_dead_letter_members(out, letter); });
      });
}

AdminResult replay_dead_letters(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto publisher = find_publisher(server);
  if (!publisher) return std::unexpected(publisher.error());
  const Publisher::Replayed replayed = (*publisher)->replay(tenant->id);
  return json_object(
      [&](JsonObject& out) { out.number("replayed", replayed.requeued).number("gone", replayed.not_found); });
}

}  // namespace porchlight::server
