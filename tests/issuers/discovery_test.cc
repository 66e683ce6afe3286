// What is accepted of a discovery document, and which URLs may be fetched.
#include "issuers/discovery.h"

#include <gtest/gtest.h>

namespace porchlight::issuers {
namespace {

constexpr std::string_view kIss = "https://id.example/realms/main";
constexpr std::string_view kUrl = "https://id.example/realms/main/.well-known/openid-configuration";

std::expected<std::string, std::string> read(const std::string& iss, const std::string& keys) {
  return read_discovery(R"({"issuer":")" + iss + R"(","jwks_uri":")" + keys + R"(","x":[1]})", kIss, kUrl);
}

TEST(HttpsOrigin, OfUrlsThatMayBeFetched) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"https://id.example", "https://id.example"},
      {"https://id.example/", "https://id.example"},
      {"HTTPS://ID.Example/Keys?A=B", "https://id.example"},
      {"https://id.example:443/keys", "https://id.example"},
      {"https://id.example:8443/keys", "https://id.example:8443"},
      {"https://127.0.0.1:1/", "https://127.0.0.1:1"},
      {"https://[::1]:8443/keys", "https://[::1]:8443"},
      {"https://[::1]", "https://[::1]"},
  };
  for (const auto& [url, origin] : rows) EXPECT_EQ(https_origin(url), origin) << url;
}

TEST(HttpsOrigin, IsEmptyForOtherUrls) {
  for (const std::string_view url : {"",
                                     "https",
                                     "https://",
                                     "https:///keys",
                                     "http://id.example/",
                                     "file:///etc/passwd",
                                     "//id.example/",
                                     "https://ana@id.example/",
                                     "https://ana:x@id.example/",
                                     "https://id.example/#x",
                                     "https://id.example:/",
                                     "https://id.example:x/",
                                     "https://id.example:123456/",
                                     "https://id.example\\@evil.example/",
                                     "https://id.example /",
                                     "https://id.example/\n",
                                     "https://[::1/",
                                     "https://[]/",
                                     "https://[::1]x/",
                                     "https://[::1]:/",
                                     "https://id_example/",
                                     "https://:443/"}) {
    EXPECT_EQ(https_origin(url), "") << url;
  }
  EXPECT_NE(https_origin("https://a/" + std::string(2038, 'a')), "");
  EXPECT_EQ(https_origin("https://a/" + std::string(2039, 'a')), "");
}

TEST(Discovery, ReturnsTheUrlOfTheKeys) {
  EXPECT_EQ(read(std::string(kIss), "https://id.example/keys"), "https://id.example/keys");
  EXPECT_EQ(read(std::string(kIss), "https://ID.example:443/keys?a=b"), "https://ID.example:443/keys?a=b");
}

TEST(Discovery, RefusesOtherIssuersAndHosts) {
  EXPECT_FALSE(read("https://id.example/realms/other", "https://id.example/keys"));
  EXPECT_FALSE(read("https://id.example/realms/main/", "https://id.example/keys"));
  EXPECT_FALSE(read(std::string(kIss), "https://evil.example/keys"));
  EXPECT_FALSE(read(std::string(kIss), "https://id.example:8443/keys"));
  EXPECT_FALSE(read(std::string(kIss), "http://id.example/keys"));
  EXPECT_FALSE(read(std::string(kIss), "/keys"));
}

TEST(Discovery, RefusesInvalidDocuments) {
  for (const std::string_view json :
       {"", "[]", "null", "{}", "{", R"({"issuer":1})", R"({"issuer":"https://id.example/realms/main"})",
        R"({"issuer":"https://id.example/realms/main","jwks_uri":null})",
        R"({"jwks_uri":"https://id.example/keys"})",
        R"({"issuer":"a","issuer":"https://id.example/realms/main"})"})
    EXPECT_FALSE(read_discovery(json, kIss, kUrl)) << json;
}

}  // namespace
}  // namespace porchlight::issuers
