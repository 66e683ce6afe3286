// Where settings come from: the file, environment variables, options; their precedence, and what is reported.
#include "node/config_sources.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "node/credential.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ReadConfig read_with(const Environment& environment, std::string_view text = "") {
  return read_config(text, {"/etc/p.toml", environment, {}});
}

std::string origin_of(const ReadConfig& read, std::string_view key) {
  for (const SettingRow& row : read.rows)
    if (row.key == key) return row.origin;
  return "no such row";
}

TEST(ConfigSources, LaterSourcesTakePrecedence) {
  const std::string_view text = "threads = 1\n[http]\nidle = \"1s\"\nbody_bytes = 2000";
  const ReadConfig read = read_config(text, {"/etc/p.toml",
                                             {{"PORCHLIGHT_THREADS", "2"}, {"PORCHLIGHT_HTTP_IDLE", "2s"}},
                                             {{"threads", "3", "--threads"}}});
  EXPECT_EQ(read.fault_text(), "");
  EXPECT_EQ(read.config.threads, 3u);
  EXPECT_EQ(read.config.limits.idle, std::chrono::seconds(2));
  EXPECT_EQ(read.config.limits.body_bytes, 2000u);
  EXPECT_EQ(origin_of(read, "threads"), "--threads");
  EXPECT_EQ(origin_of(read, "http.idle"), "PORCHLIGHT_HTTP_IDLE");
  EXPECT_EQ(origin_of(read, "http.body_bytes"), "/etc/p.toml:4");
  EXPECT_EQ(origin_of(read, "log_level"), "default");
}

TEST(ConfigSources, IssuersHaveOriginsOfTheirOwn) {
  const ReadConfig read = read_with(
      {},
      "[[issuer]]\niss = \"https://a/{tenantid}\"\ntenant = \"72f988bf-86f1-41af-91ab-2d7cd011db47\"\n"
      "jwks_url = \"https://a/keys\"");
  EXPECT_EQ(read.fault_text(), "");
  EXPECT_EQ(origin_of(read, "issuer.jwks_url"), "/etc/p.toml:4");
  EXPECT_EQ(origin_of(read, "issuer.jwks_file"), "default");
}

// A variable for each type of setting.
TEST(ConfigSources, VariablesHaveTheFormsOfTheSettings) {
  const ReadConfig read = read_with({{"PORCHLIGHT_LISTEN", "127.0.0.1:80,[::1]:81 proxy_protocol"},
                                     {"PORCHLIGHT_AUDIENCES", ""},
                                     {"PORCHLIGHT_LOG_LEVEL", "debug"},
                                     {"PORCHLIGHT_AUTHORITY_ENABLED", "true"},
                                     {"PORCHLIGHT_WEBHOOKS_PORTS", "443,8443"},
                                     {"PORCHLIGHT_WEBHOOKS_ALLOW_RANGES", "10.1.0.0/16"},
                                     {"PORCHLIGHT_WEBHOOKS_CA_FILE", "ca.pem"},
                                     {"PORCHLIGHT_HISTORY_RETENTION", "0"},
                                     {"PORCHLIGHT_LOG_MAX_BYTES", "67108864"},
                                     {"PORCHLIGHT_THROTTLE_READS_REQUESTS", "7"},
                                     {"PORCHLIGHT_CLOUDS", "usgov,china"}},
                                    "audiences = [\"a\"]");
  EXPECT_EQ(read.fault_text(), "");
  EXPECT_EQ(read.config.listen, (std::vector<std::string>{"127.0.0.1:80", "[::1]:81 proxy_protocol"}));
  EXPECT_THAT(read.config.audiences, IsEmpty());
  EXPECT_EQ(read.config.level, "debug");
  EXPECT_TRUE(read.config.authority);
  EXPECT_EQ(read.config.webhooks.policy.ports, (std::vector<std::uint16_t>{443, 8443}));
  EXPECT_EQ(read.config.webhooks.policy.allowed.size(), 1u);
  EXPECT_EQ(read.config.webhooks.ca_file, "/etc/ca.pem");
  EXPECT_EQ(read.config.history, Duration{});
  EXPECT_EQ(read.config.log_bytes_max, 67108864u);
  EXPECT_EQ(read.config.budgets.reads.requests, 7u);
  EXPECT_EQ(read.config.clouds.size(), 2u);
}

TEST(ConfigSources, AWrongVariableIsAFault) {
  const ReadConfig read = read_with({{"PORCHLIGHT_HTTP_IDLE", "30"}, {"PORCHLIGHT_THREADS", ""}});
  EXPECT_THAT(read.faults,
              ElementsAre(HasSubstr("PORCHLIGHT_HTTP_IDLE = 30: allowed is a duration from"),
                          HasSubstr("PORCHLIGHT_THREADS = : allowed is a whole number from 0 to 1024")));
}

