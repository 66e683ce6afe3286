// What every loop's service shares.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/worker.h"
#include "graph/call/streams.h"
#include "history/history.h"
#include "identity/verifier.h"
#include "notify/publisher.h"
#include "presence/policy.h"
#include "state/view.h"
#include "state/writer.h"
#include "throttle/address_budget.h"
#include "throttle/quota.h"
#include "watch/watch_quota.h"
#include "watch/watch_registry.h"
#include "webhook/url.h"
#include "webhook/webhook_client.h"

namespace porchlight::graph {

// What an operator may set of change notifications (docs/notifications.md); as Graph has it by default.
struct NotificationSettings {
  bool application_permission = false;           // applications may subscribe by themselves
  bool groups_and_tenants = false;               // ... to a group, or to the whole tenant
  bool state_in_basic = false;                   // items without encryption hold the state
  Duration life_max = std::chrono::minutes(60);  // of a subscription (spec notifications §1)
  std::size_t per_owner = 1;                     // of one application for one user
  std::size_t per_app = 10'000;                  // of one application in one tenant
  bool dead_letters = false;                     // what was given up is kept for replay
};

// What an operator may set of the dialect; the documented values by default.
struct GraphSettings {
  presence::Policy policy;
  std::size_t bulk_ids_max = 650;       // ids in one getPresencesByUserId (spec presence §5.5)
  std::size_t message_chars_max = 280;  // characters of a status message (spec presence §7)
  NotificationSettings notifications;
  StreamSettings streams;
};

// Tasks that may wait for the worker; a calendar that waits is 1 MiB at most.
inline constexpr std::size_t kQueuedTasksMax = 16;

// It and everything referred to outlive the services.
struct Services {
  const Clock& clock;
  const Clock& machine_clock;  // real time even where `clock` stands still: what guards the machine itself
  ManualClock* manual_clock = nullptr;   // where the clock is one that callers may advance
  std::function<void()> clock_advanced;  // told after each advance: all who wait look at the clock again
  const state::View& view;
  state::Writer& writer;
  watch::WatchRegistry& watchers;
  watch::WatchQuota& watch_quota;
  Streams& streams;
  throttle::Quota& quota;
  throttle::AddressBudget& addresses;  // bad tokens per address
  const identity::Verifier& verifier;
  Worker& worker;                                    // for what would hold up a loop
  history::History* history = nullptr;               // null where the server keeps none
  webhook::WebhookClient* webhook_client = nullptr;  // to subscribers; null where there are no subscriptions
  notify::Publisher* publisher = nullptr;            // likewise; asked for anything only once it has started
  webhook::EgressPolicy egress_policy = {};          // whom it may post to
  // The token by which a subscriber's application knows who posts (spec notifications §6.1).
  std::function<std::string(const Guid& app, const Guid& tenant, Time now)> validation_token = {};
  GraphSettings settings = {};
  std::string public_base;             // "https://host[:port]" behind a proxy; empty: what the client used
  identity::ServedClouds clouds = {};  // whose names links have, by host
  std::string jwks;                    // our own public keys, as published
  std::string issuer;                  // our own issuer; `{tenantid}` stands for the tenant
  std::string paging_key;              // the secret that seals $skiptoken
  std::string node_name;               // RoleInstance of x-ms-ags-diagnostic
};

// Whether there are subscriptions to speak of: a start takes them up while requests are served already.
inline bool subscriptions_ready(const Services& services) {
  return services.publisher != nullptr && services.publisher->is_started();
}

}  // namespace porchlight::graph
