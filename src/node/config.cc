// Which settings there are, what values they may have, and what must hold between several of them.
#include "node/config.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "identity/keys.h"
#include "node/config_reader.h"
#include "node/issuer_settings.h"
#include "node/listen_entry.h"
#include "trace/exporter.h"

namespace porchlight::node {
namespace {

constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "critical", "off"};
constexpr const char* kListenForms =
    R"(a list of "host:port" or "[v6]:port", each with or without " proxy_protocol" after it)";
constexpr Duration kRetentionMax = std::chrono::days(36500);
constexpr std::size_t kDiskBytesMost = std::size_t{1} << 50;     // a petabyte
constexpr Duration kSessionLifeLongest = std::chrono::days(49);  // 32 bits of milliseconds
constexpr std::size_t kBytesMax = std::size_t{1} << 30;
constexpr std::size_t kAuditBytesLeast = std::size_t{1} << 20;

using namespace settings;  // the parsers of values

// An address or a range of them.
std::optional<IpRange> parse_proxy(const std::string& value) {
  if (const auto address = IpAddress::parse(value)) return IpRange::of(*address);
  return IpRange::parse(value);
}

// Addresses and ranges of trusted proxies.
Setting proxies(std::vector<IpRange>& out) {
  return converted(
      out,
      [](std::vector<std::string>& values) {
        return texts(values, R"(a list of addresses or ranges such as "10.1.2.3" or "fd12::/64")",
                     [](const std::string& value) { return parse_proxy(value).has_value(); });
      },
      [](const std::string& value) { return *parse_proxy(value); },
      [](const IpRange& range) { return to_string(range); });
}

// IP ranges that webhooks may reach although they are not public.
Setting ranges(std::vector<IpRange>& out) {
  const auto good = [](const std::string& value) { return webhook::allowed_range_error(value).empty(); };
  return converted(
      out,
      [good](std::vector<std::string>& values) {
        return texts(
            values,
            R"(a list of ranges such as "10.1.0.0/16", of at most "/8" or in IPv6 "/7", and nothing )"
            "link-local, nor of other addresses that are never called",
            good);
      },
      [](const std::string& value) { return *IpRange::parse(value); },
      [](const IpRange& range) { return to_string(range); });
}

// Clouds by their short names.
Setting clouds(std::vector<identity::Cloud>& out) {
  return converted(
      out,
      [](std::vector<std::string>& values) {
        return texts(values, "a list of global, usgov, usgovdod and china",
                     [](const std::string& name) { return identity::find_cloud(name).has_value(); });
      },
      [](const std::string& name) { return *identity::find_cloud(name); },
      [](identity::Cloud cloud) { return std::string(identity::names(cloud).name); });
}

// "http(s)://host[:port]" and nothing after it.
bool good_base_url(const std::string& url) {
  std::string_view rest = url;
  if (rest.starts_with("https://"))
    rest.remove_prefix(8);
  else if (rest.starts_with("http://"))
    rest.remove_prefix(7);
  else
    return false;
  return !rest.empty() && rest.find_first_of("/?#, \t@\"\\;'") == std::string_view::npos;
}

void add_budget(SettingsReader& reader, const std::string& key, std::size_t& requests, Duration& window) {
  reader.setting(key + ".requests", whole(requests, 0, 1'000'000'000));
  reader.setting(key + ".window", duration(window, std::chrono::seconds(1), std::chrono::hours(1),
                                           R"(a duration from "1s" to "1h")"));
}

void add_limits(SettingsReader& reader, http::Limits& limits) {
  const auto size = [&](const char* key, std::size_t& out, std::size_t min) {
    reader.setting(std::string("http.") + key, whole(out, min, kBytesMax));
  };
  size("request_line_bytes", limits.request_line_bytes, 256);
  size("header_bytes", limits.header_bytes, 256);
  size("headers_bytes", limits.headers_bytes, 1024);
  size("headers_count", limits.headers_count, 8);
  size("body_bytes", limits.body_bytes, 1024);
  size("chunk_extension_bytes", limits.chunk_extension_bytes, 1);
  size("drain_bytes", limits.drain_bytes, 1);
  size("output_bytes", limits.output_bytes, 4096);
  size("rate_bytes_per_s", limits.rate_bytes_per_s, 1);
  size("connections", limits.connections, 0);
  size("strangers_per_address", limits.unauthenticated_per_address, 1);
  reader.setting("http.tls_handshake", timeout(limits.tls_handshake));
  reader.setting("http.all_headers", timeout(limits.all_headers));
  reader.setting("http.whole_body", timeout(limits.whole_body));
  reader.setting("http.idle", timeout(limits.idle));
  reader.setting("http.whole_request", timeout(limits.whole_request));
  reader.setting("http.rate_grace", timeout(limits.rate_grace));
}

// The bit in Policy::more_session_pairs of a pair such as "Busy/Busy"; nullopt if presence cannot be set to it.
std::optional<std::uint32_t> pair_bit(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto state = presence::State::find(text.substr(0, slash), text.substr(slash + 1));
  if (!state || *state == presence::kPresenceUnknown) return std::nullopt;
  return std::uint32_t{1} << state->code();
}

void add_presence(SettingsReader& reader, graph::GraphSettings& settings, std::vector<std::string>& pairs) {
  presence::Policy& policy = settings.policy;
  const auto life = [](Duration& out) {
    return duration(out, std::chrono::seconds(1), kSessionLifeLongest, R"(a duration from "1s" to "49d")");
  };
  reader.setting("presence.session_life_min", life(policy.session_life_min));
  reader.setting("presence.session_life_max", life(policy.session_life_max));
  reader.setting("presence.fade_to_inactive", life(policy.fade_to_inactive));
  reader.setting("presence.fade_to_away", life(policy.fade_to_away));
  reader.setting("presence.more_session_pairs",
                 texts(pairs, R"(a list of documented pairs, such as "Busy/Busy")",
                       [](const std::string& value) { return pair_bit(value).has_value(); }));
  reader.setting("presence.bulk_ids_max", whole(settings.bulk_ids_max, 1, 10'000));
  reader.setting("presence.message_chars_max", whole(settings.message_chars_max, 1, 2000));
}

// Checks what concerns several settings of [presence], and applies more_session_pairs.
ConfigError check_presence(graph::GraphSettings& settings, const std::vector<std::string>& pairs) {
  presence::Policy& policy = settings.policy;
  for (const std::string& pair : pairs) policy.more_session_pairs |= *pair_bit(pair);
  if (policy.session_life_min > policy.session_life_max)
    return "presence.session_life_min must not be above presence.session_life_max";
  if (policy.fade_to_inactive > policy.fade_to_away)
    return "presence.fade_to_inactive must not be above presence.fade_to_away";
  return std::nullopt;
}

void add_calendar(SettingsReader& reader, Config& config) {
  calendar::FeedSettings& feeds = config.settings.calendar;
  reader.setting("calendar.folder", path(config.calendar_folder, reader.folders()));
  reader.setting("calendar.feed_bytes",
                 whole(feeds.bytes_max, calendar::kFeedBytesLeast, calendar::kFeedBytesMost));
  reader.setting("calendar.tentative",
                 word(feeds.tentative_is_busy, {{"free", false}, {"busy", true}}, R"("free" or "busy")"));
}

// The numbers of all entries are in memory: more than a gigabyte of entries would take too much of it.
void add_audit(SettingsReader& reader, audit::AuditLimits& limits) {
  reader.setting("audit.retention", duration(limits.age_max, std::chrono::minutes(1), kRetentionMax,
                                             R"(a duration from "1m" to "36500d")"));
  reader.setting("audit.max_bytes", whole(limits.bytes_max, kAuditBytesLeast, kBytesMax));
}

void add_paths(SettingsReader& reader, Config& config) {
  reader.setting("tls.certificate", path(config.tls_certificate, reader.folders()));
  reader.setting("tls.key", path(config.tls_key, reader.folders()));
  reader.setting("backup.folder", path(config.backup_folder, reader.folders()));
}

constexpr const char* kMetricsListenForm = R"("host:port" or "[v6]:port", such as "127.0.0.1:9464")";

// All settings except the budgets, the rules of [presence], and [[issuer]].
void add_settings(SettingsReader& reader, Config& config) {
  const auto address = [](const std::string& value) { return address_fault(value).empty(); };
  const auto any = [](const std::string& value) { return !value.empty(); };
  reader.setting("listen", texts(config.listen, kListenForms, address));
  reader.setting("tls_listen", texts(config.tls_listen, kListenForms, address));
  reader.setting("metrics.listen", text(config.metrics_listen, kMetricsListenForm, [&](const auto& value) {
                   return address(value) && !parse_listen_entry(value).proxy_protocol;
                 }));
  add_paths(reader, config);
  reader.setting("public_base_url",
                 text(config.public_base_url, R"("http(s)://host[:port]", nothing after it)", good_base_url));
  reader.setting("traces.endpoint",
                 text(config.traces_endpoint, R"("http(s)://host[:port][/path]", without user and query)",
                      trace::is_collector_url));
  reader.setting("traces.percent", whole(config.traces_percent, 0, 100));
  reader.setting("threads", whole(config.threads, 0, 1024));
  reader.setting("log_level", text(config.level, "trace, debug, info, warn, error, critical or off",
                                   [](const std::string& v) { return std::ranges::count(kLevels, v) == 1; }));
  reader.setting("log_format",
                 word(config.log_format, {{"logfmt", LogFormat::kLogfmt}, {"json", LogFormat::kJson}},
                      R"("logfmt" or "json")"));
  reader.setting("log.retention", duration(config.retention, std::chrono::minutes(1), kRetentionMax,
                                           R"(a duration from "1m" to "36500d")"));
  reader.setting("log.max_bytes", whole_or_none(config.log_bytes_max, kDiskBytesLeast, kDiskBytesMost));
  reader.setting("history.max_bytes",
                 whole_or_none(config.history_bytes_max, kDiskBytesLeast, kDiskBytesMost));
  add_audit(reader, config.audit);
  add_calendar(reader, config);
  reader.setting("presence.hold", choice(config.hold));
  reader.setting("history.retention", duration_or_off(config.history, std::chrono::minutes(1), kRetentionMax,
                                                      R"(a duration from "1m" to "36500d")"));
  reader.setting("authority.enabled", choice(config.authority));
  reader.setting("authority.password_grant", choice(config.password_grant));
  using authority::SecondFactorPolicy;
  reader.setting("authority.second_factor", word(config.second_factor,
                                                 {{"optional", SecondFactorPolicy::kOptional},
                                                  {"administrators", SecondFactorPolicy::kAdministrators},
                                                  {"all", SecondFactorPolicy::kAll}},
                                                 "optional, administrators or all"));
  using identity::Algorithm;
  reader.setting(
      "authority.signing_algorithm",
      word(config.signing, {{"RS256", Algorithm::kRs256}, {"ES256", Algorithm::kEs256}}, "RS256 or ES256"));
  reader.setting("audiences", texts(config.audiences, "a list of texts", any));
  reader.setting("clouds", clouds(config.clouds));
  reader.setting("batch.allow_empty_writes", choice(config.settings.empty_batch_writes));
  graph::NotificationSettings& subscriptions = config.settings.notifications;
  reader.setting("subscriptions.notifications", choice(config.notifications));
  reader.setting("subscriptions.application_permission", choice(subscriptions.application_permission));
  reader.setting("subscriptions.groups_and_tenants", choice(subscriptions.groups_and_tenants));
  reader.setting("subscriptions.state_in_plain_items", choice(subscriptions.state_in_basic));
  reader.setting("subscriptions.resource_as_path", choice(subscriptions.resource_as_path));
  reader.setting("subscriptions.life_max",
                 duration(subscriptions.life_max, std::chrono::minutes(45), std::chrono::days(3),
                          R"(a duration from "45m" to "3d")"));
  reader.setting("subscriptions.per_owner", whole(subscriptions.per_owner, 1, 1000));
  reader.setting("subscriptions.per_application", whole(subscriptions.per_app, 1, 1'000'000));
  reader.setting("subscriptions.dead_letters", choice(subscriptions.dead_letters));
  graph::StreamSettings& streams = config.settings.streams;
  reader.setting("streams.origins",
                 texts(streams.origins, R"(a list of origins as in "https://app.example", or "*")",
                       [](const std::string& v) { return v == "*" || good_base_url(v); }));
  reader.setting("streams.per_application", whole(streams.per_app, 1, 1'000'000));
  reader.setting("streams.per_user", whole(streams.per_user, 1, 1'000'000));
  reader.setting("streams.all", whole(streams.all, 1, 1'000'000));
  reader.setting(
      "web.frame_ancestors",
      texts(config.web_frame_ancestors, R"(a list of origins as in "https://wiki.example")", good_base_url));
  reader.setting("webhooks.allow_ranges", ranges(config.webhooks.policy.allowed));
  reader.setting("webhooks.ports", ports(config.webhooks.policy.ports));
  reader.setting("webhooks.ca_file", path(config.webhooks.ca_file, reader.folders()));
  reader.setting("http.trusted_proxies", proxies(config.trusted_proxies));
  add_limits(reader, config.limits);
}

}  // namespace

ConfigReader::ConfigReader(const std::filesystem::path& file, const std::filesystem::path& credentials,
                           Config& config)
    : config_(config), reader_(file, credentials) {
  add_settings(reader_, config);
  add_budget(reader_, "throttle.reads", reads_.requests, config.budgets.reads.window);
  add_budget(reader_, "throttle.presence", presence_.requests, config.budgets.presence.window);
  add_budget(reader_, "throttle.graph", graph_.requests, config.budgets.graph.window);
  add_presence(reader_, config.settings, pairs_);
}

void ConfigReader::read(toml::table root) {
  read_issuers(root, reader_, config_, issuer_rows_);
  reader_.read(root);
}

std::vector<std::string> ConfigReader::finish() {
  const auto check = [this](const ConfigError& fault) {
    if (fault) reader_.add_fault(reader_.file().empty() ? *fault : reader_.file().string() + ": " + *fault);
  };
  check(check_presence(config_.settings, pairs_));
  if (config_.tls_certificate.empty() != config_.tls_key.empty())
    check("tls needs both certificate and key, or neither");
  for (BudgetSetting* budget : {&reads_, &presence_, &graph_}) budget->store();
  return reader_.faults();
}

std::vector<SettingRow> ConfigReader::rows() const {
  std::vector<SettingRow> rows = reader_.rows();
  std::ranges::copy(issuer_rows_, std::back_inserter(rows));
  return rows;
}

std::vector<std::string> setting_names() {
  Config unused;
  std::vector<std::string> names = ConfigReader({}, {}, unused).keys();
  for (const std::string& name : issuer_setting_names()) names.push_back("issuer." + name);
  return names;
}

}  // namespace porchlight::node
