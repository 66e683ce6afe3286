// The token endpoint: what each grant gives, and tables of what it does not.
#include <gtest/gtest.h>

#include <functional>

#include "authority/assertion.h"
#include "authority/house.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

using namespace testing;

class TokenTest : public ::testing::Test {
 protected:
  explicit TokenTest(bool password_grant = false) : house(password_grant) {}

  // The code of a refusal, and Entra's number: "invalid_client 7000215"; "200" where it is none.
  static std::string outcome(const Answer& answer) {
    if (answer.status == 200) return "200";
    std::string number = answer.json("error_codes");
    number = number.substr(1, number.size() - 2);
    return answer.json("error") + " " + number;
  }
  std::string try_token(const Fields& fields, Fields headers = {}) {
    return outcome(house.post("token", fields, std::move(headers)));
  }

  struct Row {
    std::string_view name;
    std::function<void(Fields&)> edit;
    std::string_view expected;
  };
  void expect_rows(const std::vector<Row>& rows, const std::function<Fields()>& good) {
    for (const Row& row : rows) {
      Fields fields = good();
      row.edit(fields);
      EXPECT_EQ(try_token(fields), row.expected) << row.name;
    }
  }
  static std::function<void(Fields&)> without(std::string name) {
    return [name](Fields& f) { f.erase(name); };
  }
  static std::function<void(Fields&)> with(std::string name, std::string value) {
    return [=](Fields& f) { f[name] = value; };
  }
  static Fields refresh_fields(const std::string& token) {
    return {{"grant_type", "refresh_token"}, {"client_id", to_string(kPhone)}, {"refresh_token", token}};
  }
  Fields device_fields() {
    const Answer started =
        house.post("devicecode", {{"client_id", to_string(kPhone)}, {"scope", "Presence.Read"}});
    user_code = started.json("user_code");
    return {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
            {"client_id", to_string(kPhone)},
            {"device_code", started.json("device_code")}};
  }
  // A token of Ana's for the application in the middle.
  std::string token_for_api() {
    const Answer answer =
        house.post("token", house.redeem_fields(kPhone, "api://" + to_string(kApi) + "/access"));
    EXPECT_EQ(outcome(answer), "200") << answer.body;
    return answer.json("access_token");
  }
  Fields behalf_fields(const std::string& token) {
    return {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
            {"client_id", to_string(kApi)},
            {"client_secret", house.robot_secret},
            {"assertion", token},
            {"requested_token_use", "on_behalf_of"},
            {"scope", "Presence.Read"}};
  }

  House house;
  std::string user_code;
};

TEST_F(TokenTest, AnApplicationGetsItsRoles) {
  const Answer answer = house.post("token", house.robot_credentials());
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(answer.json("token_type"), "Bearer");
  EXPECT_EQ(answer.json("expires_in"), "3600");
  EXPECT_EQ(answer.json("refresh_token"), "");
  EXPECT_TRUE(answer.authenticated);
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  const std::string token = answer.json("access_token");
  const auto caller = house.verify(token, std::string(kGraphId));
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

TEST_F(TokenTest, ClientsProveThemselvesInThreeWays) {
  Fields fields = house.robot_credentials();
  fields.erase("client_secret");
  const auto basic = [&](std::string_view secret) {
    std::string pair = encode_base64url(to_string(kRobot) + ":" + std::string(secret));
    for (char& c : pair) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (pair.size() % 4 != 0) pair += '=';
    return Fields{{"Authorization", "Basic " + pair}};
  };
  EXPECT_EQ(try_token(fields, basic(house.robot_secret)), "200");
  fields.erase("client_id");
  EXPECT_EQ(try_token(fields, basic(house.robot_secret)), "200");
  const Answer wrong = house.post("token", fields, basic("wrong"));
  EXPECT_EQ(outcome(wrong), "invalid_client 7000215");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.field("WWW-Authenticate"), "Basic realm=\"\"");

  fields["client_id"] = to_string(kRobot);
  fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  fields["client_assertion"] = Assertion().sign();
  const Answer signed_in = house.post("token", fields);
  ASSERT_EQ(outcome(signed_in), "200");
  EXPECT_EQ(claim(signed_in.json("access_token"), "azpacr"), "2");
  EXPECT_EQ(try_token(fields), "200");  // clients keep one for as long as it lives
}

