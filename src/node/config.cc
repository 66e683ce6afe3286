// Which settings there are, what values they may have, and what must hold between several of them.
#include "node/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>

#include "identity/keys.h"
#include "issuers/discovery.h"
#include "node/settings_reader.h"

namespace porchlight::node {
namespace {

constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "critical", "off"};
constexpr const char* kListenForms =
    R"(a list of "host:port" or "[v6]:port", each with or without " proxy_protocol" after it)";
constexpr std::string_view kProxyProtocol = " proxy_protocol";
constexpr Duration kRetentionMax = std::chrono::days(36500);
constexpr std::size_t kDiskBytesMost = std::size_t{1} << 50;     // a petabyte
constexpr Duration kSessionLifeLongest = std::chrono::days(49);  // 32 bits of milliseconds
constexpr std::size_t kBytesMax = std::size_t{1} << 30;

using namespace settings;  // the parsers of values

// A list of texts that is stored as other values: `list_of` gives the setting of the texts, `to_value` and `to_text`
// convert one of them.
template <typename Value, typename ListOf, typename ToValue, typename ToText>
Setting converted(std::vector<Value>& out, ListOf list_of, ToValue to_value, ToText to_text) {
  return {[&out, list_of, to_value](const toml::node& node) -> ConfigError {
            std::vector<std::string> values;
            if (ConfigError fault = list_of(values).read(node)) return fault;
            out.clear();
            std::ranges::transform(values, std::back_inserter(out), to_value);
            return std::nullopt;
          },
          [&out, to_text] {
            std::vector<std::string> values;
            std::ranges::transform(out, std::back_inserter(values), to_text);
            return shown(values);
          }};
}

// One of a few words, each of which stands for a value.
template <typename Value>
Setting word(Value& out, const std::vector<std::pair<std::string, Value>>& words, std::string allowed) {
  return {[&out, words, allowed = std::move(allowed)](const toml::node& node) -> ConfigError {
            const auto text = node.value_exact<std::string>();
            for (const auto& [name, value] : words) {
              if (text != name) continue;
              out = value;
              return std::nullopt;
            }
            return allowed;
          },
          [&out, words] {
            const auto found = std::ranges::find(words, out, [](const auto& row) { return row.second; });
            return found == words.end() ? std::string() : found->first;
          }};
}

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
  return !rest.empty() && rest.find_first_of("/?# \t@\"\\") == std::string_view::npos;
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

// [issuer.claims].
void add_claims(SettingsReader& reader, identity::ClaimMap& claims) {
  const auto any = [](const std::string& value) { return !value.empty(); };
  const std::string allowed = "the name of a claim, or a path with dots";
  reader.setting("claims.scope", text(claims.scopes, allowed, any));
  reader.setting("claims.roles", text(claims.roles, allowed, any));
  reader.setting("claims.subject", text(claims.subject, allowed, any));
  reader.setting("claims.app", text(claims.app, allowed, any));
  reader.setting("claims.app_only", text(claims.app_only, R"("claim" or "claim=value")", any));
  reader.setting("claims.tenant", text(claims.tenant, allowed, any));
  reader.setting("claims.user",
                 word(claims.subject_is_upn, {{"id", false}, {"upn", true}}, R"("id" or "upn")"));
}

// Checks what concerns several settings of an issuer.
ConfigError check_issuer(TrustedIssuer& issuer) {
  const int places = !issuer.jwks_file.empty() + !issuer.discovery_url.empty() + !issuer.jwks_url.empty();
  const bool named = issuer.iss.find(identity::kTenantPlaceholder) != std::string::npos;
  if (issuer.iss.empty() || (!issuer.tenant && !named) || places != 1)
    return "an [[issuer]] needs iss, tenant (or {tenantid} in iss), and one of discovery_url, jwks_url, "
           "jwks_file";
  if (!issuer.tenant && issuer.claims.tenant.empty())
    return "an [[issuer]] without a tenant needs claims.tenant";
  if (issuer.tenant) issuer.iss = identity::issuer_for(issuer.iss, *issuer.tenant);
  return std::nullopt;
}

// An [[issuer]] table. `tenant` gets the text of its tenant.
void add_issuer(SettingsReader& reader, std::string& tenant, TrustedIssuer& issuer) {
  const auto any = [](const std::string& value) { return !value.empty(); };
  const auto address = [](const std::string& value) { return !issuers::https_origin(value).empty(); };
  reader.setting("iss", text(issuer.iss, "the exact text of the tokens' iss", any));
  reader.setting("tenant", text(tenant, "the tenant's id, a GUID",
                                [](const std::string& value) { return parse_guid(value).has_value(); }));
  reader.setting("jwks_file", path(issuer.jwks_file, reader));
  reader.setting("discovery_url", text(issuer.discovery_url, "an https address", address));
  reader.setting("jwks_url", text(issuer.jwks_url, "an https address", address));
  reader.setting("ca_file", path(issuer.ca_file, reader));
  reader.setting("audiences", texts(issuer.audiences, "a list of texts", any));
  add_claims(reader, issuer.claims);
}

// Reads one [[issuer]] table. With [issuer.claims], the defaults are the claims that most OpenID Connect providers use.
ConfigError read_issuer(const toml::table& table, const std::filesystem::path& file, TrustedIssuer& issuer) {
  std::string tenant;
  SettingsReader reader(file);
  if (table.contains("claims")) issuer.claims = identity::open_id_claims();
  add_issuer(reader, tenant, issuer);
  if (ConfigError fault = reader.read(table, "")) return fault;
  issuer.tenant = parse_guid(tenant);
  if (ConfigError fault = check_issuer(issuer)) return reader.place(table.source()) + *fault;
  return std::nullopt;
}

// Reads the [[issuer]] tables and removes them from `root`. Each has a reader of its own: keys are relative to the
// table.
ConfigError read_issuers(toml::table& root, const std::filesystem::path& file, Config& config) {
  const toml::node* node = root.get("issuer");
  if (!node) return std::nullopt;
  const toml::array* array = node->as_array();
  if (!array || !array->is_array_of_tables())
    return file.string() + ":" + std::to_string(node->source().begin.line) +
           ": issuer: allowed is [[issuer]] tables";
  for (const toml::node& element : *array) {
    if (ConfigError fault = read_issuer(*element.as_table(), file, config.issuers.emplace_back()))
      return fault;
  }
  root.erase("issuer");
  return std::nullopt;
}

void add_calendar(SettingsReader& reader, Config& config) {
  calendar::FeedSettings& feeds = config.settings.calendar;
  reader.setting("calendar.folder", path(config.calendar_folder, reader));
  reader.setting("calendar.feed_bytes",
                 whole(feeds.bytes_max, calendar::kFeedBytesLeast, calendar::kFeedBytesMost));
  reader.setting("calendar.tentative",
                 word(feeds.tentative_is_busy, {{"free", false}, {"busy", true}}, R"("free" or "busy")"));
}

// All settings except the budgets, [presence] and [[issuer]].
void add_settings(SettingsReader& reader, Config& config) {
  const auto address = [](const std::string& value) { return address_fault(value).empty(); };
  const auto any = [](const std::string& value) { return !value.empty(); };
  reader.setting("listen", texts(config.listen, kListenForms, address));
  reader.setting("tls_listen", texts(config.tls_listen, kListenForms, address));
  reader.setting("tls.certificate", path(config.tls_certificate, reader));
  reader.setting("tls.key", path(config.tls_key, reader));
  reader.setting("public_base_url",
                 text(config.public_base_url, R"("http(s)://host[:port]", nothing after it)", good_base_url));
  reader.setting("threads", whole(config.threads, 0, 1024));
  reader.setting("log_level", text(config.level, "trace, debug, info, warn, error, critical or off",
                                   [](const std::string& v) { return std::ranges::count(kLevels, v) == 1; }));
  reader.setting("log.retention", duration(config.retention, std::chrono::minutes(1), kRetentionMax,
                                           R"(a duration from "1m" to "36500d")"));
  reader.setting("log.max_bytes", whole_or_none(config.log_bytes_max, kDiskBytesLeast, kDiskBytesMost));
  reader.setting("history.max_bytes",
                 whole_or_none(config.history_bytes_max, kDiskBytesLeast, kDiskBytesMost));
  add_calendar(reader, config);
  reader.setting("history.retention", duration_or_off(config.history, std::chrono::minutes(1), kRetentionMax,
                                                      R"(a duration from "1m" to "36500d")"));
  reader.setting("authority.enabled", choice(config.authority));
  reader.setting("authority.password_grant", choice(config.password_grant));
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
  reader.setting("webhooks.allow_ranges", ranges(config.webhooks.policy.allowed));
  reader.setting("webhooks.ports", ports(config.webhooks.policy.ports));
  reader.setting("webhooks.ca_file", path(config.webhooks.ca_file, reader));
  reader.setting("http.trusted_proxies", proxies(config.trusted_proxies));
  add_limits(reader, config.limits);
}

// The requests of a budget while they are read: the parser stores std::size_t, a budget has 32 bits.
struct BudgetSetting {
  throttle::Budget& budget;
  std::size_t requests = budget.requests;
  void store() { budget.requests = static_cast<std::uint32_t>(requests); }
};

// The reader of the whole file, and what it stores until the file is read.
struct ConfigReader {
  ConfigReader(const std::filesystem::path& file, Config& config) : reader(file), budgets(config.budgets) {
    add_settings(reader, config);
    add_budget(reader, "throttle.reads", reads.requests, budgets.reads.window);
    add_budget(reader, "throttle.presence", presence.requests, budgets.presence.window);
    add_budget(reader, "throttle.graph", graph.requests, budgets.graph.window);
    add_presence(reader, config.settings, pairs);
  }

  SettingsReader reader;
  throttle::Budgets& budgets;
  BudgetSetting reads{budgets.reads}, presence{budgets.presence}, graph{budgets.graph};
  std::vector<std::string> pairs;
};

// Reads the whole file.
ConfigError read_all(toml::table root, const std::filesystem::path& file, Config& config) {
  if (ConfigError fault = read_issuers(root, file, config)) return fault;
  ConfigReader all(file, config);
  if (ConfigError fault = all.reader.read(root)) return fault;
  if (ConfigError fault = check_presence(config.settings, all.pairs)) return file.string() + ": " + *fault;
  for (BudgetSetting* budget : {&all.reads, &all.presence, &all.graph}) budget->store();
  if (config.tls_certificate.empty() != config.tls_key.empty())
    return file.string() + ": tls needs both certificate and key, or neither";
  return std::nullopt;
}

}  // namespace

std::expected<Config, std::string> parse_config(std::string_view text, const std::filesystem::path& file) {
  try {
    Config config;
    if (ConfigError fault = read_all(toml::parse(text, file.string()), file, config))
      return std::unexpected(*std::move(fault));
    return config;
  } catch (const toml::parse_error& error) {
    return std::unexpected(file.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
  }
}

std::expected<Config, std::string> load_config(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || in.bad()) return std::unexpected("cannot read " + file.string());
  return parse_config(text, file);
}

std::vector<std::pair<std::string, std::string>> setting_values(const Config& config) {
  Config copy = config;
  ConfigReader all({}, copy);
  for (const presence::State& state : presence::documented_states()) {
    const std::string pair = fmt::format("{}/{}", state.availability(), state.activity());
    if ((copy.settings.policy.more_session_pairs >> state.code() & 1) != 0) all.pairs.push_back(pair);
  }
  auto values = all.reader.values();
  for (const TrustedIssuer& issuer : config.issuers) values.emplace_back("issuer.iss", issuer.iss);
  return values;
}

std::vector<std::string> setting_names() {
  Config unused;
  std::vector<std::string> names = ConfigReader({}, unused).reader.names();
  std::string tenant;
  TrustedIssuer issuer;
  SettingsReader of_issuer({});
  add_issuer(of_issuer, tenant, issuer);
  for (const std::string& name : of_issuer.names()) names.push_back("issuer." + name);
  return names;
}

ListenEntry parse_listen_entry(std::string_view entry) {
  const bool proxy_protocol = entry.ends_with(kProxyProtocol);
  if (proxy_protocol) entry.remove_suffix(kProxyProtocol.size());
  return {std::string(entry), proxy_protocol};
}

std::string_view address_fault(std::string_view entry) {
  constexpr std::string_view kForm = "not host:port or [v6]:port";
  const std::string without_option = parse_listen_entry(entry).address;
  const std::string_view address = without_option;
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return kForm;
  const std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (!bracketed && host.find_first_of(":[] /") != std::string_view::npos) return kForm;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size() || number > 65535)
    return "the port is not a number from 0 to 65535";
  return {};
}

std::string_view host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace porchlight::node
