// Change notifications of a server: the subscriptions of its data folder, and the client that posts to webhooks
// (docs/notifications.md).
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/line_budget.h"
#include "graph/call/services.h"
#include "graph/subscriptions/notification_renderer.h"
#include "node/config.h"
#include "node/data_folder.h"
#include "node/node.h"
#include "notify/publisher.h"
#include "webhook/curl_client.h"

namespace porchlight::server {

// Closed by close() or the destructor, on the thread that opened it. After close() the destructor only frees memory.
class Notifier {
 public:
  // Loads the folder's subscriptions, most of them on a thread of its own if there are many, and sets the members of
  // `services` that concern notifications. `node` and `services` must outlive it. `broken` is called on that thread if
  // the folder turns out to be damaged. An error is a sentence.
  static std::expected<std::unique_ptr<Notifier>, std::string> open(node::Node& node,
                                                                    const node::Config& config,
                                                                    const node::DataFolder& folder,
                                                                    graph::Services& services,
                                                                    std::function<void()> broken);
  ~Notifier();  // closes
  // Stops sending and ends. The watch registry must be closed before. An error, which is a sentence, says what was
  // wrong with the folder.
  std::expected<void, std::string> close();

  // Waits until all subscriptions are loaded. Any thread.
  void await_start() { publisher_->await_start(); }
  // Replaces the addresses that may be called and the trusted authorities. Any thread, before close().
  void reconfigure(const webhook::WebhookClientSettings& settings);
  // For metrics. Lives as long as the notifier.
  const notify::Publisher& publisher() const { return *publisher_; }
  // Names of webhook hosts that wait to be looked up. Any thread, before close().
  std::size_t waiting_lookups() const { return webhook_client_->waiting_lookups(); }
  // After a manual clock was advanced: waits until everything that is due was given to the webhook client.
  void clock_advanced() { publisher_->clock_advanced(); }

 private:
  Notifier(const graph::Services& services, std::unique_ptr<notify::SubscriptionStore> store,
           node::OpenDatabases& databases);
  void load_subscriptions(const std::function<void()>& broken);
  void report_dropped(std::size_t count, std::string_view origin);
  void report_failed(std::string_view origin, webhook::PostError error);

  graph::NotificationRenderer renderer_;
  std::unique_ptr<notify::SubscriptionStore> store_;
  node::OpenDatabases& databases_;  // have the store until it is closed
  webhook::SystemNetwork network_;
  std::unique_ptr<webhook::ConfiguredWebhookClient> webhook_client_;
  std::unique_ptr<notify::Publisher> publisher_;
  std::shared_ptr<Published<webhook::EgressPolicy>> egress_policy_;  // of the handlers
  std::expected<void, std::string> started_;                         // written by starter_ until it has ended
  std::thread starter_;
  SystemClock clock_;
  std::optional<SteadyTime> reported_at_;  // when dropped notifications were last logged
  std::size_t dropped_ = 0;                // notifications dropped since then
  LineBudget failed_lines_;                // for posts that failed: clients choose the hosts
};

// "10.1.0.0/16, 127.0.0.0/8": the ranges that webhooks may reach although they are not public; empty without such
// ranges.
std::string opened_ranges(const webhook::EgressPolicy& policy);

}  // namespace porchlight::server
