// The v1 endpoints: `resource` instead of `scope`, and responses with numbers as text (spec protocol §2.6).
#include <gtest/gtest.h>

#include "authority/grants.h"

namespace porchlight::authority {
namespace {

using namespace testing;

constexpr const char* kGraphUrl = "https://graph.microsoft.com";

// The v2.0 fields of a request as fields of v1.
Fields as_v1(Fields fields, std::string_view resource = kGraphUrl) {
  fields.erase("scope");
  fields["resource"] = resource;
  return fields;
}

class V1 : public ::testing::Test {
 protected:
  explicit V1(bool password_grant = false) : server(password_grant) { server.folder = "oauth2/"; }

  // The fields that poll with a new device code, and the user code.
  DeviceAsk start() {
    const Answer started =
        server.post("devicecode", {{"client_id", to_string(kPhone)}, {"resource", kGraphUrl}});
    EXPECT_EQ(outcome(started), "200") << started.body;
    return {{{"grant_type", "device_code"},
             {"client_id", to_string(kPhone)},
             {"resource", kGraphUrl},
             {"code", started.json("device_code")}},
            started.json("user_code")};
  }
  // Signs Ana in at the v1 page; the fields that redeem the code.
  Fields redeem() {
    const Answer answer = server.walk_through("authorize", as_v1(server.authorize_query()));
    return {{"grant_type", "authorization_code"},
            {"client_id", to_string(kPhone)},
            {"resource", kGraphUrl},
            {"code", answer.parameter("code")},
            {"redirect_uri", std::string(kRedirect)},
            {"code_verifier", kVerifierText}};
  }
  // A response to a user: all members of v1, and tokens that verify.
  void expect_users_tokens(const Answer& answer) {
    ASSERT_EQ(outcome(answer), "200") << answer.body;
    EXPECT_EQ(answer.json("scope"), "Presence.Read");
    EXPECT_EQ(answer.json("resource"), kGraphUrl);
    EXPECT_NE(answer.json("refresh_token"), "");
    EXPECT_NE(answer.json("id_token"), "");
    const auto caller = server.verify(answer.json("access_token"), std::string(kGraphId));
    ASSERT_TRUE(caller.has_value());
    EXPECT_EQ(caller->user, kAna);
    EXPECT_EQ(caller->granted, "Presence.Read");
  }

  TestServer server;
};

TEST_F(V1, NumbersAreText) {
  const Answer answer =
      server.post("token", as_v1(server.robot_credentials(), "https://graph.microsoft.com/"));
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  const std::string token = answer.json("access_token");
  EXPECT_EQ(answer.body,
            R"({"token_type":"Bearer","expires_in":"3600","ext_expires_in":"3600","expires_on":")" +
                std::to_string(kNow + 3600) + R"(","not_before":")" + std::to_string(kNow) +
                R"(","resource":"https://graph.microsoft.com/","access_token":")" + token + "\"}");
  EXPECT_TRUE(answer.authenticated);
  EXPECT_EQ(claim(token, "roles"), R"(["Presence.Read.All","Presence.ReadWrite.All"])");
  EXPECT_TRUE(server.verify(token, std::string(kGraphId)).has_value());
}

// The order and names of the members are those of a recorded response (spec protocol §2.6).
TEST_F(V1, ADeviceSignsIn) {
  const Answer started =
      server.post("devicecode", {{"client_id", to_string(kPhone)}, {"resource", kGraphUrl}});
  const std::string url = std::string(kBase) + "/common/oauth2/deviceauth";
  EXPECT_EQ(started.body, R"({"user_code":")" + started.json("user_code") + R"(","device_code":")" +
                              started.json("device_code") + R"(","verification_url":")" + url +
                              R"(","expires_in":"900","interval":"5","message":)" +
                              R"("To sign in, use a web browser to open the page )" + url +
                              " and enter the code " + started.json("user_code") + " to authenticate.\"}");
  for (const char* grant : {"device_code", "urn:ietf:params:oauth:grant-type:device_code"}) {
    auto [fields, user_code] = start();
    fields["grant_type"] = grant;
    EXPECT_EQ(outcome(server.post("token", fields)), "authorization_pending 70016");
    EXPECT_EQ(server.walk_through("deviceauth", {{"user_code", user_code}}).status, 200);
    server.advance(5);
    expect_users_tokens(server.post("token", fields));
    EXPECT_EQ(outcome(server.post("token", fields)), "expired_token 70020");
  }
}

