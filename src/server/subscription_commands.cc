// Commands about subscriptions to change notifications, and about the changes that no receiver accepted.
#include <algorithm>
#include <future>

#include "base/split.h"
#include "graph/wire/dead_letter_json.h"
#include "server/owner_json.h"
#include "server/server_commands.h"
#include "server/test_posts.h"

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

// The subscription that the arguments name.
Checked<Publisher::SubscriptionPtr> find_subscription(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto publisher = find_publisher(server);
  if (!publisher) return std::unexpected(publisher.error());
  const auto id = parse_guid(args.text("subscription").value_or(""));
  auto found = id ? (*publisher)->find(*id, server.node.clock().wall()) : nullptr;
  if (!found || found->tenant != tenant->id)
    return std::unexpected(admin::not_found("there is no such subscription"));
  return found;
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

// What an application that creates a subscription gets to know as well, and the operator why there was no answer.
void write_test_post(JsonObject& out, const TestPost& post, bool is_operator) {
  out.text("id", to_string(post.subscription)).text("dateTime", admin::date_time_text(post.at));
  out.text("state", !post.is_answered ? "running" : post.fault.empty() ? "accepted" : "refused");
  if (!post.is_answered) return;
  out.number("milliseconds", std::chrono::ceil<std::chrono::milliseconds>(post.took).count());
  if (post.status != 0) out.number("status", post.status);
  out.text_if("fault", post.fault);
  if (is_operator && post.error != webhook::PostError::kNone)
    out.text("reason", webhook::describe(post.error));
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
  const auto found = find_subscription(server, args);
  if (!found) return std::unexpected(found.error());
  const Guid id = (*found)->id;
  const auto done = std::make_shared<std::promise<Publisher::WriteResult>>();
  auto written = done->get_future();
  server.services.publisher->remove(
      id,
      [done](Publisher::WriteResult result, const Publisher::SubscriptionPtr&) { done->set_value(result); });
  if (written.get() == Publisher::WriteResult::kFailed)
    return std::unexpected(admin::unavailable("the subscription could not be removed now"));
  return json_object([&](JsonObject& out) { out.text("id", to_string(id)); });
}

AdminResult test_subscription(const LiveServer& server, CommandArgs& args) {
  const auto found = find_subscription(server, args);
  if (!found) return std::unexpected(found.error());
  const notify::Subscription& subscription = **found;
  const SteadyTime now = server.services.machine_clock.steady();
  const auto started =
      server.test_posts.start(*server.services.webhook_client, subscription.tenant, subscription.id,
                              *subscription.url, {server.node.clock().wall(), now});
  if (!started) return std::unexpected(started.error());
  return json_object([&](JsonObject& out) {
    const auto post = server.test_posts.find(subscription.tenant, subscription.id, now);
    if (post) write_test_post(out, *post, !args.scope);
  });
}

AdminResult show_test_post(const LiveServer& server, CommandArgs& args) {
  const auto found = find_subscription(server, args);
  if (!found) return std::unexpected(found.error());
  const auto post =
      server.test_posts.find((*found)->tenant, (*found)->id, server.services.machine_clock.steady());
  if (!post) return std::unexpected(admin::not_found("there was no test post of the subscription lately"));
  return json_object([&](JsonObject& out) { write_test_post(out, *post, !args.scope); });
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