TEST_F(TokenTest, BadClientCredentials) {
  const std::string graph = "https://graph.microsoft.com/";
  expect_rows(
      {
          {"good", [](Fields&) {}, "200"},
          {"no grant type", without("grant_type"), "invalid_request 900144"},
          {"grant type empty", with("grant_type", ""), "invalid_request 900144"},
          {"grant type unknown", with("grant_type", "implicit"), "unsupported_grant_type 70003"},
          {"grant type in capitals", with("grant_type", "CLIENT_CREDENTIALS"),
           "unsupported_grant_type 70003"},
          {"password grant switched off", with("grant_type", "password"), "unsupported_grant_type 70003"},
          {"no client", without("client_id"), "invalid_request 900144"},
          {"client no id", with("client_id", "Robot"), "unauthorized_client 700016"},
          {"client unknown", with("client_id", to_string(kAna)), "unauthorized_client 700016"},
          {"client a tenant", [&](Fields& f) { f["client_id"] = to_string(kFabrikam); },
           "unauthorized_client 700016"},
          {"no secret", without("client_secret"), "invalid_client 7000218"},
          {"secret wrong", with("client_secret", "wrong"), "invalid_client 7000215"},
          {"secret's hash",
           [&](Fields& f) { f["client_secret"] = encode_base64url(sha256(house.robot_secret)); },
           "invalid_client 7000215"},
          {"secret cut", [&](Fields& f) { f["client_secret"].pop_back(); }, "invalid_client 7000215"},
          {"secret lengthened", [&](Fields& f) { f["client_secret"] += 'x'; }, "invalid_client 7000215"},
          {"secret of a public client", with("client_id", to_string(kPhone)), "invalid_client 700025"},
          {"public client",
           [](Fields& f) {
             f["client_id"] = to_string(kPhone);
             f.erase("client_secret");
           },
           "invalid_client 7000216"},
          {"secret and assertion", [](Fields& f) { f["client_assertion"] = "x"; }, "invalid_request 90023"},
          {"assertion without type",
           [](Fields& f) {
             f.erase("client_secret");
             f["client_assertion"] = "x";
           },
           "invalid_request 90100"},
          {"no scope", without("scope"), "invalid_request 900144"},
          {"scope no default", with("scope", graph + "Presence.Read.All"), "invalid_scope 1002012"},
          {"scope of an application", with("scope", graph + "Presence.ReadWrite.All"),
           "invalid_scope 1002012"},
          {"scope with openid", with("scope", graph + ".default openid"), "invalid_scope 1002012"},
          {"scope with offline_access", with("scope", graph + ".default offline_access"),
           "invalid_scope 1002012"},
          {"two resources", with("scope", graph + ".default " + to_string(kApi) + "/.default"),
           "invalid_scope 28000"},
          {"resource unknown", with("scope", "https://vault.azure.net/.default"), "invalid_resource 500011"},
          {"resource of nobody", with("scope", to_string(kAna) + "/.default"), "invalid_resource 500011"},
          {"another application", with("scope", "api://" + to_string(kApi) + "/.default"), "200"},
      },
      [&] { return house.robot_credentials(); });
  house.advance(86'400);
  EXPECT_EQ(try_token(house.robot_credentials()), "invalid_client 7000222");
}

TEST_F(TokenTest, BadRequests) {
  const std::string form = "application/x-www-form-urlencoded";
  const std::string good = encode_fields(house.robot_credentials());
  struct RawRow {
    std::string_view name;
    std::string body;
    Fields headers;
    std::string_view expected;
  };
  const RawRow rows[] = {
      {"good", good, {{"Content-Type", form}}, "200"},
      {"no type", good, {}, "invalid_request 90004"},
      {"JSON",
       R"({"grant_type":"client_credentials"})",
       {{"Content-Type", "application/json"}},
       "invalid_request 90004"},
      {"multipart", good, {{"Content-Type", "multipart/form-data"}}, "invalid_request 90004"},
      {"empty", "", {{"Content-Type", form}}, "invalid_request 900144"},
      {"a field twice", good + "&scope=x", {{"Content-Type", form}}, "invalid_request 90023"},
      {"a secret twice", good + "&client_secret=x", {{"Content-Type", form}}, "invalid_request 90023"},
      {"broken escape", good + "&x=%4", {{"Content-Type", form}}, "invalid_request 9002313"},
      {"NUL", good + "&x=%00", {{"Content-Type", form}}, "invalid_request 9002313"},
      {"not UTF-8", good + "&x=%FF", {{"Content-Type", form}}, "invalid_request 9002313"},
      {"too long",
       good + "&x=" + std::string(kFormBytesMax, 'x'),
       {{"Content-Type", form}},
       "invalid_request 9002313"},
      {"basic without a colon",
       good,
       {{"Content-Type", form}, {"Authorization", "Basic YWJj"}},
       "invalid_request 9002313"},
      {"basic not base64",
       good,
       {{"Content-Type", form}, {"Authorization", "Basic a:b"}},
       "invalid_request 9002313"},
      {"basic unpadded",
       good,
       {{"Content-Type", form}, {"Authorization", "Basic YTpiYw"}},
       "invalid_request 9002313"},
      {"basic beside the secret",
       good,
       {{"Content-Type", form}, {"Authorization", "Basic YTpi"}},
       "invalid_request 90023"},
      {"bearer", good, {{"Content-Type", form}, {"Authorization", "Bearer x"}}, "invalid_request 9002313"},
  };
  for (const RawRow& row : rows)
    EXPECT_EQ(outcome(house.post_raw("token", row.body, row.headers)), row.expected) << row.name;
}

TEST_F(TokenTest, BadTenants) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"contoso", "200"},
      {"11111111-1111-4111-8111-111111111111", "200"},
      {"common", "invalid_request 9001023"},
      {"organizations", "invalid_request 9001023"},
      {"consumers", "invalid_request 9002332"},
      {"99999999-9999-4999-8999-999999999999", "invalid_request 90002"},
      {"nobody.example", "invalid_request 90002"},
      {"fabrikam", "unauthorized_client 700016"}};
  for (const auto& [tenant, expected] : rows) {
    house.tenant = tenant;
    EXPECT_EQ(try_token(house.robot_credentials()), expected) << tenant;
  }
  house.tenant = "common";
  Fields shared = house.robot_credentials();
  shared["client_id"] = to_string(kShared);
  EXPECT_EQ(try_token(shared), "invalid_request 9001023");  // which of the two is not said
  const Answer wrong_method = house.get("oauth2/v2.0/token");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.field("Allow"), "POST, OPTIONS");
}

