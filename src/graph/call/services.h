// What the Graph handlers of all loops share, and its settings.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/worker.h"
#include "calendar/feed_settings.h"
#include "graph/call/administration.h"
#include "graph/call/causes.h"
#include "graph/call/stream_ends.h"
#include "graph/call/streams.h"
#include "history/history.h"
#include "identity/revocations.h"
#include "identity/verifier.h"
#include "notify/publisher.h"
#include "presence/policy.h"
#include "state/commands.h"
#include "state/view.h"
#include "throttle/address_budget.h"
#include "throttle/quota.h"
#include "trace/exporter.h"
#include "watch/watch_quota.h"
#include "watch/watch_registry.h"
#include "webhook/url.h"
#include "webhook/webhook_client.h"

namespace porchlight::graph {

// The operator's settings of change notifications (docs/notifications.md). The defaults are Graph's behaviour.
struct NotificationSettings {
  bool application_permission = false;           // applications may subscribe without a user
  bool groups_and_tenants = false;               // ... to a group, or to the whole tenant
  bool state_in_basic = false;                   // items without encryption hold the state
  bool resource_as_path = false;                 // items name presences/{id} in place of presences('{id}')
  Duration life_max = std::chrono::minutes(60);  // of a subscription (spec notifications §1)
  std::size_t per_owner = 1;                     // of one application for one user
  std::size_t per_app = 10'000;                  // of one application in one tenant
  bool dead_letters = false;                     // undeliverable notifications are kept for replay
  friend bool operator==(const NotificationSettings&, const NotificationSettings&) = default;
};

// The operator's settings of the Graph API. The defaults are the documented values.
struct GraphSettings {
  presence::Policy policy;
  std::size_t bulk_ids_max = 650;       // ids in one getPresencesByUserId (spec presence §5.5)
  std::size_t message_chars_max = 280;  // characters of a status message (spec presence §7)
  bool empty_batch_writes = false;      // a step may write without body and type (spec protocol §10)
  NotificationSettings notifications;
  calendar::FeedSettings calendar;
  StreamSettings streams;
  friend bool operator==(const GraphSettings&, const GraphSettings&) = default;
};

// Tasks that may be queued for the worker. The largest, a calendar, holds FeedSettings::bytes_max bytes.
inline constexpr std::size_t kQueuedTasksMax = 16;

// The owner of a caller's work in a queue: tenants take turns, and within one its applications.
inline QueueOwner queue_owner(const identity::Caller& caller) {
  return {.tenant = std::hash<Guid>{}(caller.tenant), .source = std::hash<Guid>{}(caller.app)};
}

// Everything referred to outlives the handlers and is safe to use from any thread.
struct Services {
  const Clock& clock;
  const Clock& machine_clock;  // real time even if `clock` is manual: for limits that protect the machine
  ManualClock* manual_clock = nullptr;   // set if the clock is manual; callers may advance it
  std::function<void()> clock_advanced;  // called after each advance, so that waits re-check the time
  const state::View& view;
  state::Commands& commands;
  watch::WatchRegistry& watchers;
  watch::WatchQuota& watch_quota;
  Streams& streams;
  Causes& causes;
  throttle::Quota& quota;
  throttle::AddressBudget& addresses;  // failed signatures per address
  const identity::Verifier& verifier;
  const identity::Revocations& revocations;
  const StreamEnds& stream_ends;
  WorkerPool& worker;                                // for work that would block a loop
  Administration* administration = nullptr;          // null: no administration API
  history::History* history = nullptr;               // null if the server keeps no history
  webhook::WebhookClient* webhook_client = nullptr;  // to subscribers; null without subscriptions
  notify::Publisher* publisher = nullptr;            // likewise; not to be used until is_started()
  trace::SpanExporter* spans = nullptr;              // null if no traces are sent
  // The addresses that it may post to; never null.
  std::shared_ptr<Published<webhook::EgressPolicy>> egress_policy =
      std::make_shared<Published<webhook::EgressPolicy>>(webhook::EgressPolicy{});
  // Makes the token by which a subscriber's application verifies the sender (spec notifications §6.1).
  std::function<std::string(const Guid& app, const Guid& tenant, Time now)> validation_token = {};
  GraphSettings settings = {};
  std::string public_base;  // "https://host[:port]" behind a proxy; empty: the host that the client used
  identity::ServedClouds clouds = {};  // the host names of clouds, for links
  // Our public keys: those of our own tokens, at that time.
  std::function<std::vector<identity::PublicKey>(Time now)> published_keys = {};
  std::string issuer;      // our own issuer; `{tenantid}` is a placeholder for the tenant
  std::string paging_key;  // the secret that seals $skiptoken
  std::string node_name;   // RoleInstance of x-ms-ags-diagnostic
};

// Whether subscriptions are on and loaded: requests are served while the publisher is still starting.
inline bool subscriptions_ready(const Services& services) {
  return services.publisher != nullptr && services.publisher->is_started();
}

}  // namespace porchlight::graph
