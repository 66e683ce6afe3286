// The WebhookClient of the server: HTTPS over libcurl, to addresses that are checked at every dial.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "webhook/network.h"
#include "webhook/post_queue.h"
#include "webhook/url.h"
#include "webhook/webhook_client.h"

namespace porchlight::webhook {

// What the client may call, whose certificates it trusts and how much it sends at once.
struct WebhookClientSettings {
  EgressPolicy policy{};
  std::filesystem::path
      ca_file{};  // PEM file used in place of the system's certificates; empty: the system's
  PostQueue::QueueLimits limits{};
  friend bool operator==(const WebhookClientSettings&, const WebhookClientSettings&) = default;
};

// Called on the client's thread after a post that got no whole response: `origin` is Url::origin(), without the path,
// which may hold a secret. Must not block.
using PostFailed = std::function<void(std::string_view origin, PostError error)>;

// Starts a client with one thread for transfers and sixteen for lookups. `network` must outlive it. `failed` may be
// empty. The error is a sentence for the operator.
std::expected<std::unique_ptr<WebhookClient>, std::string> open_webhook_client(WebhookClientSettings settings,
                                                                               Network& network,
                                                                               PostFailed failed = {});

// The fault of a file of trusted certificates, as a sentence, if it has no readable one; nullopt if it has.
std::optional<std::string> ca_file_error(const std::filesystem::path& file);

}  // namespace porchlight::webhook