// The variable that other programs of a container have as well. The server's own settings take precedence.
TEST(ConfigSources, TheCollectorMayBeOpenTelemetrysVariable) {
  const Environment good = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318/"}};
  const Environment wrong = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:pass@a:4318"}};
  const ReadConfig read = read_with(good);
  EXPECT_EQ(read.config.traces_endpoint, "http://a:4318/");
  EXPECT_EQ(origin_of(read, "traces.endpoint"), "OTEL_EXPORTER_OTLP_ENDPOINT");
  EXPECT_THAT(
      read_with(wrong).faults,
      ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT = http://***@a:4318: allowed is \"http(s)://")));
  const ReadConfig own = read_with(wrong, "traces.endpoint = \"http://b:4318\"");
  EXPECT_EQ(own.fault_text(), "");
  EXPECT_EQ(own.config.traces_endpoint, "http://b:4318");
  EXPECT_EQ(read_with({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}).fault_text(), "");
}

// PORCHLIGHT_PORT is what Kubernetes sets beside a service of that name.
TEST(ConfigSources, UnknownVariablesAreReported) {
  const ReadConfig read = read_with({{"PORCHLIGHT_HTTP_IDEL", "30s"},
                                     {"PORCHLIGHT_PORT", "tcp://10.0.0.1:80"},
                                     {"PATH", "/bin"},
                                     {"PORCHLIGHT", "x"}});
  EXPECT_THAT(read.faults, IsEmpty());
  EXPECT_THAT(
      read.warnings,
      ElementsAre(
          "the environment variable PORCHLIGHT_HTTP_IDEL sets nothing; did you mean PORCHLIGHT_HTTP_IDLE?",
          HasSubstr("PORCHLIGHT_PORT sets nothing")));
}

TEST(ConfigSources, NoTwoKeysHaveTheSameVariable) {
  std::set<std::string> names;
  for (const std::string& key : setting_names())
    EXPECT_TRUE(names.insert(environment_name(key)).second) << key;
  EXPECT_EQ(environment_name("throttle.reads.requests"), "PORCHLIGHT_THROTTLE_READS_REQUESTS");
}

TEST(ConfigSources, AllFaultsAreReportedByLine) {
  const ReadConfig read =
      read_with({},
                "tls.key = \"a\"\nlog_level = \"loud\"\nthreads = 2000\n[http]\nidel = 1\n"
                "[[issuer]]\njwks = \"a\"\ntenant = 1\n[[issuer]]\n");
  EXPECT_THAT(read.faults,
              ElementsAre(HasSubstr("p.toml:2: log_level"), HasSubstr("p.toml:3: threads"),
                          HasSubstr("p.toml:5: unknown key http.idel"),
                          HasSubstr("p.toml:7: unknown key jwks"), HasSubstr("p.toml:8: tenant"),
                          HasSubstr("p.toml:9: an [[issuer]] needs"), HasSubstr("p.toml: tls needs both")));
}

TEST(ConfigSources, AFileHasABound) {
  const std::string full(kConfigBytesMax, '\n');
  EXPECT_THAT(read_with({}, full).faults, IsEmpty());
  EXPECT_THAT(read_with({}, full + "\n").fault_text(), HasSubstr("is larger than 1048576 bytes"));
  const TempFolder folder;
  std::ofstream(folder / "p.toml") << full << "\n\n";
  EXPECT_THAT(read_config({folder / "p.toml", {}, {}}).fault_text(), HasSubstr("is larger than"));
}

TEST(ConfigSources, CredentialsAreFilesOfTheServiceManager) {
  const Environment passed = {{"CREDENTIALS_DIRECTORY", "/run/credentials/p"}};
  const ReadConfig read =
      read_with(passed, "tls = { certificate = \"tls.crt\", key = \"${credential:tls.key}\" }");
  EXPECT_EQ(read.fault_text(), "");
  EXPECT_EQ(read.config.tls_certificate, "/etc/tls.crt");
  EXPECT_EQ(read.config.tls_key, "/run/credentials/p/tls.key");
  EXPECT_THAT(read_with({}, "webhooks.ca_file = \"${credential:ca}\"").fault_text(),
              HasSubstr("CREDENTIALS_DIRECTORY is not set"));
}

TEST(ConfigSources, NamesOfCredentialsAreStrict) {
  const PathFolders folders{"/etc", "/run/c"};
  const auto reference = [](const std::string& name) { return "${credential:" + name + "}"; };
  EXPECT_EQ(resolve_path(reference("A-z_0.pem"), folders), "/run/c/A-z_0.pem");
  EXPECT_EQ(resolve_path(reference(std::string(kCredentialNameMax, 'a')), folders),
            "/run/c/" + std::string(kCredentialNameMax, 'a'));
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("../shadow"), std::string("a/b"),
        std::string("a\\b"), std::string("a b"), std::string("a\0b", 3), std::string("a}"), std::string("ä"),
        std::string(kCredentialNameMax + 1, 'a')})
    EXPECT_FALSE(resolve_path(reference(name), folders)) << name;
  for (const char* text :
       {"${credential:a}/b", "x${credential:a}", "${credential:a", "${credentials:a}", "${HOME}", ""})
    EXPECT_FALSE(resolve_path(text, folders)) << text;
  EXPECT_EQ(resolve_path("/a/$b{c}", folders), "/a/$b{c}");
}

}  // namespace
}  // namespace porchlight::node
