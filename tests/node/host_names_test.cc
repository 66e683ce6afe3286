// The names of a server: those of its certificate, and the hosts that its authority serves.
#include "node/host_names.h"

#include <gmock/gmock.h>

namespace porchlight::node {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;

TEST(HostNames, AreThoseOfTheConfiguration) {
  Config config;
  config.listen = {"127.0.0.1:8080", "10.1.2.3:80"};
  config.tls_listen = {"[2001:db8::1]:443 proxy_protocol", "porch.example:8443", "0.0.0.0:443", "[::]:443"};
  config.public_base_url = "https://presence.example.com:444";
  config.clouds = {identity::Cloud::kChina};
  const auto names = own_host_names(config);
  EXPECT_THAT(names, IsSupersetOf({"localhost", "127.0.0.1", "::1", "10.1.2.3", "2001:db8::1",
                                   "porch.example", "presence.example.com", "login.chinacloudapi.cn"}));
  // Every address is not an address.
  EXPECT_THAT(names, Not(Contains("0.0.0.0")));
  EXPECT_THAT(names, Not(Contains("::")));
  EXPECT_THAT(names, Not(Contains("")));
  EXPECT_THAT(own_host_names({}), Not(Contains("porch.example")));
}

}  // namespace
}  // namespace porchlight::node
