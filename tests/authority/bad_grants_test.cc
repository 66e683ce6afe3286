// Invalid requests to the token endpoint, each with a single fault, with the standard's error code and Entra's number;
// beside them valid requests at the same limits.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "authority/assertion.h"
#include "authority/grants.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

using namespace testing;

struct Case {
  std::string name;
  std::function<Answer(TestServer&)> attempt;
  std::string expected;
  bool leaves_no_trace = false;  // the server can be reused: signing in is slow
};
using Cases = std::vector<Case>;

// A change to valid fields.
struct Change {
  std::string_view name;
  std::function<void(Fields&, TestServer&)> edit;
  std::string_view expected;
};

Cases changed(const std::function<Fields(TestServer&)>& good, const std::vector<Change>& changes) {
  Cases cases;
  for (const Change& change : changes) {
    cases.push_back({std::string(change.name),
                     [good, edit = change.edit](TestServer& server) {
                       Fields fields = good(server);
                       edit(fields, server);
                       return server.post("token", fields);
                     },
                     std::string(change.expected), true});
  }
  return cases;
}

void as_it_is(Fields&, TestServer&) {}
std::function<void(Fields&, TestServer&)> without(std::string name) {
  return [name](Fields& f, TestServer&) { f.erase(name); };
}
std::function<void(Fields&, TestServer&)> with(std::string name, std::string value) {
  return [=](Fields& f, TestServer&) { f[name] = value; };
}
void as_the_robot(Fields& f, TestServer& server) {
  f["client_id"] = to_string(kRobot);
  f["client_secret"] = server.robot_secret;
}