TEST_F(V1, ADeviceMayAskWithGet) {
  const Fields query = {{"client_id", to_string(kPhone)}, {"resource", kGraphUrl}, {"api-version", "1.0"}};
  EXPECT_EQ(server.get("oauth2/devicecode", query).json("expires_in"), "900");
  EXPECT_EQ(server.get("oauth2/v2.0/devicecode", query).status, 405);
  EXPECT_EQ(server.get("oauth2/token", query).status, 405);
}

TEST_F(V1, ACodeAndItsRefreshTokenGiveTokens) {
  const Answer first = server.post("token", redeem());
  expect_users_tokens(first);
  Fields fields = refresh_fields(first.json("refresh_token"));
  fields["resource"] = kGraphUrl;
  fields["scope"] = "openid";  // sent by scripts, and without effect beside a resource
  const Answer second = server.post("token", fields);
  expect_users_tokens(second);
  // Without a resource: the one of the sign-in.
  expect_users_tokens(server.post("token", refresh_fields(second.json("refresh_token"))));
}

TEST_F(V1, VersionsCanBeMixed) {
  const Fields fields = redeem();
  server.folder = "oauth2/v2.0/";
  Fields without_resource = fields;
  without_resource.erase("resource");
  const Answer answer = server.post("token", without_resource);
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(answer.json("scope"), "https://graph.microsoft.com/Presence.Read openid profile offline_access");
  EXPECT_EQ(answer.json("expires_on"), "");
  // A v2.0 request is served at v1, in the form of v1: clients that read the v1 discovery document send it.
  server.folder = "oauth2/";
  const Answer by_scope = server.post("token", server.robot_credentials());
  EXPECT_EQ(by_scope.json("resource"), kGraphUrl);
  EXPECT_EQ(by_scope.json("expires_in"), "3600");
}

TEST_F(V1, AssertionsMayNameTheV1Endpoint) {
  Assertion assertion;
  assertion.claims["aud"] = "\"" + std::string(kBase) + "/" + to_string(kContoso) + "/oauth2/token\"";
  EXPECT_EQ(outcome(server.post("token", as_v1(assertion_fields(server, assertion.sign())))), "200");
}

TEST_F(V1, OnBehalfOfTakesAResource) {
  server.folder = "oauth2/v2.0/";
  const std::string token = token_for_api(server);
  server.folder = "oauth2/";
  expect_users_tokens(server.post("token", as_v1(behalf_fields(server, token))));
}

class V1Password : public V1 {
 protected:
  V1Password() : V1(true) {}
};

TEST_F(V1Password, TakesAResource) { expect_users_tokens(server.post("token", as_v1(password_fields()))); }

