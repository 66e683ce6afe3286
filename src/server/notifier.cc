#include "server/notifier.h"

#include <fmt/format.h>

#include "base/logging.h"
#include "webhook/validation_token.h"

namespace porchlight::server {
namespace {

// How often dropped notifications are logged.
constexpr Duration kReportEvery = std::chrono::minutes(1);
// Subscriptions that are loaded before the server accepts requests; the others are loaded while it serves.
constexpr std::size_t kLoadedBeforeServing = 10'000;

// Signs validation tokens with the authority's key if it is on, else with the server's own. Both key documents publish
// them. The issuer is the authority if its name does not depend on the request's host, else the server itself.
using ValidationToken = std::function<std::string(const Guid&, const Guid&, Time)>;
ValidationToken validation_token_of(node::Node& node, const node::Config& config) {
  std::string base = config.public_base_url;
  if (base.empty() && !config.clouds.empty()) base = names(config.clouds.front()).authority;
  authority::Authority* const authority = node.authority();
  const std::string issuer = authority && !base.empty()
                                 ? fmt::format("{}/{}/v2.0", base, identity::kTenantPlaceholder)
                                 : std::string(node::kIssuer);
  return [&node, authority, issuer](const Guid& app, const Guid& tenant, Time now) {
    const auto sign = [&](std::string_view claims) {
      return authority ? authority->sign(claims, now) : node.signing_key().sign(claims);
    };
    return webhook::validation_token(app, tenant, identity::issuer_for(issuer, tenant), now, sign);
  };
}

void warn_of_ranges(const webhook::EgressPolicy& policy) {
  if (const std::string ranges = opened_ranges(policy); !ranges.empty())
    log_warning("webhooks may reach addresses that are not public: " + ranges);
}

}  // namespace

std::string opened_ranges(const webhook::EgressPolicy& policy) {
  std::string text;
  for (const IpRange& range : policy.allowed) {
    if (!text.empty()) text += ", ";
    text += to_string(range);
  }
  return text;
}

Notifier::Notifier(const graph::Services& services, std::unique_ptr<notify::SubscriptionStore> store,
                   node::OpenDatabases& databases)
    : renderer_(services), store_(std::move(store)), databases_(databases) {
  databases_.add("subscriptions", [this](const std::filesystem::path& to) { return store_->copy_to(to); });
}

void Notifier::reconfigure(const webhook::WebhookClientSettings& settings) {
  egress_policy_->set(settings.policy);
  webhook_client_->reconfigure(settings.policy, settings.ca_file);
  warn_of_ranges(settings.policy);
}

std::expected<std::unique_ptr<Notifier>, std::string> Notifier::open(node::Node& node,
                                                                     const node::Config& config,
                                                                     const node::DataFolder& folder,
                                                                     graph::Services& services,
                                                                     std::function<void()> broken) {
  auto store = notify::SubscriptionStore::open(folder.subscriptions());
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<Notifier> notifier(new Notifier(services, *std::move(store), node.databases()));
  auto webhook_client =
      webhook::open_webhook_client(config.webhooks, notifier->network_,
                                   [raw = notifier.get()](std::string_view origin, webhook::PostError error) {
                                     raw->report_failed(origin, error);
                                   });
  if (!webhook_client) return std::unexpected(webhook_client.error());
  notifier->webhook_client_ = *std::move(webhook_client);
  warn_of_ranges(config.webhooks.policy);

  const graph::NotificationSettings& settings = config.settings.notifications;
  notifier->publisher_ = std::make_unique<notify::Publisher>(
      node.watchers(), *notifier->store_, *notifier->webhook_client_, node.clock(), notifier->renderer_,
      notify::PublisherSettings{
          .limits = {.per_app = settings.per_app, .per_owner = settings.per_owner},
          .dead_letters = settings.dead_letters,
          .posts = config.notifications,
          .spans = services.spans,
          .on_dropped = [raw = notifier.get()](std::size_t count, std::string_view origin) {
            raw->report_dropped(count, origin);
          }});
  services.webhook_client = notifier->webhook_client_.get();
  services.publisher = notifier->publisher_.get();
  services.egress_policy->set(config.webhooks.policy);
  notifier->egress_policy_ = services.egress_policy;
  services.validation_token = validation_token_of(node, config);
  notifier->starter_ =
      std::thread([raw = notifier.get(), broken = std::move(broken)] { raw->load_subscriptions(broken); });
  notifier->publisher_->await_start(kLoadedBeforeServing);
  return notifier;
}

Notifier::~Notifier() { (void)close(); }

// The publisher gets answers until the webhook client has ended, so the client ends first and the publisher last. Its
// memory is left to the destructor.
std::expected<void, std::string> Notifier::close() {
  if (publisher_) publisher_->close();
  if (starter_.joinable()) starter_.join();
  webhook_client_.reset();
  if (publisher_) publisher_->end_writes();
  if (store_) databases_.remove("subscriptions");
  store_.reset();
  return started_;
}

// On starter_'s thread.
void Notifier::load_subscriptions(const std::function<void()>& broken) {
  started_ = publisher_->start();
  if (!started_) broken();
}

// Called on the publisher's thread.
void Notifier::report_dropped(std::size_t count, std::string_view origin) {
  dropped_ += count;
  if (reported_at_ && clock_.steady() - *reported_at_ < kReportEvery) return;
  reported_at_ = clock_.steady();
  log_warning(fmt::format("dropped {} change notifications that could not be delivered, the last one to {}",
                          std::exchange(dropped_, 0), origin));
}

// Called on the webhook client's thread.
void Notifier::report_failed(std::string_view origin, webhook::PostError error) {
  const auto left_out = failed_lines_.take(clock_.steady());
  if (!left_out) return;
  LogFields fields = {{"receiver", origin}, {"error", describe(error)}};
  if (*left_out > 0) fields.emplace_back("left_out", *left_out);
  log_warning("a post failed", fields);
}

}  // namespace porchlight::server