Cases client_cases() {
  const std::string graph = "https://graph.microsoft.com/";
  Cases cases = changed(
      [](TestServer& server) { return server.robot_credentials(); },
      {
          {"good", as_it_is, "200"},
          {"no grant type", without("grant_type"), "invalid_request 900144"},
          {"grant type empty", with("grant_type", ""), "invalid_request 900144"},
          {"grant type unknown", with("grant_type", "implicit"), "unsupported_grant_type 70003"},
          {"grant type in capitals", with("grant_type", "CLIENT_CREDENTIALS"),
           "unsupported_grant_type 70003"},
          {"password grant switched off", with("grant_type", "password"), "unsupported_grant_type 70003"},
          {"no client", without("client_id"), "invalid_request 900144"},
          {"client not a GUID", with("client_id", "Robot"), "unauthorized_client 700016"},
          {"client unknown", with("client_id", to_string(kAna)), "unauthorized_client 700016"},
          {"client a tenant", [](Fields& f, TestServer&) { f["client_id"] = to_string(kFabrikam); },
           "unauthorized_client 700016"},
          {"no secret", without("client_secret"), "invalid_client 7000218"},
          {"secret wrong", with("client_secret", "wrong"), "invalid_client 7000215"},
          {"secret's hash",
           [](Fields& f, TestServer& server) {
             f["client_secret"] = encode_base64url(sha256(server.robot_secret));
           },
           "invalid_client 7000215"},
          {"secret cut", [](Fields& f, TestServer&) { f["client_secret"].pop_back(); },
           "invalid_client 7000215"},
          {"secret lengthened", [](Fields& f, TestServer&) { f["client_secret"] += 'x'; },
           "invalid_client 7000215"},
          {"secret of a public client", with("client_id", to_string(kPhone)), "invalid_client 700025"},
          {"public client",
           [](Fields& f, TestServer&) {
             f["client_id"] = to_string(kPhone);
             f.erase("client_secret");
           },
           "invalid_client 7000216"},
          {"secret and assertion", [](Fields& f, TestServer&) { f["client_assertion"] = "x"; },
           "invalid_request 90023"},
          {"assertion without type",
           [](Fields& f, TestServer&) {
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
          {"resource without an application", with("scope", to_string(kAna) + "/.default"),
           "invalid_resource 500011"},
          {"another application", with("scope", "api://" + to_string(kApi) + "/.default"), "200"},
      });
  cases.push_back({"secret expired",
                   [](TestServer& server) {
                     server.advance(86'400);
                     return server.post("token", server.robot_credentials());
                   },
                   "invalid_client 7000222"});
  return cases;
}

Cases request_cases() {
  const std::string form = "application/x-www-form-urlencoded";
  struct RawRow {
    std::string_view name;
    std::string more;
    Fields headers;
    std::string_view expected;
  };
  const RawRow rows[] = {
      {"good", "", {{"Content-Type", form}}, "200"},
      {"no type", "", {}, "200"},
      {"type empty", "", {{"Content-Type", ""}}, "200"},
      {"type with parameters", "", {{"Content-Type", form + " ; charset=utf-8"}}, "200"},
      {"type in capitals", "", {{"Content-Type", "APPLICATION/X-WWW-FORM-URLENCODED"}}, "200"},
      {"text", "", {{"Content-Type", "text/plain"}}, "invalid_request 90004"},
      {"type cut", "", {{"Content-Type", "application/x-www-form"}}, "invalid_request 90004"},
      {"type lengthened", "", {{"Content-Type", form + "x"}}, "invalid_request 90004"},
      {"no type, a field twice", "&scope=x", {}, "invalid_request 90023"},
      {"no type, broken escape", "&x=%4", {}, "invalid_request 9002313"},
      {"JSON", "", {{"Content-Type", "application/json"}}, "invalid_request 90004"},
      {"multipart", "", {{"Content-Type", "multipart/form-data"}}, "invalid_request 90004"},
      {"a field twice", "&scope=x", {{"Content-Type", form}}, "invalid_request 90023"},
      {"a secret twice", "&client_secret=x", {{"Content-Type", form}}, "invalid_request 90023"},
      {"broken escape", "&x=%4", {{"Content-Type", form}}, "invalid_request 9002313"},
      {"NUL", "&x=%00", {{"Content-Type", form}}, "invalid_request 9002313"},
      {"not UTF-8", "&x=%FF", {{"Content-Type", form}}, "invalid_request 9002313"},
      {"too long",
       "&x=" + std::string(kFormBytesMax, 'x'),
       {{"Content-Type", form}},
       "invalid_request 9002313"},
      {"basic without a colon",
       "",
       {{"Content-Type", form}, {"Authorization", "Basic YWJj"}},
       "invalid_request 9002313"},
      {"basic not base64",
       "",
       {{"Content-Type", form}, {"Authorization", "Basic a:b"}},
       "invalid_request 9002313"},
      {"basic unpadded",
       "",
       {{"Content-Type", form}, {"Authorization", "Basic YTpiYw"}},
       "invalid_request 9002313"},
      {"basic beside the secret",
       "",
       {{"Content-Type", form}, {"Authorization", "Basic YTpi"}},
       "invalid_request 90023"},
      {"bearer", "", {{"Content-Type", form}, {"Authorization", "Bearer x"}}, "invalid_request 9002313"},
  };
  Cases cases;
  for (const RawRow& row : rows) {
    cases.push_back({std::string(row.name),
                     [row](TestServer& server) {
                       return server.post_raw("token", encode_fields(server.robot_credentials()) + row.more,
                                              row.headers);
                     },
                     std::string(row.expected)});
  }
  return cases;
}

Cases tenant_cases() {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"contoso", "200"},
      {"11111111-1111-4111-8111-111111111111", "200"},
      {"common", "invalid_request 9001023"},
      {"organizations", "invalid_request 9001023"},
      {"consumers", "invalid_request 9002332"},
      {"99999999-9999-4999-8999-999999999999", "invalid_request 90002"},
      {"nobody.example", "invalid_request 90002"},
      {"fabrikam", "unauthorized_client 700016"}};
  Cases cases;
  for (const auto& [tenant, expected] : rows) {
    cases.push_back({std::string(tenant),
                     [name = tenant](TestServer& server) {
                       server.tenant = name;
                       return server.post("token", server.robot_credentials());
                     },
                     std::string(expected)});
  }
  cases.push_back({"common, application in two tenants",  // the tenant is ambiguous
                   [](TestServer& server) {
                     server.tenant = "common";
                     Fields shared = server.robot_credentials();
                     shared["client_id"] = to_string(kShared);
                     return server.post("token", shared);
                   },
                   "invalid_request 9001023"});
  return cases;
}

Cases assertion_cases() {
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
  struct Row {
    std::string_view name;
    std::function<void(Assertion&)> edit;
    std::string_view expected;
  };
  const std::string thumbprint = "\"" + ClientCertificate::parse_pem(robot().pem)->thumbprint + "\"";
  const std::vector<Row> rows = {
      {"good", [](Assertion&) {}, "200"},
      {"RS256 by x5t",
       [&](Assertion& a) {
         a.pss = false;
         a.header = {{"alg", "\"RS256\""}, {"x5t", thumbprint}};
       },
       "200"},
      {"a chain of certificates is ignored", head("x5c", "[\"AAAA\"]"), "200"},
      {"kid is ignored", head("kid", "\"x\""), "200"},
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
      {"alg RS256, signature PSS", head("alg", "\"RS256\""), signature},
      {"alg PS256, signature PKCS1", [](Assertion& a) { a.pss = false; }, signature},
      {"typ other", head("typ", "\"at+jwt\""), form},
      {"no thumbprint", drop("x5t#S256"), form},
      {"thumbprint not text", head("x5t#S256", "[]"), form},
      {"thumbprint of another",
       head("x5t#S256", "\"" + ClientCertificate::parse_pem(stranger().pem)->thumbprint256 + "\""),
       signature},
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
      {"id of the maximum length", set("jti", "\"" + std::string(kAssertionIdBytesMax, 'x') + "\""), "200"},
      {"id too long", set("jti", "\"" + std::string(kAssertionIdBytesMax + 1, 'x') + "\""), form},
      {"no end", drop("exp"), times},
      {"expired, within the leeway", set("exp", in(-299)), "200"},
      {"expired", set("exp", in(-300)), times},
      {"not yet, within the leeway", set("nbf", in(300)), "200"},
      {"not yet", set("nbf", in(301)), times},
      {"made in the future", set("iat", in(301)), times},
      {"lives an hour", set("exp", in(3600 + 300)), "200"},
      {"lives too long", set("exp", in(3600 + 301)), times},
      {"end not a number", set("exp", "\"tomorrow\""), form},
      {"end out of range", set("exp", "1e30"), form},
      {"a claim twice", set("x\":1,\"x", "2"), form},
  };
  Cases cases;
  const auto add = [&](std::string_view name, std::string text, std::string_view expected) {
    cases.push_back(
        {std::string(name),
         [text](TestServer& server) { return server.post("token", assertion_fields(server, text)); },
         std::string(expected)});
  };
  for (const Row& row : rows) {
    Assertion assertion;
    row.edit(assertion);
    add(row.name, assertion.sign(), row.expected);
  }
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
  for (const auto& [text, expected] : texts)
    add(text.substr(0, 30) + std::to_string(text.size()), text, expected);
  cases.push_back({"certificate expired",
                   [](TestServer& server) {
                     server.advance(30 * 86'400);
                     Assertion assertion;
                     assertion.claims["nbf"] = std::to_string(kNow + 30 * 86'400);
                     assertion.claims["exp"] = std::to_string(kNow + 30 * 86'400 + 600);
                     return server.post("token", assertion_fields(server, assertion.sign()));
                   },
                   signature});
  return cases;
}

Cases code_cases() {
  Cases cases = changed(
      [](TestServer& server) { return server.redeem_fields(); },
      {
          {"good", as_it_is, "200"},
          {"no code", without("code"), "invalid_request 900144"},
          {"no redirect", without("redirect_uri"), "invalid_request 900144"},
          {"no verifier", without("code_verifier"), "invalid_request 900144"},
          {"code unknown", with("code", "x"), "invalid_grant 70008"},
          {"code cut", [](Fields& f, TestServer&) { f["code"].pop_back(); }, "invalid_grant 70008"},
          {"verifier wrong", with("code_verifier", std::string(43, 'w')), "invalid_grant 501481"},
          {"verifier the challenge", with("code_verifier", encode_base64url(sha256(kVerifierText))),
           "invalid_grant 501481"},
          {"verifier too short", with("code_verifier", std::string(42, 'v')), "invalid_grant 501481"},
          {"verifier too long", with("code_verifier", std::string(129, 'v')), "invalid_grant 501481"},
          {"redirect another of its own", with("redirect_uri", "http://localhost"), "invalid_grant 500112"},
          {"redirect another", with("redirect_uri", "https://evil.example/"), "invalid_grant 500112"},
          {"another client's", as_the_robot, "invalid_grant 700005"},
          {"a secret", with("client_secret", "x"), "invalid_client 700025"},
          {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
          {"scope unknown", with("scope", "Presence.Fly"), "invalid_scope 70011"},
          {"scope narrower", with("scope", "Presence.Read"), "200"},
      });
  cases.push_back({"a second time",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     EXPECT_EQ(server.post("token", fields).status, 200);
                     return server.post("token", fields);
                   },
                   "invalid_grant 54005"});
  cases.push_back({"after a try with the wrong verifier",
                   [](TestServer& server) {
                     const Fields good = server.redeem_fields();
                     Fields bad = good;
                     bad["code_verifier"] = std::string(43, 'w');
                     server.post("token", bad);
                     return server.post("token", good);
                   },
                   "invalid_grant 54005"});
  cases.push_back({"refresh token of a code that was redeemed twice",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     const Answer first = server.post("token", fields);
                     server.post("token", fields);
                     return server.post("token", refresh_fields(first.json("refresh_token")));
                   },
                   "invalid_grant 50173"});
  cases.push_back({"at the last moment",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     server.advance(599);
                     return server.post("token", fields);
                   },
                   "200"});
  cases.push_back({"too late",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     server.advance(600);
                     return server.post("token", fields);
                   },
                   "invalid_grant 70008"});
  cases.push_back({"in another tenant",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     server.tenant = "fabrikam";
                     return server.post("token", fields);
                   },
                   "unauthorized_client 700016"});
  cases.push_back({"user deleted",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     server.directory.users_.clear();
                     return server.post("token", fields);
                   },
                   "invalid_grant 50173"});
  cases.push_back({"user revoked",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     server.directory.revoked_[kAna] = server.now();
                     return server.post("token", fields);
                   },
                   "invalid_grant 50173"});
  cases.push_back({"application revoked",
                   [](TestServer& server) {
                     const Fields fields = server.redeem_fields();
                     server.directory.revoked_[kPhone] = server.now();
                     return server.post("token", fields);
                   },
                   "invalid_grant 50173"});
  cases.push_back({"begun after a revocation",
                   [](TestServer& server) {
                     server.directory.revoked_[kAna] = server.now();
                     server.advance(1);
                     return server.post("token", server.redeem_fields());
                   },
                   "200"});
  cases.push_back(
      {"from before a new password",
       [](TestServer& server) {
         const Fields fields = server.redeem_fields();
         server.advance(1);
         EXPECT_TRUE(server.stores.credentials.set_password(kContoso, kAna, "another horse", server.now()));
         return server.post("token", fields);
       },
       "invalid_grant 50173"});
  return cases;
}

