// The token endpoint: successful grants. bad_grants_test.cc has the errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <thread>

#include "authority/grants.h"
#include "authority/sign_ins.h"
#include "base/base64url.h"
#include "directory/directory.h"

namespace porchlight::authority {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class TokenTest : public ::testing::Test {
 protected:
  explicit TokenTest(bool password_grant = false) : server(password_grant) {}
  std::string try_token(const Fields& fields, Fields headers = {}) {
    return outcome(server.post("token", fields, std::move(headers)));
  }

  TestServer server;
};

// `.default` grants all that an administrator granted, also what no request can name. A refresh asks for the same.
TEST_F(TokenTest, ADefaultScopeIsRefreshedWithoutNamingIt) {
  directory::App& phone = server.directory.apps_[kContoso][1];
  ASSERT_EQ(phone.id, kPhone);
  phone.scopes = {"Presence.Read", "Custom.Scope"};
  const Answer first = server.post(
      "token", server.redeem_fields(kPhone, "openid offline_access https://graph.microsoft.com/.default"));
  ASSERT_EQ(outcome(first), "200") << first.body;
  phone.scopes.emplace_back("Calendars.Read");  // granted since
  const Answer second = server.post("token", refresh_fields(first.json("refresh_token")));
  ASSERT_EQ(outcome(second), "200") << second.body;
  for (const char* name : {"Presence.Read", "Custom.Scope", "Calendars.Read"})
    EXPECT_THAT(second.json("scope"), HasSubstr(name));
  EXPECT_EQ(try_token(refresh_fields(second.json("refresh_token"))), "200");
}

TEST_F(TokenTest, ClientCredentialsGiveRoles) {
  const Answer answer = server.post("token", server.robot_credentials());
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(answer.json("token_type"), "Bearer");
  EXPECT_EQ(answer.json("expires_in"), "3600");
  EXPECT_EQ(answer.json("refresh_token"), "");
  EXPECT_TRUE(answer.authenticated);
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  const std::string token = answer.json("access_token");
  const auto caller = server.verify(token, std::string(kGraphId));
  ASSERT_TRUE(caller.has_value()) << message(caller.error());
  EXPECT_FALSE(caller->delegated());
  EXPECT_EQ(caller->app, kRobot);
  EXPECT_EQ(caller->tenant, kContoso);
  EXPECT_EQ(caller->granted, "Presence.Read.All Presence.ReadWrite.All");
  const std::pair<std::string_view, std::string> claims[] = {
      {"aud", std::string(kGraphId)},
      {"iss", "https://porchlight.local/" + to_string(kContoso) + "/v2.0"},
      {"tid", to_string(kContoso)},
      {"oid", to_string(kRobot)},
      {"azp", to_string(kRobot)},
      {"azpacr", "1"},
      {"idtyp", "app"},
      {"app_displayname", "Robot"},
      {"ver", "2.0"},
      {"iat", std::to_string(kNow)},
      {"nbf", std::to_string(kNow)},
      {"exp", std::to_string(kNow + 3600)},
      {"roles", R"(["Presence.Read.All","Presence.ReadWrite.All"])"},
      {"scp", ""}};
  for (const auto& [name, value] : claims) EXPECT_EQ(claim(token, name), value) << name;
  EXPECT_EQ(claim(token, "jti").size(), 22U);
}

// Roles are those of Graph: another application could take them for its own.
TEST_F(TokenTest, ClientCredentialsForAnotherApplicationGiveNoRoles) {
  Fields fields = server.robot_credentials();
  fields["scope"] = to_string(kApi) + "/.default";
  const std::string token = server.post("token", fields).json("access_token");
  const std::size_t begin = token.find('.') + 1;
  const auto claims = decode_base64url(token.substr(begin, token.find('.', begin) - begin));
  ASSERT_TRUE(claims.has_value());
  EXPECT_THAT(*claims, HasSubstr(to_string(kApi)));
  EXPECT_THAT(*claims, HasSubstr(R"("roles":[],)"));
}

TEST_F(TokenTest, ClientsAuthenticateInThreeWays) {
  Fields fields = server.robot_credentials();
  fields.erase("client_secret");
  const auto basic = [&](std::string_view secret) {
    std::string pair = encode_base64url(to_string(kRobot) + ":" + std::string(secret));
    for (char& c : pair) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (pair.size() % 4 != 0) pair += '=';
    return Fields{{"Authorization", "Basic " + pair}};
  };
  EXPECT_EQ(try_token(fields, basic(server.robot_secret)), "200");
  fields.erase("client_id");
  EXPECT_EQ(try_token(fields, basic(server.robot_secret)), "200");
  const Answer wrong = server.post("token", fields, basic("wrong"));
  EXPECT_EQ(outcome(wrong), "invalid_client 7000215");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.field("WWW-Authenticate"), "Basic realm=\"\"");

  fields["client_id"] = to_string(kRobot);
  fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  fields["client_assertion"] = Assertion().sign();
  const Answer signed_in = server.post("token", fields);
  ASSERT_EQ(outcome(signed_in), "200");
  EXPECT_EQ(claim(signed_in.json("access_token"), "azpacr"), "2");
  EXPECT_EQ(try_token(fields), "200");  // clients cache an assertion until it expires
}

