// The configuration file: every setting, and the errors for wrong ones.
#include "node/config.h"

#include <gmock/gmock.h>

#include <fstream>

#include "node/listen_entry.h"
#include "node/parse_config.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

using testing::HasSubstr;

constexpr std::string_view kConfiguredTenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";

std::expected<Config, std::string> parse(const std::string& text) {
  return parse_config(text, "/etc/p.toml");
}

TEST(Config, MetricsLogFormatAndTraces) {
  EXPECT_EQ(parse("")->metrics_listen, "");
  EXPECT_EQ(parse("metrics.listen = '127.0.0.1:9464'")->metrics_listen, "127.0.0.1:9464");
  for (const char* const wrong : {"", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:1 proxy_protocol"})
    EXPECT_FALSE(parse("metrics.listen = '" + std::string(wrong) + "'")) << wrong;
  EXPECT_EQ(parse("")->log_format, LogFormat::kLogfmt);
  EXPECT_EQ(parse("log_format = 'json'")->log_format, LogFormat::kJson);
  EXPECT_FALSE(parse("log_format = 'xml'"));
  EXPECT_EQ(parse("traces.endpoint = 'http://127.0.0.1:4318'")->traces_endpoint, "http://127.0.0.1:4318");
  for (const char* const good : {"https://collector.example/otlp/", "http://[::1]:4318"})
    EXPECT_EQ(parse("traces.endpoint = '" + std::string(good) + "'")->traces_endpoint, good);
  for (const char* const wrong :
       {"", "127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://", "http://a:65536", "http://a:otlp",
        "http://a b", "http://a?key=b", "http://a#b", "http://a/\x01"})
    EXPECT_FALSE(parse("traces.endpoint = '" + std::string(wrong) + "'")) << wrong;
  EXPECT_EQ(parse("traces.percent = 100")->traces_percent, 100u);
  EXPECT_FALSE(parse("traces.percent = 101"));
}

TEST(Config, ErrorsHaveNoSecretsOfUrls) {
  const auto config = parse("traces.endpoint = 'http://me:pass@a:4318/?key=secret'");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error(),
              testing::HasSubstr("traces.endpoint = 'http://***@a:4318/?***: allowed is \"http(s)://"));
  EXPECT_THAT(parse("traces.endpoint = 'me:pass@a'").error(), testing::HasSubstr("traces.endpoint = ***@a"));
}

TEST(Config, EmptyFileGivesTheDefaults) {
  const auto config = parse("");
  ASSERT_TRUE(config) << config.error();
  EXPECT_TRUE(config->listen.empty());
  EXPECT_EQ(config->level, "info");
  EXPECT_EQ(config->signing, identity::Algorithm::kRs256);
  EXPECT_EQ(config->second_factor, authority::SecondFactorPolicy::kOptional);
  EXPECT_EQ(config->retention, std::chrono::days(30));
  EXPECT_EQ(config->history, std::chrono::days(30));
  EXPECT_EQ(config->log_bytes_max, 0u);
  EXPECT_EQ(config->history_bytes_max, 0u);
  EXPECT_EQ(parse("log.max_bytes = 0")->log_bytes_max, 0u);
  EXPECT_EQ(config->audit, audit::AuditLimits{});
  EXPECT_EQ(parse("audit.max_bytes = 1048576")->audit.bytes_max, 1024u * 1024);
  EXPECT_EQ(parse("audit.max_bytes = 1073741824")->audit.bytes_max, 1024u * 1024 * 1024);
  EXPECT_EQ(parse("audit.retention = \"1m\"")->audit.age_max, std::chrono::minutes(1));
  EXPECT_EQ(parse("audit.retention = \"36500d\"")->audit.age_max, std::chrono::days(36500));
  EXPECT_EQ(config->budgets.reads.requests, 1500u);
  EXPECT_EQ(config->limits.body_bytes, 4096u * 1024);
  EXPECT_EQ(config->settings.calendar.bytes_max, 8192u * 1024);
  EXPECT_FALSE(config->settings.calendar.tentative_is_busy);
  EXPECT_TRUE(config->webhooks.policy.allowed.empty());
  EXPECT_EQ(config->webhooks.policy.ports, std::vector<std::uint16_t>{443});
  EXPECT_TRUE(config->webhooks.ca_file.empty());
  EXPECT_FALSE(config->settings.notifications.application_permission);
  EXPECT_EQ(config->settings.notifications.life_max, std::chrono::hours(1));
  EXPECT_EQ(config->settings.notifications.per_owner, 1u);
  EXPECT_EQ(config->settings.notifications.per_app, 10'000u);
  EXPECT_TRUE(config->settings.streams.origins.empty());
  EXPECT_EQ(config->settings.streams.per_user, 10u);
}

TEST(Config, ReadsEverySetting) {
  const auto config = parse(R"(
listen = ["0.0.0.0:80", "[::1]:0"]
tls_listen = ["localhost:8443"]
public_base_url = "https://presence.example.com:8443"
threads = 3
log_level = "debug"
audiences = ["api://porchlight"]
tls = { certificate = "a.crt", key = "/keys/a.key" }
log = { retention = "P2D", max_bytes = 67108864 }
calendar = { folder = "people/calendars", feed_bytes = 1024, tentative = "busy" }
history = { retention = "P60D", max_bytes = 1125899906842624 }
presence = { hold = true }
authority = { enabled = true, second_factor = "administrators", signing_algorithm = "ES256" }
throttle.reads = { requests = 0, window = "1m" }
throttle.graph = { requests = 7 }
subscriptions = { application_permission = true, life_max = "3d", per_owner = 7, dead_letters = true }
streams = { origins = ["https://app.example:444", "*"], per_application = 3, per_user = 2, all = 9 }
webhooks = { allow_ranges = ["127.0.0.1/32", "fd12::/16"], ports = [443, 65535], ca_file = "ca.pem" }
http = { body_bytes = 2048, idle = "500ms", connections = 9 }
[[issuer]]
iss = "https://issuer/one"
tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
jwks_file = "keys.json"
)");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->listen, (std::vector<std::string>{"0.0.0.0:80", "[::1]:0"}));
  EXPECT_EQ(config->tls_listen, std::vector<std::string>{"localhost:8443"});
  EXPECT_EQ(config->public_base_url, "https://presence.example.com:8443");
  EXPECT_EQ(config->threads, 3u);
  EXPECT_EQ(config->level, "debug");
  EXPECT_EQ(config->audiences, std::vector<std::string>{"api://porchlight"});
  EXPECT_EQ(config->tls_certificate, "/etc/a.crt");
  EXPECT_EQ(config->tls_key, "/keys/a.key");
  EXPECT_EQ(config->retention, std::chrono::days(2));
  EXPECT_TRUE(config->hold);
  EXPECT_TRUE(config->settings.notifications.application_permission);
  EXPECT_TRUE(config->settings.notifications.dead_letters);
  EXPECT_EQ(config->settings.notifications.life_max, std::chrono::days(3));
  EXPECT_EQ(config->settings.notifications.per_owner, 7u);
  EXPECT_EQ(config->settings.streams.origins, (std::vector<std::string>{"https://app.example:444", "*"}));
  EXPECT_EQ(config->settings.streams.per_app, 3u);
  EXPECT_EQ(config->settings.streams.per_user, 2u);
  EXPECT_EQ(config->settings.streams.all, 9u);
  EXPECT_EQ(config->calendar_folder, "/etc/people/calendars");
  EXPECT_EQ(config->settings.calendar.bytes_max, 1024u);
  EXPECT_TRUE(config->settings.calendar.tentative_is_busy);
  EXPECT_EQ(config->history, std::chrono::days(60));
  EXPECT_EQ(config->log_bytes_max, kDiskBytesLeast);
  EXPECT_EQ(config->history_bytes_max, std::size_t{1} << 50);
  EXPECT_TRUE(config->authority);
  EXPECT_EQ(config->signing, identity::Algorithm::kEs256);
  EXPECT_EQ(config->second_factor, authority::SecondFactorPolicy::kAdministrators);
  EXPECT_EQ(config->budgets.reads.requests, 0u);
  EXPECT_EQ(config->budgets.reads.window, std::chrono::minutes(1));
  EXPECT_EQ(config->budgets.graph.requests, 7u);
  EXPECT_EQ(config->limits.body_bytes, 2048u);
  EXPECT_EQ(config->limits.idle, std::chrono::milliseconds(500));
  EXPECT_EQ(config->limits.connections, 9u);
  ASSERT_EQ(config->webhooks.policy.allowed.size(), 2u);
  EXPECT_EQ(to_string(config->webhooks.policy.allowed[0]), "127.0.0.1/32");
  EXPECT_EQ(to_string(config->webhooks.policy.allowed[1]), "fd12::/16");
  EXPECT_EQ(config->webhooks.policy.ports, (std::vector<std::uint16_t>{443, 65535}));
  EXPECT_EQ(config->webhooks.ca_file, "/etc/ca.pem");
  ASSERT_EQ(config->issuers.size(), 1u);
  EXPECT_EQ(config->issuers[0].iss, "https://issuer/one");
  EXPECT_EQ(to_string(*config->issuers[0].tenant), kConfiguredTenant);
  EXPECT_EQ(config->issuers[0].jwks_file, "/etc/keys.json");
}

TEST(Config, ReadsIssuersWithFetchedKeys) {
  const auto config = parse(R"(clouds = ["usgov", "global"]
[[issuer]]
iss = "https://login.microsoftonline.us/{tenantid}/v2.0"
discovery_url = "https://login.microsoftonline.us/organizations/v2.0/.well-known/openid-configuration"
[[issuer]]
iss = "https://id.example/{tenantid}"
tenant = ")" + std::string(kConfiguredTenant) +
                            R"("
jwks_url = "https://id.example/keys"
ca_file = "ca.pem"
audiences = ["porchlight"]
[issuer.claims]
scope = "scp"
roles = "realm_access.roles"
subject = "preferred_username"
user = "upn"
app = "client_id"
app_only = "gty=client-credentials"
[[issuer]]
iss = "https://id.example/two"
tenant = ")" + std::string(kConfiguredTenant) +
                            R"("
jwks_url = "https://id.example/keys"
claims = {}
)");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->clouds, (std::vector{identity::Cloud::kUsGov, identity::Cloud::kGlobal}));
  ASSERT_EQ(config->issuers.size(), 3U);
  EXPECT_EQ(config->issuers[0].tenant, std::nullopt);
  EXPECT_TRUE(config->issuers[0].claims.is_entra());
  const TrustedIssuer& second = config->issuers[1];
  EXPECT_EQ(second.iss, "https://id.example/" + std::string(kConfiguredTenant));
  EXPECT_EQ(second.ca_file, "/etc/ca.pem");
  EXPECT_EQ(second.audiences, std::vector<std::string>{"porchlight"});
  EXPECT_EQ(second.claims.scopes, "scp");
  EXPECT_EQ(second.claims.roles, "realm_access.roles");
  EXPECT_EQ(second.claims.subject, "preferred_username");
  EXPECT_TRUE(second.claims.subject_is_upn);
  EXPECT_EQ(second.claims.app, "client_id");
  EXPECT_EQ(second.claims.app_only, "gty=client-credentials");
  EXPECT_EQ(second.claims.tenant, "");
  EXPECT_EQ(config->issuers[2].claims.subject, "sub");
}

TEST(Config, ReadsTrustedProxies) {
  const auto config = parse(
      R"(http.trusted_proxies = ["10.1.2.3", "10.2.0.0/16", "::1", "fd12::/64", "0.0.0.0/0", "::ffff:0:0/96"])");
  ASSERT_TRUE(config) << config.error();
  std::vector<std::string> ranges;
  for (const IpRange& range : config->trusted_proxies) ranges.push_back(to_string(range));
  EXPECT_EQ(ranges, (std::vector<std::string>{"10.1.2.3/32", "10.2.0.0/16", "::1/128", "fd12::/64",
                                              "0.0.0.0/0", "::ffff:0.0.0.0/96"}));
}

TEST(Config, ListenersMayHaveTheProxyProtocol) {
  struct EntryRow {
    const char* entry;
    const char* address;
    bool proxy_protocol;
  };
  const EntryRow rows[] = {{"127.0.0.1:80", "127.0.0.1:80", false},
                           {"127.0.0.1:80 proxy_protocol", "127.0.0.1:80", true},
                           {"[::1]:0 proxy_protocol", "[::1]:0", true}};
  for (const EntryRow& row : rows) {
    EXPECT_EQ(address_fault(row.entry), "") << row.entry;
    EXPECT_EQ(parse_listen_entry(row.entry).address, row.address);
    EXPECT_EQ(parse_listen_entry(row.entry).proxy_protocol, row.proxy_protocol);
  }
  for (const char* entry : {"127.0.0.1:80 proxy_protocol ", "127.0.0.1:80  proxy_protocol", "proxy_protocol",
                            "127.0.0.1:80proxy_protocol", "127.0.0.1:80 PROXY_PROTOCOL",
                            "127.0.0.1 proxy_protocol", ":80 proxy_protocol"})
    EXPECT_NE(address_fault(entry), "") << entry;
}

TEST(Config, HistoryCanBeOff) {
  for (const char* off : {R"("off")", "0"}) {
    const auto config = parse(std::string("history.retention = ") + off);
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config->history, Duration{});
  }
}

struct BadRow {
  const char* name;
  const char* text;
  const char* place;  // start of the message
  const char* says;   // part of the message
};

class BadConfig : public testing::TestWithParam<BadRow> {};

TEST_P(BadConfig, ErrorNamesLineKeyAndAllowedValues) {
  const auto config = parse(GetParam().text);
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().starts_with(GetParam().place)) << config.error();
  EXPECT_THAT(config.error(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadConfig,
    testing::Values(
        BadRow{"syntax", "threads = 1\nlisten = [", "/etc/p.toml:2: ", ""},
        BadRow{"unknown", "\nthread = 1", "/etc/p.toml:2: ", "unknown key thread; did you mean threads?"},
        BadRow{"misspelt", "[http]\nidel = \"30s\"", "/etc/p.toml:2: ", "did you mean http.idle?"},
        BadRow{"misspelt_in_issuer", "[[issuer]]\njwks_fiel = \"a\"",
               "/etc/p.toml:2: ", "did you mean jwks_file?"},
        BadRow{"unknown_inner", "[http]\nbody = 1", "/etc/p.toml:2: ", "unknown key http.body"},
        BadRow{"unknown_table", "[statistics]\nx = 1", "/etc/p.toml:1: ", "unknown key statistics"},
        BadRow{"unknown_budget", "[throttle.writes]\nrequests = 1",
               "/etc/p.toml:", "unknown key throttle.writes"},
        BadRow{"text_for_number", "threads = \"many\"",
               "/etc/p.toml:1: ", "allowed is a whole number from 0 to 1024"},
        BadRow{"value_is_named", "threads = 2000", "/etc/p.toml:1: ", "threads = 2000"},
        BadRow{"fraction", "threads = 1.5", "/etc/p.toml:1: ", "whole number"},
        BadRow{"negative", "threads = -1", "/etc/p.toml:1: ", "whole number"},
        BadRow{"number_for_table", "http = 1", "/etc/p.toml:1: ", "allowed is a table"},
        BadRow{"log_bound_too_small", "log.max_bytes = 67108863",
               "/etc/p.toml:1: ", "0, or a whole number from 67108864 to"},
        BadRow{"log_bound_too_large", "log.max_bytes = 1125899906842625",
               "/etc/p.toml:1: ", "to 1125899906842624"},
        BadRow{"history_bound_too_small", "history.max_bytes = 1", "/etc/p.toml:1: ", "from 67108864"},
        BadRow{"audit_bound_too_small", "audit.max_bytes = 1048575",
               "/etc/p.toml:1: ", "from 1048576 to 1073741824"},
        BadRow{"audit_bound_too_large", "audit.max_bytes = 1073741825",
               "/etc/p.toml:1: ", "from 1048576 to 1073741824"},
        BadRow{"audit_too_short", "audit.retention = \"59s\"", "/etc/p.toml:1: ", "\"1m\" to \"36500d\""},
        BadRow{"audit_too_long", "audit.retention = \"36501d\"", "/etc/p.toml:1: ", "\"1m\" to \"36500d\""},
        BadRow{"feed_too_small", "calendar.feed_bytes = 1023", "/etc/p.toml:1: ", "from 1024 to 67108864"},
        BadRow{"feed_too_large", "calendar.feed_bytes = 67108865",
               "/etc/p.toml:1: ", "from 1024 to 67108864"},
        BadRow{"tentative", "calendar.tentative = \"maybe\"", "/etc/p.toml:1: ", "\"free\" or \"busy\""},
        BadRow{"limit_switched_off", "http.body_bytes = 0", "/etc/p.toml:1: ", "from 1024"},
        BadRow{"endless_timeout", "http.idle = \"48h\"", "/etc/p.toml:1: ", "\"100ms\" to \"24h\""},
        BadRow{"number_for_duration", "http.idle = 30", "/etc/p.toml:1: ", "http.idle = 30"},
        BadRow{"pair_that_nobody_sets", "presence.more_session_pairs = [\"PresenceUnknown/PresenceUnknown\"]",
               "/etc/p.toml:1: ", "such as \"Busy/Busy\""},
        BadRow{"history_too_short", "history.retention = \"59s\"", "/etc/p.toml:1: ", "\"1m\""},
        BadRow{"history_number", "history.retention = 30", "/etc/p.toml:1: ", "or \"off\""},
        BadRow{"level", "log_level = \"loud\"", "/etc/p.toml:1: ", "trace, debug, info"},
        BadRow{"address_without_port", "listen = [\"localhost\"]", "/etc/p.toml:1: ", "host:port"},
        BadRow{"comma", "listen = [\"a,b:80\"]", "/etc/p.toml:1: ", "host:port"},
        BadRow{"comma_in_v6", "listen = [\"[::1,2]:80\"]", "/etc/p.toml:1: ", "host:port"},
        BadRow{"origin_comma", "streams.origins = [\"https://a,b\"]", "/etc/p.toml:1: ", "a list of origins"},
        BadRow{"bare_v6", "listen = [\"::1:80\"]", "/etc/p.toml:1: ", "host:port"},
        BadRow{"port_too_large", "listen = [\"a:65536\"]", "/etc/p.toml:1: ", "host:port"},
        BadRow{"address_no_list", "listen = \"a:80\"", "/etc/p.toml:1: ", "a list"},
        BadRow{"base_with_path", "public_base_url = \"https://a/b\"", "/etc/p.toml:1: ", "nothing after it"},
        BadRow{"base_without_scheme", "public_base_url = \"a.com\"", "/etc/p.toml:1: ", "http(s)://"},
        BadRow{"window", "throttle.reads.window = \"2h\"", "/etc/p.toml:1: ", "\"1s\" to \"1h\""},
        BadRow{"certificate_alone", "tls.certificate = \"a\"", "/etc/p.toml: ", "both certificate and key"},
        BadRow{"subscription_too_short", "subscriptions.life_max = \"44m\"",
               "/etc/p.toml:1: ", "from \"45m\""},
        BadRow{"subscription_too_long", "subscriptions.life_max = \"73h\"", "/etc/p.toml:1: ", "to \"3d\""},
        BadRow{"range_of_all", "webhooks.allow_ranges = [\"0.0.0.0/0\"]",
               "/etc/p.toml:1: ", "at most \"/8\""},
        BadRow{"range_link_local", "webhooks.allow_ranges = [\"169.254.169.254/32\"]",
               "/etc/p.toml:1: ", "link-local"},
        BadRow{"range_no_prefix", "webhooks.allow_ranges = [\"10.0.0.1\"]",
               "/etc/p.toml:1: ", "a list of ranges"},
        BadRow{"range_no_list", "webhooks.allow_ranges = \"10.0.0.0/8\"",
               "/etc/p.toml:1: ", "a list of ranges"},
        BadRow{"proxy_name", "http.trusted_proxies = [\"proxy.example\"]",
               "/etc/p.toml:1: ", "a list of addresses or ranges"},
        BadRow{"proxy_bits", "http.trusted_proxies = [\"10.0.0.1/8\"]",
               "/etc/p.toml:1: ", "addresses or ranges"},
        BadRow{"proxy_v6_bits", "http.trusted_proxies = [\"fd00::/129\"]",
               "/etc/p.toml:1: ", "addresses or ranges"},
        BadRow{"proxy_v4_bits", "http.trusted_proxies = [\"10.0.0.0/33\"]",
               "/etc/p.toml:1: ", "addresses or ranges"},
        BadRow{"proxy_brackets", "http.trusted_proxies = [\"[::1]\"]",
               "/etc/p.toml:1: ", "addresses or ranges"},
        BadRow{"proxy_port", "http.trusted_proxies = [\"10.0.0.1:80\"]",
               "/etc/p.toml:1: ", "addresses or ranges"},
        BadRow{"proxy_no_list", "http.trusted_proxies = \"10.0.0.1\"",
               "/etc/p.toml:1: ", "addresses or ranges"},
        BadRow{"listen_option", "listen = [\"127.0.0.1:80 proxy\"]", "/etc/p.toml:1: ", "proxy_protocol"},
        BadRow{"listen_two_options", "listen = [\"127.0.0.1:80 proxy_protocol proxy_protocol\"]",
               "/etc/p.toml:1: ", "proxy_protocol"},
        BadRow{"port_zero", "webhooks.ports = [0]", "/etc/p.toml:1: ", "from 1 to 65535"},
        BadRow{"port_above", "webhooks.ports = [65536]", "/etc/p.toml:1: ", "from 1 to 65535"},
        BadRow{"port_text", "webhooks.ports = [\"443\"]", "/etc/p.toml:1: ", "from 1 to 65535"},
        BadRow{"port_none", "webhooks.ports = []", "/etc/p.toml:1: ", "from 1 to 65535"},
        BadRow{"port_no_list", "webhooks.ports = 443", "/etc/p.toml:1: ", "from 1 to 65535"},
        BadRow{"issuer_no_table", "issuer = 1", "/etc/p.toml:1: ", "[[issuer]]"},
        BadRow{"issuer_lacks", "\n[[issuer]]\niss = \"a\"", "/etc/p.toml:2: ", "needs iss, tenant"},
        BadRow{"issuer_two_places",
               "[[issuer]]\niss = \"{tenantid}\"\njwks_url = \"https://a/\"\ndiscovery_url = \"https://a/\"",
               "/etc/p.toml:1: ", "one of discovery_url, jwks_url, jwks_file"},
        BadRow{"issuer_plain_http", "[[issuer]]\njwks_url = \"http://a/\"", "/etc/p.toml:2: ", "https"},
        BadRow{"issuer_nobodys_tenant",
               "[[issuer]]\niss = \"{tenantid}\"\njwks_file = \"a\"\nclaims.scope = \"scope\"",
               "/etc/p.toml:1: ", "claims.tenant"},
        BadRow{"issuer_claim", "[[issuer]]\nclaims.group = \"x\"",
               "/etc/p.toml:2: ", "unknown key claims.group"},
        BadRow{"issuer_no_app", "[[issuer]]\nclaims.app = \"\"", "/etc/p.toml:2: ", "claim"},
        BadRow{"issuer_user", "[[issuer]]\nclaims.user = \"mail\"", "/etc/p.toml:2: ", "\"id\" or \"upn\""},
        BadRow{"second_factor", "[authority]\nsecond_factor = \"some\"",
               "/etc/p.toml:2: ", "optional, administrators or all"},
        BadRow{"algorithm", "[authority]\nsigning_algorithm = \"PS256\"",
               "/etc/p.toml:2: ", "RS256 or ES256"},
        BadRow{"clouds", "clouds = [\"moon\"]", "/etc/p.toml:1: ", "usgovdod"},
        BadRow{"issuer_tenant", "[[issuer]]\ntenant = \"a\"", "/etc/p.toml:2: ", "a GUID"},
        BadRow{"issuer_unknown", "[[issuer]]\njwks = \"a\"", "/etc/p.toml:2: ", "unknown key jwks"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Config, AnEmptyFileIsValid) {
  const TempFolder folder;
  std::ofstream(folder / "p.toml").close();
  const ReadConfig read = read_config({folder / "p.toml", {}, {}});
  EXPECT_EQ(read.fault_text(), "");
  EXPECT_EQ(read.config.level, "info");
}

TEST(Config, ErrorNamesAMissingFile) {
  EXPECT_EQ(read_config({"/nowhere/p.toml", {}, {}}).fault_text(), "cannot read /nowhere/p.toml");
  const TempFolder folder;
  EXPECT_THAT(read_config({folder / "", {}, {}}).fault_text(), HasSubstr("cannot read"));
}

TEST(Config, HostOfAnAddress) {
  EXPECT_EQ(host_of("127.0.0.1:80"), "127.0.0.1");
  EXPECT_EQ(host_of("[::1]:80"), "::1");
  EXPECT_EQ(host_of("name:0"), "name");
}

// What a server logs at its start.
TEST(SettingValues, HasTheSettingsInEffect) {
  const ReadConfig read = read_config(R"(
listen = ["127.0.0.1:80", "[::1]:80"]
threads = 3
audiences = ["api://a b"]
clouds = ["usgov", "china"]
tls = { certificate = "a.pem", key = "/keys/a.key" }
history = { retention = "off" }
log = { retention = "36h" }
authority = { enabled = true, second_factor = "administrators", signing_algorithm = "ES256" }
calendar = { tentative = "busy" }
throttle = { reads = { requests = 0 } }
webhooks = { allow_ranges = ["10.1.0.0/16"], ports = [443, 8443] }
http = { trusted_proxies = ["10.1.2.3"], rate_grace = "1500ms" }
presence = { more_session_pairs = ["Busy/Busy"] }
[[issuer]]
iss = "https://id.example/"
tenant = "11111111-2222-4333-8444-555555555555"
jwks_url = "https://id.example/keys"
)",
                                      {"/etc/p.toml", {}, {}});
  ASSERT_EQ(read.fault_text(), "");
  using testing::Contains, testing::Pair;
  std::vector<std::pair<std::string, std::string>> values;
  for (const SettingRow& row : read.rows) values.emplace_back(row.key, row.value);
  const std::pair<std::string, std::string> rows[] = {{"listen", "127.0.0.1:80,[::1]:80"},
                                                      {"tls_listen", ""},
                                                      {"threads", "3"},
                                                      {"audiences", "api://a b"},
                                                      {"clouds", "usgov,china"},
                                                      {"tls.certificate", "/etc/a.pem"},
                                                      {"tls.key", "/keys/a.key"},
                                                      {"history.retention", "off"},
                                                      {"log.retention", "36h"},
                                                      {"log_level", "info"},
                                                      {"authority.enabled", "true"},
                                                      {"authority.password_grant", "false"},
                                                      {"authority.second_factor", "administrators"},
                                                      {"authority.signing_algorithm", "ES256"},
                                                      {"calendar.tentative", "busy"},
                                                      {"throttle.reads.requests", "0"},
                                                      {"webhooks.allow_ranges", "10.1.0.0/16"},
                                                      {"webhooks.ports", "443,8443"},
                                                      {"http.trusted_proxies", "10.1.2.3/32"},
                                                      {"http.rate_grace", "1500ms"},
                                                      {"presence.more_session_pairs", "Busy/Busy"},
                                                      {"issuer.iss", "https://id.example/"}};
  for (const auto& [key, value] : rows) EXPECT_THAT(values, Contains(Pair(key, value)));
}

}  // namespace
}  // namespace porchlight::node
