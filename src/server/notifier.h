// Change notifications of a server: the subscriptions in its data folder, and the poster that reaches
// subscribers (docs/notifications.md).
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "graph/call/services.h"
#include "graph/subscriptions/notification_renderer.h"
#include "node/config.h"
#include "node/data_folder.h"
#include "node/node.h"
#include "notify/publisher.h"
#include "webhook/curl_client.h"

namespace porchlight::server {

class Notifier {
 public:
  // Takes up the subscriptions of the folder, on a thread of its own where they are many, and puts itself
  // into `services`, which must outlive it, as `node` must. `broken` is called, on that thread, where the
  // folder turns out to be damaged. An error is a sentence.
  static std::expected<std::unique_ptr<Notifier>, std::string> open(node::Node& node,
                                                                    const node::Config& config,
                                                                    const node::DataFolder& folder,
                                                                    graph::Services& services,
                                                                    std::function<void()> broken);
  ~Notifier();  // closes
  // Ends; the watchers must have been closed. An error, which is a sentence, says what was wrong with the
  // folder.
  std::expected<void, std::string> close();

  // Returns once all subscriptions are taken up. Any thread.
  void await_start() { publisher_->await_start(); }
  // A manual clock moved: returns once everything due by now was given to the poster.
  void clock_advanced() { publisher_->clock_advanced(); }

 private:
  Notifier(const graph::Services& services, std::unique_ptr<notify::SubscriptionStore> store)
      : renderer_(services), store_(std::move(store)) {}
  void load_subscriptions(const std::function<void()>& broken);
  void report_dropped(std::size_t count, std::string_view origin);

  graph::NotificationRenderer renderer_;
  std::unique_ptr<notify::SubscriptionStore> store_;
  webhook::SystemNetwork network_;
  std::unique_ptr<webhook::WebhookClient> webhook_client_;
  std::unique_ptr<notify::Publisher> publisher_;
  std::expected<void, std::string> started_;  // the starter's, until it has ended
  std::thread starter_;
  SystemClock clock_;
  std::optional<SteadyTime> reported_at_;  // of what was dropped, the operator
  std::size_t dropped_ = 0;                // since then
};

// "10.1.0.0/16, 127.0.0.0/8": the ranges that are opened though they are not public; empty where none is.
std::string opened_ranges(const node::Config& config);

}  // namespace porchlight::server