TEST_F(TokenTest, ACodeGivesTokens) {
  Fields fields = server.redeem_fields();
  fields["client_info"] = "1";
  const Answer answer = server.post("token", fields);
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(answer.json("scope"), "Presence.Read openid profile offline_access");
  const auto caller = server.verify(answer.json("access_token"), std::string(kGraphId));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->user, kAna);
  EXPECT_EQ(caller->app, kPhone);
  EXPECT_EQ(caller->granted, "Presence.Read");
  const std::string id = answer.json("id_token");
  EXPECT_EQ(claim(id, "aud"), to_string(kPhone));
  EXPECT_EQ(claim(id, "iss"), std::string(kBase) + "/" + to_string(kContoso) + "/v2.0");
  EXPECT_EQ(claim(id, "nonce"), "n0nce");
  EXPECT_EQ(claim(id, "oid"), to_string(kAna));
  EXPECT_EQ(claim(id, "preferred_username"), kAnaUpn);
  EXPECT_EQ(claim(id, "sub"), claim(answer.json("access_token"), "sub"));
  EXPECT_EQ(*decode_base64url(answer.json("client_info")),
            R"({"uid":")" + to_string(kAna) + R"(","utid":")" + to_string(kContoso) + "\"}");
  EXPECT_NE(answer.json("refresh_token"), "");
  // An ID token is not accepted as an access token.
  EXPECT_FALSE(server.verify(id, std::string(kGraphId)).has_value());
}

TEST_F(TokenTest, ReturnsOnlyWhatIsRequested) {
  const Answer answer = server.post("token", server.redeem_fields(kPhone, "Presence.Read"));
  ASSERT_EQ(outcome(answer), "200");
  for (const char* name : {"id_token", "refresh_token", "client_info"})
    EXPECT_EQ(answer.json(name), "") << name;
  const Answer only_id = server.post("token", server.redeem_fields(kPhone, "openid"));
  ASSERT_EQ(outcome(only_id), "200");
  EXPECT_EQ(claim(only_id.json("id_token"), "preferred_username"), "");
  EXPECT_EQ(server.verify(only_id.json("access_token"), std::string(kGraphId))->permissions, 0U);
}

TEST_F(TokenTest, ReuseOfARefreshTokenRevokesItsFamily) {
  const std::string first = server.post("token", server.redeem_fields()).json("refresh_token");
  server.advance(3600);
  const Answer second = server.post("token", refresh_fields(first));
  ASSERT_EQ(outcome(second), "200") << second.body;
  EXPECT_EQ(second.json("scope"), "Presence.Read openid profile offline_access");
  EXPECT_TRUE(server.verify(second.json("access_token"), std::string(kGraphId)).has_value());
  EXPECT_EQ(claim(second.json("id_token"), "nonce"), "");
  EXPECT_EQ(try_token(refresh_fields(first)), "invalid_grant 50173");
  EXPECT_EQ(try_token(refresh_fields(second.json("refresh_token"))), "invalid_grant 50173");
}

TEST_F(TokenTest, AFailingStoreGivesNoTokens) {
  const Fields fields = server.redeem_fields();
  server.store.fail(true);
  const Answer answer = server.post("token", fields);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(outcome(answer), "temporarily_unavailable 90033");
}

TEST_F(TokenTest, ADeviceGetsTokensAfterApproval) {
  const auto& [fields, user_code] = start_device(server);
  EXPECT_EQ(try_token(fields), "authorization_pending 70016");
  EXPECT_EQ(server.walk_through("deviceauth", {{"user_code", user_code}}).status, 200);
  server.advance(5);
  const Answer answer = server.post("token", fields);
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(server.verify(answer.json("access_token"), std::string(kGraphId))->user, kAna);
  EXPECT_EQ(try_token(fields), "expired_token 70020");
}

// The name is optional, and is that of the sign-in as long as it goes on.
TEST_F(TokenTest, ADeviceMayHaveAName) {
  const auto name_of = [&](const std::string& name) -> std::string {
    Answer started = server.post(
        "devicecode", {{"client_id", to_string(kPhone)}, {"scope", "Presence.Read offline_access"}});
    server.cookies.clear();
    server.browse("deviceauth", {});
    server.type_code(started.json("user_code"));
    const Answer form = server.post_step(
        "deviceauth", {},
        {{"step", "sign_in"}, {"username", std::string(kAnaUpn)}, {"password", std::string(kPasswordText)}});
    EXPECT_THAT(form.body, ::testing::HasSubstr("<label for=\"device_name\">Name of the device</label>"));
    const Answer decided = server.post_step(
        "deviceauth", {}, {{"step", "consent"}, {"decision", "accept"}, {"device_name", name}});
    if (decided.status != 200) return "refused";
    server.advance(5);
    const Answer tokens =
        server.post("token", {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                              {"client_id", to_string(kPhone)},
                              {"device_code", started.json("device_code")}});
    EXPECT_EQ(outcome(tokens), "200") << tokens.body;
    EXPECT_EQ(outcome(server.post("token", refresh_fields(tokens.json("refresh_token")))), "200");
    const auto page =
        list_sign_ins(server.directory, server.stores, kContoso, kPhone, std::nullopt, 10, server.now());
    EXPECT_EQ(page->items.size(), 1u);
    std::string device = page->items.at(0).device;
    EXPECT_TRUE(server.stores.families.revoke(page->items.at(0).family, server.now()));
    return device;
  };
  EXPECT_EQ(name_of("  Reception <1>, Étage "), "Reception <1>, Étage");
  EXPECT_EQ(name_of(""), "");
  EXPECT_EQ(name_of("   "), "");
  EXPECT_EQ(name_of(std::string(directory::kNameBytesMax, 'x')).size(), directory::kNameBytesMax);
  EXPECT_EQ(name_of(std::string(directory::kNameBytesMax + 1, 'x')), "refused");
  EXPECT_EQ(name_of("a\nb"), "refused");
}