TEST_F(TokenTest, BadAssertions) {
  const auto form = "invalid_client 50027", signature = "invalid_client 700027",
             subject = "invalid_client 50048", audience = "invalid_client 700023",
             times = "invalid_client 700024";
  const std::string base(kBase), contoso = to_string(kContoso);
  const auto set = [](std::string name, std::string json) {
    return [=](Assertion& a) { a.claims[name] = json; };
  };
  const auto head = [](std::string name, std::string json) {
    return [=](Assertion& a) { a.header[name] = json; };
  };
  const auto drop = [](std::string name) {
    return [=](Assertion& a) {
      a.claims.erase(name);
      a.header.erase(name);
    };
  };
  const auto in = [](std::int64_t seconds) { return std::to_string(kNow + seconds); };
  struct AssertionRow {
    std::string_view name;
    std::function<void(Assertion&)> edit;
    std::string_view expected;
  };
  const std::string thumbprint = "\"" + Certificate::parse_pem(robot().pem)->thumbprint + "\"";
  const AssertionRow rows[] = {
      {"good", [](Assertion&) {}, "200"},
      {"RS256 by x5t",
       [&](Assertion& a) {
         a.pss = false;
         a.header = {{"alg", "\"RS256\""}, {"x5t", thumbprint}};
       },
       "200"},
      {"a chain of certificates is passed over", head("x5c", "[\"AAAA\"]"), "200"},
      {"kid is passed over", head("kid", "\"x\""), "200"},
      {"no typ", drop("typ"), "200"},
      {"no nbf", drop("nbf"), "200"},
      {"audience the issuer", set("aud", "\"" + base + "/" + contoso + "/v2.0\""), "200"},
      {"audience in a list", set("aud", "[\"" + base + "/" + contoso + "/oauth2/v2.0/token\"]"), "200"},
      {"none", head("alg", "\"none\""), form},
      {"HS256", head("alg", "\"HS256\""), form},
      {"RS384", head("alg", "\"RS384\""), form},
      {"ES256", head("alg", "\"ES256\""), form},
      {"alg not text", head("alg", "1"), form},
      {"no alg", drop("alg"), form},
      {"RS256 in name, PSS in deed", head("alg", "\"RS256\""), signature},
      {"PSS in name, RS256 in deed", [](Assertion& a) { a.pss = false; }, signature},
      {"typ other", head("typ", "\"at+jwt\""), form},
      {"no thumbprint", drop("x5t#S256"), form},
      {"thumbprint not text", head("x5t#S256", "[]"), form},
      {"thumbprint of another",
       head("x5t#S256", "\"" + Certificate::parse_pem(stranger().pem)->thumbprint256 + "\""), signature},
      {"one thumbprint right, one wrong", head("x5t", "\"AAAA\""), signature},
      {"jku", head("jku", "\"https://evil.example/keys\""), form},
      {"x5u", head("x5u", "\"https://evil.example/cert\""), form},
      {"jwk", head("jwk", "{}"), form},
      {"crit", head("crit", "[]"), form},
      {"zip", head("zip", "\"DEF\""), form},
      {"b64", head("b64", "false"), form},
      {"no issuer", drop("iss"), subject},
      {"issuer another", set("iss", "\"" + to_string(kApi) + "\""), subject},
      {"no subject", drop("sub"), subject},
      {"subject another", set("sub", "\"" + to_string(kApi) + "\""), subject},
      {"subject not text", set("sub", "1"), form},
      {"no audience", drop("aud"), audience},
      {"audience another host", set("aud", "\"https://evil.example/" + contoso + "/oauth2/v2.0/token\""),
       audience},
      {"audience the real service",
       set("aud", "\"https://login.microsoftonline.com/" + contoso + "/oauth2/v2.0/token\""), audience},
      {"audience another tenant",
       set("aud", "\"" + base + "/" + to_string(kFabrikam) + "/oauth2/v2.0/token\""), audience},
      {"audience with a slash behind", set("aud", "\"" + base + "/" + contoso + "/oauth2/v2.0/token/\""),
       audience},
      {"two audiences", set("aud", "[\"" + base + "/" + contoso + "/v2.0\",\"x\"]"), audience},
      {"audience not text", set("aud", "7"), form},
      {"no id", drop("jti"), form},
      {"id empty", set("jti", "\"\""), form},
      {"id not text", set("jti", "5"), form},
      {"id as long as may be", set("jti", "\"" + std::string(kAssertionIdBytesMax, 'x') + "\""), "200"},
      {"id too long", set("jti", "\"" + std::string(kAssertionIdBytesMax + 1, 'x') + "\""), form},
      {"no end", drop("exp"), times},
      {"over, within the leeway", set("exp", in(-299)), "200"},
      {"over", set("exp", in(-300)), times},
      {"not yet, within the leeway", set("nbf", in(300)), "200"},
      {"not yet", set("nbf", in(301)), times},
      {"made in the future", set("iat", in(301)), times},
      {"lives an hour", set("exp", in(3600 + 300)), "200"},
      {"lives too long", set("exp", in(3600 + 301)), times},
      {"end not a number", set("exp", "\"tomorrow\""), form},
      {"end beyond all time", set("exp", "1e30"), form},
      {"a claim twice", set("x\":1,\"x", "2"), form},
  };
  for (const AssertionRow& row : rows) {
    Assertion assertion;
    row.edit(assertion);
    Fields fields = house.robot_credentials();
    fields.erase("client_secret");
    fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    fields["client_assertion"] = assertion.sign();
    EXPECT_EQ(try_token(fields), row.expected) << row.name;
  }
  Fields fields = house.robot_credentials();
  fields.erase("client_secret");
  fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const std::string good = Assertion().sign();
  std::string other_payload = Assertion().sign();
  other_payload.replace(other_payload.find('.') + 1, 4, "eyJh");
  const std::pair<std::string, std::string> texts[] = {{Assertion().sign(stranger()), signature},
                                                       {"", "invalid_client 7000218"},
                                                       {"x", form},
                                                       {"a.b.c", form},
                                                       {good.substr(0, good.rfind('.') + 1), form},
                                                       {good.substr(0, good.rfind('.')), form},
                                                       {good + "=", form},
                                                       {good + ".x", form},
                                                       {std::string(17 * 1024, 'A'), form}};
  for (const auto& [text, expected] : texts) {
    fields["client_assertion"] = text;
    EXPECT_EQ(try_token(fields), expected) << text.substr(0, 30);
  }
}

