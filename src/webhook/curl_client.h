// The poster that really posts: HTTPS over libcurl, to addresses that were checked at every dial.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "webhook/network.h"
#include "webhook/post_queue.h"
#include "webhook/url.h"
#include "webhook/webhook_client.h"

namespace porchlight::webhook {

struct WebhookClientSettings {
  EgressPolicy policy{};
  std::filesystem::path ca_file{};  // PEM, instead of the system's certificates
  PostQueue::QueueLimits limits{};
};

// A poster with a thread of its own, and a few that look names up. `network` must outlive it. An error is a
// sentence for the operator.
std::expected<std::unique_ptr<WebhookClient>, std::string> open_webhook_client(WebhookClientSettings settings,
                                                                               Network& network);

}  // namespace porchlight::webhook