// One row per way to name a resource, good and bad.
TEST_F(V1, Resources) {
  struct Row {
    std::string_view name, resource, expected;
  };
  const std::string api = to_string(kApi), api_url = "api://" + api, ana = to_string(kAna);
  const std::string long_name = "https://" + std::string(kScopePrefixBytesMax, 'g');
  const Row rows[] = {
      {"Graph", "https://graph.microsoft.com", "200"},
      {"Graph with a slash", "https://graph.microsoft.com/", "200"},
      {"Graph by its id", kGraphId, "200"},
      {"Graph in capitals", "HTTPS://GRAPH.MICROSOFT.COM/", "200"},
      {"Graph of another cloud", "https://graph.microsoft.us", "200"},
      {"an application", api_url, "200"},
      {"an application by its id", api, "200"},
      {"none", "", "invalid_request 900144"},
      {"Azure AD Graph", "https://graph.windows.net", "invalid_resource 500011"},
      {"another service", "https://vault.azure.net", "invalid_resource 500011"},
      {"no application", ana, "invalid_resource 500011"},
      {"a name", "Graph", "invalid_resource 500011"},
      {"a space", "https://graph.microsoft.com User.Read", "invalid_resource 500011"},
      {"a scope behind it", "https://graph.microsoft.com/.default openid", "invalid_resource 500011"},
      {"a line break", "https://graph.microsoft.com\n", "invalid_resource 500011"},
      {"not ASCII", "https://graph.mícrosoft.com", "invalid_resource 500011"},
      {"a permission", "https://graph.microsoft.com/Presence.Read.All", "invalid_resource 500011"},
      {"too long", long_name, "invalid_resource 500011"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(outcome(server.post("token", as_v1(server.robot_credentials(), row.resource))), row.expected)
        << row.name;
}

// The same errors at both endpoints that take a resource without a sign-in, and none of them repeats the request.
TEST_F(V1, BadRequests) {
  const std::string phone = to_string(kPhone);
  struct Row {
    std::string_view name, endpoint;
    Fields fields;
    std::string_view expected;
  };
  const Row rows[] = {
      {"device: no client", "devicecode", {{"resource", kGraphUrl}}, "invalid_request 900144"},
      {"device: no resource", "devicecode", {{"client_id", phone}}, "invalid_request 900144"},
      {"device: client unknown",
       "devicecode",
       {{"client_id", "M4RKER"}, {"resource", kGraphUrl}},
       "unauthorized_client 700016"},
      {"device: resource unknown",
       "devicecode",
       {{"client_id", phone}, {"resource", "https://M4RKER"}},
       "invalid_resource 500011"},
      {"poll: no code",
       "token",
       {{"grant_type", "device_code"}, {"client_id", phone}},
       "invalid_request 900144"},
      {"poll: code unknown",
       "token",
       {{"grant_type", "device_code"}, {"client_id", phone}, {"code", "M4RKER"}},
       "expired_token 70020"},
      {"no grant type", "token", {{"client_id", phone}, {"resource", kGraphUrl}}, "invalid_request 900144"},
      {"grant type unknown", "token", {{"grant_type", "M4RKER"}}, "unsupported_grant_type 70003"},
      {"implicit", "token", {{"grant_type", "token"}, {"client_id", phone}}, "unsupported_grant_type 70003"},
      {"public client alone",
       "token",
       {{"grant_type", "client_credentials"}, {"client_id", phone}, {"resource", kGraphUrl}},
       "invalid_client 7000216"},
      {"secret wrong",
       "token",
       {{"grant_type", "client_credentials"},
        {"client_id", to_string(kRobot)},
        {"client_secret", "M4RKER"},
        {"resource", kGraphUrl}},
       "invalid_client 7000215"},
      {"refresh token unknown",
       "token",
       {{"grant_type", "refresh_token"}, {"client_id", phone}, {"refresh_token", "M4RKER"}},
       "invalid_grant 70000"},
  };
  for (const Row& row : rows) {
    const Answer answer = server.post(row.endpoint, row.fields);
    EXPECT_EQ(outcome(answer), row.expected) << row.name;
    EXPECT_EQ(answer.body.find("M4RKER"), std::string::npos) << row.name;
  }
}

TEST_F(V1, ACommonAddressNeedsATenantForApplications) {
  server.tenant = "common";
  EXPECT_EQ(outcome(server.post("token", as_v1(server.robot_credentials()))), "invalid_request 9001023");
}

TEST_F(V1, TheSignInPageNeedsPkceAndAResource) {
  Fields query = as_v1(server.authorize_query());
  query.erase("code_challenge");
  EXPECT_EQ(server.browse("authorize", query).parameter("error"), "invalid_request");
  query = as_v1(server.authorize_query());
  query.erase("resource");
  EXPECT_EQ(server.browse("authorize", query).parameter("error"), "invalid_request");
  query["resource"] = "https://vault.azure.net";
  EXPECT_EQ(server.browse("authorize", query).parameter("error"), "invalid_resource");
}

// Forms without a type: small HTTP clients send none (docs/authority.md).
TEST_F(V1, BodiesWithoutATypeAreForms) {
  for (const char* folder : {"oauth2/", "oauth2/v2.0/"}) {
    server.folder = folder;
    const auto post = [&](std::string_view endpoint, const Fields& fields) {
      return server.post_raw(endpoint, encode_fields(fields), {});
    };
    const Answer started = post("devicecode", {{"client_id", to_string(kPhone)},
                                               {"resource", kGraphUrl},
                                               {"scope", "Presence.Read offline_access openid"}});
    ASSERT_EQ(outcome(started), "200") << folder;
    const Fields poll = {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                         {"client_id", to_string(kPhone)},
                         {"device_code", started.json("device_code")}};
    EXPECT_EQ(outcome(post("token", poll)), "authorization_pending 70016");
    server.walk_through("deviceauth", {{"user_code", started.json("user_code")}});
    server.advance(5);
    const Answer tokens = post("token", poll);
    ASSERT_EQ(outcome(tokens), "200") << tokens.body;
    EXPECT_EQ(outcome(post("token", refresh_fields(tokens.json("refresh_token")))), "200");
    EXPECT_EQ(outcome(post("token", {})), "invalid_request 900144");
    EXPECT_EQ(outcome(server.post_raw("devicecode", "{}", {{"Content-Type", "application/json"}})),
              "invalid_request 90004");
  }
}

}  // namespace
}  // namespace porchlight::authority