TEST_F(TokenTest, AnAssertionOfACertificateThatIsOverIsNone) {
  house.advance(30 * 86'400);
  Assertion assertion;
  assertion.claims["nbf"] = std::to_string(kNow + 30 * 86'400);
  assertion.claims["exp"] = std::to_string(kNow + 30 * 86'400 + 600);
  Fields fields = house.robot_credentials();
  fields.erase("client_secret");
  fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  fields["client_assertion"] = assertion.sign();
  EXPECT_EQ(try_token(fields), "invalid_client 700027");
}

TEST_F(TokenTest, ACodeGivesTokens) {
  Fields fields = house.redeem_fields();
  fields["client_info"] = "1";
  const Answer answer = house.post("token", fields);
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(answer.json("scope"), "Presence.Read openid profile offline_access");
  const auto caller = house.verify(answer.json("access_token"), std::string(kGraphId));
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
  // An ID token is no access token.
  EXPECT_FALSE(house.verify(id, std::string(kGraphId)).has_value());
}

TEST_F(TokenTest, WhatIsNotAskedForIsNotGiven) {
  const Answer answer = house.post("token", house.redeem_fields(kPhone, "Presence.Read"));
  ASSERT_EQ(outcome(answer), "200");
  for (const char* name : {"id_token", "refresh_token", "client_info"})
    EXPECT_EQ(answer.json(name), "") << name;
  const Answer only_id = house.post("token", house.redeem_fields(kPhone, "openid"));
  ASSERT_EQ(outcome(only_id), "200");
  EXPECT_EQ(claim(only_id.json("id_token"), "preferred_username"), "");
  EXPECT_EQ(house.verify(only_id.json("access_token"), std::string(kGraphId))->permissions, 0U);
}

TEST_F(TokenTest, BadCodes) {
  expect_rows(
      {
          {"good", [](Fields&) {}, "200"},
          {"no code", without("code"), "invalid_request 900144"},
          {"no redirect", without("redirect_uri"), "invalid_request 900144"},
          {"no verifier", without("code_verifier"), "invalid_request 900144"},
          {"code unknown", with("code", "x"), "invalid_grant 70008"},
          {"code cut", [](Fields& f) { f["code"].pop_back(); }, "invalid_grant 70008"},
          {"verifier wrong", with("code_verifier", std::string(43, 'w')), "invalid_grant 501481"},
          {"verifier the challenge", with("code_verifier", encode_base64url(sha256(kVerifierText))),
           "invalid_grant 501481"},
          {"verifier too short", with("code_verifier", std::string(42, 'v')), "invalid_grant 501481"},
          {"verifier too long", with("code_verifier", std::string(129, 'v')), "invalid_grant 501481"},
          {"redirect another of its own", with("redirect_uri", "http://localhost"), "invalid_grant 500112"},
          {"redirect another", with("redirect_uri", "https://evil.example/"), "invalid_grant 500112"},
          {"another client's",
           [&](Fields& f) {
             f["client_id"] = to_string(kRobot);
             f["client_secret"] = house.robot_secret;
           },
           "invalid_grant 700005"},
          {"a secret", with("client_secret", "x"), "invalid_client 700025"},
          {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
          {"scope unknown", with("scope", "Presence.Fly"), "invalid_scope 70011"},
          {"scope narrower", with("scope", "Presence.Read"), "200"},
      },
      [&] { return house.redeem_fields(); });
  const Fields late = house.redeem_fields();
  house.advance(600);
  EXPECT_EQ(try_token(late), "invalid_grant 70008");
}

TEST_F(TokenTest, ACodeTwiceKillsWhatItGave) {
  const Fields fields = house.redeem_fields();
  const Answer first = house.post("token", fields);
  EXPECT_EQ(try_token(fields), "invalid_grant 54005");
  EXPECT_EQ(try_token(refresh_fields(first.json("refresh_token"))), "invalid_grant 50173");
}

TEST_F(TokenTest, ACodeForSomebodyWhoIsGone) {
  const Fields fields = house.redeem_fields();
  house.directory.users_.clear();
  EXPECT_EQ(try_token(fields), "invalid_grant 50173");
}

TEST_F(TokenTest, RefreshTokensRotateAndTheirFamilyDiesOfReuse) {
  const std::string first = house.post("token", house.redeem_fields()).json("refresh_token");
  house.advance(3600);
  const Answer second = house.post("token", refresh_fields(first));
  ASSERT_EQ(outcome(second), "200") << second.body;
  EXPECT_EQ(second.json("scope"), "Presence.Read openid profile offline_access");
  EXPECT_TRUE(house.verify(second.json("access_token"), std::string(kGraphId)).has_value());
  EXPECT_EQ(claim(second.json("id_token"), "nonce"), "");
  EXPECT_EQ(try_token(refresh_fields(first)), "invalid_grant 50173");
  EXPECT_EQ(try_token(refresh_fields(second.json("refresh_token"))), "invalid_grant 50173");
}

TEST_F(TokenTest, BadRefreshTokens) {
  std::string token = house.post("token", house.redeem_fields()).json("refresh_token");
  expect_rows(
      {
          {"none", without("refresh_token"), "invalid_request 900144"},
          {"no token of ours", with("refresh_token", "x"), "invalid_grant 70000"},
          {"cut", [](Fields& f) { f["refresh_token"].pop_back(); }, "invalid_grant 70000"},
          {"changed", [](Fields& f) { f["refresh_token"][0] ^= 1; }, "invalid_grant 70000"},
          {"an access token",
           [&](Fields& f) {
             f["refresh_token"] = house.post("token", house.robot_credentials()).json("access_token");
           },
           "invalid_grant 70000"},
          {"another client's",
           [&](Fields& f) {
             f["client_id"] = to_string(kRobot);
             f["client_secret"] = house.robot_secret;
           },
           "invalid_grant 700005"},
          {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
          {"scope unknown", with("scope", "x y"), "invalid_scope 70011"},
          {"resource unknown", with("scope", to_string(kBen) + "/x"), "invalid_resource 500011"},
          {"good after all that", [](Fields&) {}, "200"},
      },
      [&] { return refresh_fields(token); });
}

TEST_F(TokenTest, RefreshTokensEnd) {
  const auto fresh = [&] {
    return refresh_fields(house.post("token", house.redeem_fields()).json("refresh_token"));
  };
  const Fields unused = fresh();
  house.advance(90 * 86'400);
  EXPECT_EQ(try_token(unused), "invalid_grant 700082");

  const Fields before = fresh();
  house.advance(1);
  ASSERT_TRUE(
      house.authority->vault().set_password(kContoso, kAna, "another horse", house.now()).has_value());
  EXPECT_EQ(try_token(before), "invalid_grant 50173");  // a new password ends what the old one began
}

TEST_F(TokenTest, NothingIsGivenThatTheStoreDoesNotKeep) {
  const Fields fields = house.redeem_fields();
  house.store.fail(true);
  const Answer answer = house.post("token", fields);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(outcome(answer), "temporarily_unavailable 90033");
}

TEST_F(TokenTest, ADeviceGetsTokensWhenSomebodySaysYes) {
  const Fields fields = device_fields();
  EXPECT_EQ(try_token(fields), "authorization_pending 70016");
  EXPECT_EQ(house.walk_through("deviceauth", {{"user_code", user_code}}).status, 200);
  house.advance(5);
  const Answer answer = house.post("token", fields);
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  EXPECT_EQ(house.verify(answer.json("access_token"), std::string(kGraphId))->user, kAna);
  EXPECT_EQ(try_token(fields), "expired_token 70020");
}

TEST_F(TokenTest, BadDeviceCodes) {
  expect_rows(
      {
          {"pending", [](Fields&) {}, "authorization_pending 70016"},
          {"pending, in the older spelling",
           [](Fields& f) {
             f["grant_type"] = "device_code";
             f["code"] = f["device_code"];
             f.erase("device_code");
           },
           "authorization_pending 70016"},
          {"none", without("device_code"), "invalid_request 900144"},
          {"unknown", with("device_code", "x"), "expired_token 70020"},
          {"the user's", [&](Fields& f) { f["device_code"] = user_code; }, "expired_token 70020"},
          {"another client's",
           [&](Fields& f) {
             f["client_id"] = to_string(kRobot);
             f["client_secret"] = house.robot_secret;
           },
           "invalid_grant 700005"},
      },
      [&] { return device_fields(); });
  const Fields fields = device_fields();
  EXPECT_EQ(try_token(fields), "authorization_pending 70016");
  EXPECT_EQ(try_token(fields), "slow_down 70016");
  house.advance(900);
  EXPECT_EQ(try_token(fields), "expired_token 70020");
  const std::pair<Fields, std::string_view> starts[] = {
      {{{"scope", "Presence.Read"}}, "invalid_request 900144"},
      {{{"client_id", to_string(kPhone)}}, "invalid_request 900144"},
      {{{"client_id", to_string(kAna)}, {"scope", "Presence.Read"}}, "unauthorized_client 700016"},
      {{{"client_id", to_string(kPhone)}, {"scope", "Presence.Fly"}}, "invalid_scope 70011"}};
  for (const auto& [start, expected] : starts) EXPECT_EQ(outcome(house.post("devicecode", start)), expected);
}

TEST_F(TokenTest, AnApplicationActsOnBehalfOfAPerson) {
  const Answer answer = house.post("token", behalf_fields(token_for_api()));
  ASSERT_EQ(outcome(answer), "200") << answer.body;
  const auto caller = house.verify(answer.json("access_token"), std::string(kGraphId));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->user, kAna);
  EXPECT_EQ(caller->app, kApi);
  EXPECT_EQ(caller->granted, "Presence.Read");
}

TEST_F(TokenTest, BadOnBehalfOf) {
  const std::string token = token_for_api();
  Fields app_only = house.robot_credentials();
  app_only["scope"] = to_string(kApi) + "/.default";
  const std::string of_app = house.post("token", app_only).json("access_token");
  const std::string for_graph = house.post("token", house.redeem_fields()).json("access_token");
  const std::string id_token = house.post("token", house.redeem_fields(kApi, "openid")).json("id_token");
  std::string unsigned_token = encode_base64url(R"({"alg":"none"})") + token.substr(token.find('.'));
  std::string broken = token;
  broken[broken.size() - 10] = broken[broken.size() - 10] == 'A' ? 'B' : 'A';
  expect_rows(
      {
          {"good", [](Fields&) {}, "200"},
          {"no assertion", without("assertion"), "invalid_request 900144"},
          {"no use", without("requested_token_use"), "invalid_request 900144"},
          {"another use", with("requested_token_use", "x"), "invalid_request 90100"},
          {"no scope", without("scope"), "invalid_request 900144"},
          {"no secret", without("client_secret"), "invalid_client 7000218"},
          {"a public client",
           [](Fields& f) {
             f["client_id"] = to_string(kPhone);
             f.erase("client_secret");
           },
           "invalid_client 7000216"},
          {"a token for Graph", with("assertion", for_graph), "invalid_grant 50013"},
          {"a token of an application", with("assertion", of_app), "unauthorized_client 7000114"},
          {"a token for another", with("client_id", to_string(kRobot)), "invalid_grant 500131"},
          {"no token", with("assertion", "x"), "invalid_grant 50013"},
          {"not signed", with("assertion", unsigned_token), "invalid_grant 50013"},
          {"signature broken", with("assertion", broken), "invalid_grant 50013"},
          {"an ID token", with("assertion", id_token), "invalid_grant 50013"},
          {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
          {"scope unknown", with("scope", "Presence.Fly"), "invalid_scope 70011"},
      },
      [&] { return behalf_fields(token); });
  house.advance(3600 + 300);
  EXPECT_EQ(try_token(behalf_fields(token)), "invalid_grant 500133");
  const std::string fresh = token_for_api();
  house.directory.users_.clear();
  EXPECT_EQ(try_token(behalf_fields(fresh)), "invalid_grant 50013");
}

class PasswordTest : public TokenTest {
 protected:
  PasswordTest() : TokenTest(true) {}
  Fields fields() {
    return {{"grant_type", "password"},
            {"client_id", to_string(kPhone)},
            {"username", std::string(kAnaUpn)},
            {"password", std::string(kPasswordText)},
            {"scope", "Presence.Read"}};
  }
};

TEST_F(PasswordTest, IsTakenWhereItIsSwitchedOn) {
  expect_rows(
      {
          {"good", [](Fields&) {}, "200"},
          {"name in capitals", with("username", "ANA@CONTOSO.COM"), "200"},
          {"no name", without("username"), "invalid_request 900144"},
          {"no password", without("password"), "invalid_request 900144"},
          {"no scope", without("scope"), "invalid_request 900144"},
          {"password wrong", with("password", "wrong horse"), "invalid_grant 50126"},
          {"nobody", with("username", "nobody@contoso.com"), "invalid_grant 50126"},
          {"somebody without a password", with("username", "ben@contoso.com"), "invalid_grant 50126"},
          {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
      },
      [&] { return fields(); });
}

TEST_F(PasswordTest, LocksWhoIsThereAndWhoIsNotAlike) {
  for (const char* name : {"ana@contoso.com", "nobody@contoso.com"}) {
    Fields wrong = fields();
    wrong["username"] = name;
    wrong["password"] = "wrong horse";
    for (std::uint32_t i = 0; i < kFailuresFree; ++i) EXPECT_EQ(try_token(wrong), "invalid_grant 50126");
    EXPECT_EQ(try_token(wrong), "invalid_grant 50053") << name;
  }
  EXPECT_EQ(try_token(fields()), "invalid_grant 50053");
  house.advance(60);
  EXPECT_EQ(try_token(fields()), "200");
}

TEST_F(TokenTest, EnvelopeIsEntras) {
  const Answer answer = house.post("token", {}, {{"client-request-id", to_string(kAna)}});
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

TEST_F(TokenTest, RefusalsRepeatNothingOfTheRequest) {
  Fields fields = house.robot_credentials();
  for (const char* name : {"grant_type", "client_id", "client_secret", "scope"}) {
    Fields bad = fields;
    bad[name] = "M4RKER";
    EXPECT_EQ(house.post("token", bad).body.find("M4RKER"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace porchlight::authority
