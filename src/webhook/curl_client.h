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

// A client whose settings may be replaced.
class ConfiguredWebhookClient : public WebhookClient {
 public:
  // Checks the addresses of new connections by `policy` and their certificates by `ca_file`, as in
  // WebhookClientSettings. Connections that are open are not used for further posts. Posts that wait were checked
  // before: of theirs, only the addresses are checked again. Any thread.
  virtual void reconfigure(EgressPolicy policy, std::filesystem::path ca_file) = 0;
  // Names of hosts that wait to be looked up. Any thread.
  virtual std::size_t waiting_lookups() const = 0;
};

// Called on the client's thread after a post that got no whole response: `origin` is Url::origin(), without the path,
// which may hold a secret. Must not block.
using PostFailed = std::function<void(std::string_view origin, PostError error)>;

// Starts a client with one thread for transfers and sixteen for lookups. `network` must outlive it. `failed` may be
// empty. The error is a sentence for the operator.
std::expected<std::unique_ptr<ConfiguredWebhookClient>, std::string> open_webhook_client(
    WebhookClientSettings settings, Network& network, PostFailed failed = {});

// The fault of a file of trusted certificates, as a sentence, if it has no readable one; nullopt if it has.
std::optional<std::string> ca_file_error(const std::filesystem::path& file);

}  // namespace porchlight::webhook
