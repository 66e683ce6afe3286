// Options of `serve` as the last source of the configuration.
#include "server/effective_config.h"

#include <gmock/gmock.h>

namespace porchlight::server {
namespace {

using testing::ElementsAre;

std::string origin_of(const node::ReadConfig& read, std::string_view key) {
  for (const node::SettingRow& row : read.rows)
    if (row.key == key) return row.value + " of " + row.origin;
  return "no such row";
}

TEST(EffectiveConfig, OptionsTakePrecedenceOverTheEnvironment) {
  ServeOptions options;
  options.listen = {"127.0.0.1:1", "127.0.0.1:2"};
  options.clouds = {"usgov"};
  options.threads = 3;
  options.authority = false;
  options.no_notifications = true;
  options.throttle_off = true;
  const node::ReadConfig read = effective_config(options, {{"PORCHLIGHT_THREADS", "2"},
                                                           {"PORCHLIGHT_LISTEN", "127.0.0.1:3"},
                                                           {"PORCHLIGHT_AUTHORITY_ENABLED", "true"}});
  EXPECT_EQ(read.fault_text(), "");
  EXPECT_THAT(read.config.listen, ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
  EXPECT_THAT(read.config.clouds, ElementsAre(identity::Cloud::kUsGov));
  EXPECT_EQ(read.config.threads, 3u);
  EXPECT_FALSE(read.config.authority);
  EXPECT_FALSE(read.config.notifications);
  EXPECT_EQ(read.config.budgets.reads.requests, 0u);
  EXPECT_EQ(read.config.budgets.graph.requests, 0u);
  EXPECT_EQ(origin_of(read, "listen"), "127.0.0.1:1,127.0.0.1:2 of --listen");
}

TEST(EffectiveConfig, TheDefaultAddressIsForServersWithoutOne) {
  EXPECT_EQ(origin_of(effective_config({}, {}), "listen"), "127.0.0.1:8080 of default");
  ServeOptions options;
  options.tls_listen = {"127.0.0.1:0"};
  EXPECT_EQ(origin_of(effective_config(options, {}), "listen"), " of default");
}

}  // namespace
}  // namespace porchlight::server