TEST_F(TokenTest, OnBehalfOfGivesAUserToken) {
  const Answer answer = server.post("token", behalf_fields(server, token_for_api(server)));
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  const auto caller = server.verify(answer.json("access_token"), std::string(kGraphId));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->user, kAna);
  EXPECT_EQ(caller->app, kApi);
  EXPECT_EQ(caller->granted, "Presence.Read");
}

class PasswordTest : public TokenTest {
 protected:
  PasswordTest() : TokenTest(true) {}
};

TEST_F(PasswordTest, LocksExistingAndUnknownNamesAlike) {
  for (const char* name : {"ana@contoso.com", "nobody@contoso.com"}) {
    Fields wrong = password_fields();
    wrong["username"] = name;
    wrong["password"] = "wrong horse";
    for (std::uint32_t i = 0; i < kFailuresFree; ++i) EXPECT_EQ(try_token(wrong), "invalid_grant 50126");
    EXPECT_EQ(try_token(wrong), "invalid_grant 50053") << name;
  }
  EXPECT_EQ(try_token(password_fields()), "invalid_grant 50053");
  server.advance(60);
  EXPECT_EQ(try_token(password_fields()), "200");
}

// CPU time of the thread, which other load on the machine does not affect.
double thread_seconds() {
  timespec spent;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

TEST_F(PasswordTest, TimingDoesNotRevealUsers) {
  const auto spend = [&](const char* name) {
    Fields wrong = password_fields();
    wrong["username"] = name;
    wrong["password"] = "wrong horse";
    const double begin = thread_seconds();
    EXPECT_EQ(try_token(wrong), "invalid_grant 50126");
    return thread_seconds() - begin;
  };
  const double known_user = spend("ana@contoso.com");
  for (const char* name : {"nobody@contoso.com", "ben@contoso.com"}) {
    const double spent = spend(name);
    EXPECT_GT(spent, known_user / 2) << name;
    EXPECT_LT(spent, known_user * 2) << name;
  }
}

TEST_F(TokenTest, ConcurrentRedemptionsGiveTokensOnce) {
  const Fields fields = server.redeem_fields();
  std::atomic<int> given = 0, refused = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&] {
        const std::string came_of_it = outcome(server.post("token", fields));
        given += came_of_it == "200";
        // Either the code was used, or its tokens are already revoked.
        refused += came_of_it == "invalid_grant 54005" || came_of_it == "invalid_grant 50173";
      });
    }
  }
  EXPECT_LE(given, 1);
  EXPECT_EQ(given + refused, 4);
}

TEST_F(TokenTest, ReturnsAllow) {
  const Answer wrong_method = server.get("oauth2/v2.0/token");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.field("Allow"), "POST, OPTIONS");
}

TEST_F(TokenTest, ErrorsHaveEntrasForm) {
  const Answer answer = server.post("token", {}, {{"client-request-id", to_string(kAna)}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json("error"), "invalid_request");
  EXPECT_EQ(answer.json("error_codes"), "[900144]");
  EXPECT_EQ(answer.json("timestamp"), "2030-03-17 17:46:40Z");
  EXPECT_EQ(answer.json("correlation_id"), to_string(kAna));
  EXPECT_EQ(answer.field("client-request-id"), to_string(kAna));
  EXPECT_EQ(answer.json("trace_id"), answer.field("x-ms-request-id"));
  EXPECT_EQ(answer.json("error_description"),
            "AADSTS900144: The request body must contain the following parameter: 'grant_type'. Trace ID: " +
                answer.json("trace_id") + " Correlation ID: " + to_string(kAna) +
                " Timestamp: 2030-03-17 17:46:40Z");
}

TEST_F(TokenTest, ErrorsDoNotEchoTheRequest) {
  Fields fields = server.robot_credentials();
  for (const char* name : {"grant_type", "client_id", "client_secret", "scope"}) {
    Fields bad = fields;
    bad[name] = "M4RKER";
    EXPECT_EQ(server.post("token", bad).body.find("M4RKER"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace porchlight::authority