Cases refresh_cases() {
  Cases cases = changed(
      [](TestServer& server) { return refresh_fields(refresh_token(server)); },
      {
          {"none", without("refresh_token"), "invalid_request 900144"},
          {"not a token", with("refresh_token", "x"), "invalid_grant 70000"},
          {"cut", [](Fields& f, TestServer&) { f["refresh_token"].pop_back(); }, "invalid_grant 70000"},
          {"changed", [](Fields& f, TestServer&) { f["refresh_token"][0] ^= 1; }, "invalid_grant 70000"},
          {"an access token",
           [](Fields& f, TestServer& server) {
             f["refresh_token"] = server.post("token", server.robot_credentials()).json("access_token");
           },
           "invalid_grant 70000"},
          {"another client's", as_the_robot, "invalid_grant 700005"},
          {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
          {"scope unknown", with("scope", "x y"), "invalid_scope 70011"},
          {"resource unknown", with("scope", to_string(kBen) + "/x"), "invalid_resource 500011"},
          {"valid after these errors", as_it_is, "200"},
      });
  cases.push_back({"a second time",
                   [](TestServer& server) {
                     const Fields fields = refresh_fields(refresh_token(server));
                     EXPECT_EQ(server.post("token", fields).status, 200);
                     return server.post("token", fields);
                   },
                   "invalid_grant 50173"});
  cases.push_back({"successor of a reused token",
                   [](TestServer& server) {
                     const Fields fields = refresh_fields(refresh_token(server));
                     const std::string next = server.post("token", fields).json("refresh_token");
                     server.post("token", fields);
                     return server.post("token", refresh_fields(next));
                   },
                   "invalid_grant 50173"});
  cases.push_back({"the last day",
                   [](TestServer& server) {
                     const Fields fields = refresh_fields(refresh_token(server));
                     server.advance(90 * 86'400 - 1);
                     return server.post("token", fields);
                   },
                   "200"});
  cases.push_back({"user revoked",
                   [](TestServer& server) {
                     const Fields fields = refresh_fields(refresh_token(server));
                     server.directory.revoked_[kAna] = server.now();
                     return server.post("token", fields);
                   },
                   "invalid_grant 50173"});
  cases.push_back({"application revoked",
                   [](TestServer& server) {
                     const Fields fields = refresh_fields(refresh_token(server));
                     server.directory.revoked_[kPhone] = server.now();
                     return server.post("token", fields);
                   },
                   "invalid_grant 50173"});
  cases.push_back({"begun after a revocation",
                   [](TestServer& server) {
                     server.directory.revoked_[kAna] = server.now();
                     server.advance(1);
                     return server.post("token", refresh_fields(refresh_token(server)));
                   },
                   "200"});
  cases.push_back({"unused for ninety days",
                   [](TestServer& server) {
                     const Fields fields = refresh_fields(refresh_token(server));
                     server.advance(90 * 86'400);
                     return server.post("token", fields);
                   },
                   "invalid_grant 700082"});
  cases.push_back(
      {"from before a new password",
       [](TestServer& server) {
         const Fields fields = refresh_fields(refresh_token(server));
         server.advance(1);
         EXPECT_TRUE(server.stores.credentials.set_password(kContoso, kAna, "another horse", server.now()));
         return server.post("token", fields);
       },
       "invalid_grant 50173"});
  return cases;
}

Cases device_cases() {
  Cases cases =
      changed([](TestServer& server) { return start_device(server).fields; },
              {
                  {"pending", as_it_is, "authorization_pending 70016"},
                  {"pending, in the older spelling",
                   [](Fields& f, TestServer&) {
                     f["grant_type"] = "device_code";
                     f["code"] = f["device_code"];
                     f.erase("device_code");
                   },
                   "authorization_pending 70016"},
                  {"none", without("device_code"), "invalid_request 900144"},
                  {"unknown", with("device_code", "x"), "expired_token 70020"},
                  {"the user's",
                   [](Fields& f, TestServer& server) { f["device_code"] = start_device(server).user_code; },
                   "expired_token 70020"},
                  {"another client's", as_the_robot, "invalid_grant 700005"},
              });
  cases.push_back({"too often",
                   [](TestServer& server) {
                     const Fields fields = start_device(server).fields;
                     EXPECT_EQ(outcome(server.post("token", fields)), "authorization_pending 70016");
                     return server.post("token", fields);
                   },
                   "slow_down 70016"});
  cases.push_back({"too late",
                   [](TestServer& server) {
                     const Fields fields = start_device(server).fields;
                     server.advance(900);
                     return server.post("token", fields);
                   },
                   "expired_token 70020"});
  cases.push_back({"a second time",
                   [](TestServer& server) {
                     const DeviceAsk ask = start_device(server);
                     server.walk_through("deviceauth", {{"user_code", ask.user_code}});
                     EXPECT_EQ(server.post("token", ask.fields).status, 200);
                     return server.post("token", ask.fields);
                   },
                   "expired_token 70020"});
  for (const auto& [name, subject] :
       {std::pair("user revoked", kAna), std::pair("application revoked", kPhone)})
    cases.push_back({name,
                     [subject](TestServer& server) {
                       const DeviceAsk ask = start_device(server);
                       server.walk_through("deviceauth", {{"user_code", ask.user_code}});
                       server.directory.revoked_[subject] = server.now();
                       return server.post("token", ask.fields);
                     },
                     "invalid_grant 50173"});
  const std::tuple<const char*, Fields, const char*> starts[] = {
      {"starting without a client", {{"scope", "Presence.Read"}}, "invalid_request 900144"},
      {"starting without a scope", {{"client_id", to_string(kPhone)}}, "invalid_request 900144"},
      {"starting with an unknown client",
       {{"client_id", to_string(kAna)}, {"scope", "Presence.Read"}},
       "unauthorized_client 700016"},
      {"starting with an unknown scope",
       {{"client_id", to_string(kPhone)}, {"scope", "Presence.Fly"}},
       "invalid_scope 70011"}};
  for (const auto& [name, start, expected] : starts)
    cases.push_back(
        {name, [fields = start](TestServer& server) { return server.post("devicecode", fields); }, expected});
  return cases;
}

Cases behalf_cases() {
  const auto good = [](TestServer& server) { return behalf_fields(server, token_for_api(server)); };
  Cases cases =
      changed(good, {
                        {"good", as_it_is, "200"},
                        {"no assertion", without("assertion"), "invalid_request 900144"},
                        {"no use", without("requested_token_use"), "invalid_request 900144"},
                        {"another use", with("requested_token_use", "x"), "invalid_request 90100"},
                        {"no scope", without("scope"), "invalid_request 900144"},
                        {"no secret", without("client_secret"), "invalid_client 7000218"},
                        {"a public client",
                         [](Fields& f, TestServer&) {
                           f["client_id"] = to_string(kPhone);
                           f.erase("client_secret");
                         },
                         "invalid_client 7000216"},
                        {"a token for Graph",
                         [](Fields& f, TestServer& server) {
                           f["assertion"] = server.post("token", server.redeem_fields()).json("access_token");
                         },
                         "invalid_grant 50013"},
                        {"a token of an application",
                         [](Fields& f, TestServer& server) {
                           Fields robot = server.robot_credentials();
                           robot["scope"] = to_string(kApi) + "/.default";
                           f["assertion"] = server.post("token", robot).json("access_token");
                         },
                         "unauthorized_client 7000114"},
                        {"a token for another", with("client_id", to_string(kRobot)), "invalid_grant 500131"},
                        {"no token", with("assertion", "x"), "invalid_grant 50013"},
                        {"not signed",
                         [](Fields& f, TestServer&) {
                           std::string& token = f["assertion"];
                           token = encode_base64url(R"({"alg":"none"})") + token.substr(token.find('.'));
                         },
                         "invalid_grant 50013"},
                        {"signature broken",
                         [](Fields& f, TestServer&) {
                           char& near_its_end = *(f["assertion"].end() - 10);
                           near_its_end = near_its_end == 'A' ? 'B' : 'A';
                         },
                         "invalid_grant 50013"},
                        {"an ID token",
                         [](Fields& f, TestServer& server) {
                           f["assertion"] =
                               server.post("token", server.redeem_fields(kApi, "openid")).json("id_token");
                         },
                         "invalid_grant 50013"},
                        {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
                        {"scope unknown", with("scope", "Presence.Fly"), "invalid_scope 70011"},
                    });
  cases.push_back({"expired",
                   [](TestServer& server) {
                     const std::string token = token_for_api(server);
                     server.advance(3600 + 300);
                     return server.post("token", behalf_fields(server, token));
                   },
                   "invalid_grant 500133"});
  cases.push_back({"user deleted",
                   [](TestServer& server) {
                     const std::string token = token_for_api(server);
                     server.directory.users_.clear();
                     return server.post("token", behalf_fields(server, token));
                   },
                   "invalid_grant 50173"});
  for (const auto& [name, subject] :
       {std::pair("user revoked", kAna), std::pair("application revoked", kPhone)})
    cases.push_back({name,
                     [subject](TestServer& server) {
                       const std::string token = token_for_api(server);
                       server.directory.revoked_[subject] = server.now();
                       return server.post("token", behalf_fields(server, token));
                     },
                     "invalid_grant 50013"});
  return cases;
}

Cases password_cases() {
  return changed([](TestServer&) { return password_fields(); },
                 {
                     {"good", as_it_is, "200"},
                     {"name in capitals", with("username", "ANA@CONTOSO.COM"), "200"},
                     {"no name", without("username"), "invalid_request 900144"},
                     {"no password", without("password"), "invalid_request 900144"},
                     {"no scope", without("scope"), "invalid_request 900144"},
                     {"password wrong", with("password", "wrong horse"), "invalid_grant 50126"},
                     {"user unknown", with("username", "nobody@contoso.com"), "invalid_grant 50126"},
                     {"user without a password", with("username", "ben@contoso.com"), "invalid_grant 50126"},
                     {"scope not agreed to", with("scope", "Presence.ReadWrite"), "invalid_grant 65001"},
                 });
}

// Each grant begins before the user gets a new password, or is removed, and is redeemed after it.
Cases ended_cases() {
  struct Ending {
    std::string name;
    void (*end)(TestServer& server);
    const char* expected;
  };
  const Ending endings[] = {
      {"nothing", [](TestServer&) {}, "200"},
      {"a new password",
       [](TestServer& server) {
         ASSERT_TRUE(server.stores.credentials.set_password(kContoso, kAna, "another horse", server.now()));
       },
       "invalid_grant 50173"},
      {"removal", [](TestServer& server) { server.directory.users_.clear(); }, "invalid_grant 50173"},
      {"removal, and the same id again",
       [](TestServer& server) {
         CredentialStore& credentials = server.stores.credentials;
         ASSERT_TRUE(credentials.forget_user(kContoso, kAna));
         ASSERT_TRUE(credentials.set_password(kContoso, kAna, kPasswordText, server.now()));
       },
       "invalid_grant 50173"}};
  using Begin = Fields (*)(TestServer & server);
  const std::pair<const char*, Begin> grants[] = {
      {"code", [](TestServer& server) { return server.redeem_fields(); }},
      {"refresh token", [](TestServer& server) { return refresh_fields(refresh_token(server)); }},
      {"approved device code",
       [](TestServer& server) {
         const DeviceAsk ask = start_device(server);
         server.walk_through("deviceauth", {{"user_code", ask.user_code}});
         return ask.fields;
       }},
      {"token on behalf of",
       [](TestServer& server) { return behalf_fields(server, token_for_api(server)); }}};
  Cases cases;
  for (const auto& [grant, begin] : grants) {
    for (const Ending& ending : endings)
      cases.push_back({grant + (", then " + ending.name),
                       [fields_of = begin, end = ending.end](TestServer& server) {
                         const Fields fields = fields_of(server);
                         server.advance(1);
                         end(server);
                         return server.post("token", fields);
                       },
                       ending.expected});
  }
  return cases;
}

// The family of a code begins with the sign-in, not with the redemption.
TEST(RefreshFamily, BeginsWithItsSignIn) {
  TestServer server;
  const Fields fields = server.redeem_fields();
  server.advance(10);
  const std::string refresh = server.post("token", fields).json("refresh_token");
  ASSERT_TRUE(server.stores.credentials.set_password(kContoso, kAna, "another horse",
                                                     server.now() - std::chrono::seconds(5)));
  EXPECT_EQ(outcome(server.post("token", refresh_fields(refresh))), "invalid_grant 50173");
}

struct Table {
  const char* name;
  Cases (*cases)();
  bool password_grant = false;
};
constexpr Table kTables[] = {
    {"Client", client_cases},       {"Request", request_cases},   {"Tenant", tenant_cases},
    {"Assertion", assertion_cases}, {"Code", code_cases},         {"Refresh", refresh_cases},
    {"Device", device_cases},       {"OnBehalfOf", behalf_cases}, {"Password", password_cases, true},
    {"Ended", ended_cases}};

class BadGrants : public ::testing::TestWithParam<Table> {};

TEST_P(BadGrants, ReturnTheExpectedError) {
  std::set<std::string> names;
  TestServer shared(GetParam().password_grant);
  for (const Case& one : GetParam().cases()) {
    TestServer own(GetParam().password_grant);
    EXPECT_EQ(outcome(one.attempt(one.leaves_no_trace ? shared : own)), one.expected) << one.name;
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " occurs twice";
  }
}

INSTANTIATE_TEST_SUITE_P(All, BadGrants, ::testing::ValuesIn(kTables),
                         [](const auto& table) { return std::string(table.param.name); });

TEST(BadGrantsTable, HasEnoughCases) {
  std::ptrdiff_t bad = 0;
  for (const Table& table : kTables)
    bad += std::ranges::count_if(table.cases(), [](const Case& one) { return one.expected != "200"; });
  EXPECT_GE(bad, 120);
}

}  // namespace
}  // namespace porchlight::authority
