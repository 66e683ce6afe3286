// Load tests run only against this machine.
#include "loadtest/loopback.h"

#include <gtest/gtest.h>

namespace porchlight::loadtest {
namespace {

TEST(Loopback, RefusesOtherAddresses) {
  const std::pair<std::string_view, std::string_view> good[] = {
      {"http://127.0.0.1:8080", "127.0.0.1:8080"},
      {"http://127.1.2.3:1/", "127.1.2.3:1"},
      {"http://localhost:65535", "127.0.0.1:65535"},
  };
  for (const auto& [url, host] : good) {
    const auto server = parse_loopback_url(url);
    ASSERT_TRUE(server) << url;
    EXPECT_EQ(server->host(), host) << url;
  }
  for (const std::string_view url :
       {"", "127.0.0.1:8080", "https://127.0.0.1:8443", "http://127.0.0.1", "http://127.0.0.1:0",
        "http://127.0.0.1:x", "http://127.0.0.1:80808", "http://127.0.0.1:8080/v1.0", "http://10.0.0.1:8080",
        "http://0.0.0.0:8080", "http://128.0.0.1:8080", "http://example.org:8080",
        "http://localhost.example.org:8080", "http://[::1]:8080", "http://127.1:8080"})
    EXPECT_FALSE(parse_loopback_url(url)) << url;
}

}  // namespace
}  // namespace porchlight::loadtest
