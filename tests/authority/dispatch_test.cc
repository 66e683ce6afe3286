// What the caller of the authority may know of a request before it is handled: whether it takes long, and whose it is.
#include <gtest/gtest.h>

#include "authority/test_server.h"

namespace porchlight::authority {
namespace {

using namespace testing;

http::Request request_of(http::Method method, std::string_view path, std::string_view query,
                         std::string_view body) {
  http::Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.body = body;
  return request;
}

constexpr auto kGet = http::Method::kGet, kPost = http::Method::kPost, kOptions = http::Method::kOptions;

TEST(Dispatch, TellsWhichRequestsHashAPassword) {
  struct Row {
    http::Method method;
    std::string_view query, body;
    bool hashes;
  };
  const std::string longest = "password=x&y=" + std::string(kFormBytesMax - 13, 'y');
  const std::string too_long = longest + "y";
  const Row rows[] = {
      {kPost, "", "grant_type=password&username=ana&password=x", true},
      {kPost, "", "step=sign_in&%70assword=x", true},
      {kPost, "", "step=second_factor&second_factor=BCDF", false},
      {kPost, "", "grant_type=authorization_code&code=x", false},
      {kPost, "", longest, true},
      {kPost, "", too_long, false},  // no form: no endpoint reads it
      {kPost, "", "password=", false},
      {kPost, "", "grant_type=client_credentials&client_secret=x", false},
      {kPost, "password=x", "", false},
      {kPost, "", "password=x&password=x", false},
      {kPost, "", "", false},
      {kGet, "password=x", "", false},
      {kGet, "", "password=x", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(
        Authority::checks_password(request_of(row.method, "/contoso/oauth2/v2.0/token", row.query, row.body)),
        row.hashes)
        << row.query << ' ' << row.body.substr(0, 60);
}

TEST(Dispatch, TellsWhichRequestsAreAnsweredAtOnce) {
  struct Row {
    http::Method method;
    std::string_view path;
    bool at_once;
  };
  const Row rows[] = {{kGet, "/contoso/v2.0/.well-known/openid-configuration", true},
                      {kGet, "/contoso/.well-known/openid-configuration", true},
                      {kGet, "/contoso/discovery/v2.0/keys", true},
                      {kGet, "/contoso/discovery/keys", true},
                      {kGet, "/common/discovery/instance", true},
                      {kGet, "/contoso/oauth2/unknown", true},
                      {kOptions, "/contoso/oauth2/v2.0/token", true},
                      {kPost, "/contoso/oauth2/v2.0/token", false},
                      {kPost, "/contoso/oauth2/v2.0/devicecode", false},
                      {kGet, "/contoso/oauth2/v2.0/authorize", false},
                      {kGet, "/contoso/oauth2/v2.0/deviceauth", false},
                      {kGet, "/contoso/oauth2/v2.0/logout", false}};
  TestServer server;
  for (const Row& row : rows)
    EXPECT_EQ(server.authority->answers_at_once(request_of(row.method, row.path, "", ""), server.now()),
              row.at_once)
        << row.path;
  // The first request after a new key is due waits for it.
  const auto renew = [](Time) { return std::expected<KeyRing, std::string>(std::unexpected("full disk")); };
  server.authority.emplace(
      server.settings, server.directory, server.stores,
      KeyRing({{identity::SigningKey::generate(), at(0)}, {identity::SigningKey::generate(), at(9)}}),
      std::string(32, 'k'), renew);
  const auto keys = request_of(kGet, "/contoso/discovery/v2.0/keys", "", "");
  EXPECT_TRUE(server.authority->answers_at_once(keys, at(8)));
  EXPECT_FALSE(server.authority->answers_at_once(keys, at(9)));
}

TEST(Dispatch, TellsTheTenant) {
  const TestServer server;
  const auto tenant_of = [&](const std::string& name) {
    return server.authority->tenant_of(request_of(kPost, "/" + name + "/oauth2/v2.0/token", "", ""));
  };
  EXPECT_EQ(tenant_of("Contoso"), kContoso);
  EXPECT_EQ(tenant_of(to_string(kContoso)), kContoso);
  EXPECT_EQ(tenant_of("fabrikam"), kFabrikam);
  for (const char* name :
       {"common", "organizations", "consumers", "nobody", "44444444-4444-4444-8444-444444444441"})
    EXPECT_EQ(tenant_of(name), std::nullopt) << name;
}

}  // namespace
}  // namespace porchlight::authority
