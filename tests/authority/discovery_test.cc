// Discovery documents, signing keys and their rotation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>

#include "authority/grants.h"
#include "authority/key_ring.h"
#include "authority/test_server.h"
#include "identity/token_form.h"

namespace porchlight::authority {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class Discovery : public ::testing::Test {
 protected:
  TestServer server;
};

TEST_F(Discovery, UrlsNameTheTenantById) {
  const std::string root = std::string(kBase) + "/" + to_string(kContoso);
  for (const char* tenant :
       {"contoso", "11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-111111111111"}) {
    server.tenant = tenant;
    // The document without a version names the v1 endpoints, as at Entra.
    for (const std::string version : {"v2.0/", ""}) {
      const Answer answer = server.get(version + ".well-known/openid-configuration");
      ASSERT_EQ(answer.status, 200);
      EXPECT_EQ(answer.json("issuer"), root + "/v2.0");
      EXPECT_EQ(answer.json("authorization_endpoint"), root + "/oauth2/" + version + "authorize");
      EXPECT_EQ(answer.json("token_endpoint"), root + "/oauth2/" + version + "token");
      EXPECT_EQ(answer.json("device_authorization_endpoint"), root + "/oauth2/" + version + "devicecode");
      EXPECT_EQ(answer.json("end_session_endpoint"), root + "/oauth2/" + version + "logout");
      EXPECT_EQ(answer.json("jwks_uri"), root + "/discovery/" + version + "keys");
      EXPECT_EQ(server.ask(http::Method::kGet, answer.json("jwks_uri").substr(kBase.size()), "", "", {}).body,
                server.get("discovery/v2.0/keys").body);
      EXPECT_EQ(answer.json("code_challenge_methods_supported"), R"(["S256"])");
      EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "*");
    }
  }
}

TEST_F(Discovery, ListsTheGrantsThatAreSwitchedOn) {
  const std::string others =
      R"("authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code",)";
  const std::string last = R"("urn:ietf:params:oauth:grant-type:jwt-bearer","implicit"])";
  const auto listed = [](TestServer& asked) {
    return asked.get("v2.0/.well-known/openid-configuration").json("grant_types_supported");
  };
  EXPECT_EQ(listed(server), R"(["client_credentials",)" + others + last);
  TestServer with_passwords(true);
  EXPECT_EQ(listed(with_passwords), R"(["client_credentials",)" + others + R"("password",)" + last);
}

TEST_F(Discovery, CommonHasAnIssuerTemplate) {
  for (const char* tenant : {"common", "organizations", "Common"}) {
    server.tenant = tenant;
    const Answer answer = server.get("v2.0/.well-known/openid-configuration");
    EXPECT_EQ(answer.json("issuer"), std::string(kBase) + "/{tenantid}/v2.0");
  }
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").json("token_endpoint"),
            std::string(kBase) + "/common/oauth2/v2.0/token");
}

TEST_F(Discovery, UsesTheHostOfTheRequest) {
  server.host = "login.microsoftonline.com";
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").json("issuer"),
            "https://login.microsoftonline.com/" + to_string(kContoso) + "/v2.0");
}

// Issuers and audiences begin with the host, so a client must not choose it.
TEST_F(Discovery, OtherHostsAreMisdirected) {
  struct Row {
    std::string host;
    int status;
  };
  const Row rows[] = {{"login.porch.example", 200},
                      {"LOGIN.porch.example:8443", 200},
                      {"[2001:db8::1]", 200},
                      {"[2001:db8::1]:443", 200},
                      {"2001:db8::1", 421},
                      {"evil.example", 421},
                      {"login.porch.example.evil.example", 421},
                      {"porch.example", 421},
                      {"[2001:db8::2]:443", 421},
                      {"", 421}};
  for (const Row& row : rows) {
    server.host = row.host;
    for (const char* endpoint : {"v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"})
      EXPECT_EQ(server.get(endpoint).status, row.status) << row.host;
  }
  server.host = "evil.example";
  EXPECT_EQ(outcome(server.post("token", server.robot_credentials())), "invalid_instance 50049");
  EXPECT_EQ(server.browse("authorize", server.authorize_query()).status, 421);
  // With a public base, or a cloud, other hosts are misdirected as well, and addresses do not begin with the own one.
  server.settings.public_base = "https://public.example";
  const auto renew = [&] {
    server.authority.emplace(server.settings, server.directory, server.stores,
                             KeyRing({{identity::SigningKey::generate(), at(-5)}}), std::string(32, 'k'));
  };
  renew();
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").status, 421);
  server.host = "login.porch.example";
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").json("issuer"),
            "https://public.example/" + to_string(kContoso) + "/v2.0");
  server.settings.public_base.clear();
  server.settings.clouds = identity::ServedClouds({identity::Cloud::kUsGov});
  renew();
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").json("issuer"),
            "https://login.microsoftonline.us/" + to_string(kContoso) + "/v2.0");
  server.host = "evil.example";
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").status, 421);
}

TEST_F(Discovery, PublishedKeysVerifyTokens) {
  const Answer answer = server.get("discovery/v2.0/keys");
  const auto keys = identity::parse_jwks(answer.body);
  ASSERT_TRUE(keys.has_value());
  ASSERT_EQ(keys->size(), 1U);
  std::vector<identity::Issuer> issuers;
  issuers.push_back({std::string(kGraphIss), std::nullopt, *keys});
  const identity::Verifier verifier(std::make_shared<const identity::KeySet>(std::move(issuers)),
                                    {std::string(kGraphId)});
  const std::string token = server.post("token", server.robot_credentials()).json("access_token");
  EXPECT_TRUE(verifier.verify(token, server.now()).has_value());
}

TEST_F(Discovery, ListsTheAlgorithmsOfTheKeys) {
  const auto start = [&](std::vector<DatedKey> keys) {
    server.authority.emplace(server.settings, server.directory, server.stores, KeyRing(std::move(keys)),
                             std::string(32, 'k'));
    return server.get("v2.0/.well-known/openid-configuration").json("id_token_signing_alg_values_supported");
  };
  const auto rsa = identity::SigningKey::generate();
  const auto ec = identity::SigningKey::generate(identity::Algorithm::kEs256);
  EXPECT_EQ(start({{rsa, at(-5)}}), R"(["RS256"])");
  EXPECT_EQ(start({{rsa, at(-5)}, {ec, at(5)}}), R"(["RS256","ES256"])");
  EXPECT_EQ(start({{ec, at(-5)}, {ec, at(5)}}), R"(["ES256"])");
  const std::string keys = server.get("discovery/v2.0/keys").body;
  EXPECT_THAT(keys, HasSubstr(R"("alg":"ES256")"));
  EXPECT_THAT(keys, HasSubstr(R"("crv":"P-256","kty":"EC")"));
  const std::string token = server.post("token", server.robot_credentials()).json("access_token");
  EXPECT_EQ(identity::split_token(token)->signature.size(), 64U);
}

TEST_F(Discovery, InstanceDiscoveryNamesThisHost) {
  server.tenant = "common";
  const std::string ours = std::string(kBase) + "/common/oauth2/v2.0/authorize";
  const Answer answer =
      server.get("discovery/instance", {{"api-version", "1.1"}, {"authorization_endpoint", ours}});
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json("tenant_discovery_endpoint"),
            std::string(kBase) + "/common/v2.0/.well-known/openid-configuration");
  EXPECT_THAT(answer.body, HasSubstr(R"("preferred_network":"login.porch.example")"));
  for (const char* other :
       {"https://evil.example/common/", "https://login.porch.example.evil/common/", "x"}) {
    const Answer refused = server.get("discovery/instance", {{"authorization_endpoint", other}});
    EXPECT_EQ(refused.json("error"), "invalid_instance") << other;
  }
  EXPECT_EQ(server.ask(http::Method::kGet, "/common/discovery/instance", "a=%", "", {}).json("error"),
            "invalid_request");
}

TEST_F(Discovery, PreflightsNeedNoToken) {
  const Answer answer =
      server.ask(http::Method::kOptions, "/common/oauth2/v2.0/token", "", "",
                 {{"Origin", "https://app.contoso.com"}, {"Access-Control-Request-Headers", "x-client-sku"}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(answer.field("Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_EQ(answer.field("Access-Control-Allow-Headers"), "x-client-sku");
  // No CORS for pages.
  EXPECT_EQ(server.ask(http::Method::kOptions, "/common/oauth2/v2.0/authorize", "", "", {}).status, 405);
}

// Endpoints that clients probe (spec clients 11) and unknown ones: the authority's own error.
TEST_F(Discovery, UnknownEndpointsReturn404) {
  for (const char* path :
       {"/common/userrealm/ana@contoso.com", "/common/userrealm/ana@contoso.com/extra",
        "/contoso/oauth2/tokens", "/contoso/oauth2/v2.0/token/", "/contoso/oauth2/v1.0/token",
        "/contoso/oauth2/v2.0/introspect", "/nobody/oauth2/", "/contoso/discovery/key"}) {
    for (const http::Method method : {http::Method::kGet, http::Method::kPost}) {
      const Answer answer = server.ask(method, path, "", "", {});
      EXPECT_EQ(answer.status, 404) << path;
      EXPECT_EQ(answer.json("error"), "invalid_request");
      EXPECT_EQ(answer.json("error_codes"), "[9002313]");
      EXPECT_EQ(answer.field("Content-Type"), "application/json; charset=utf-8");
      EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "*") << "a page can read the error";
      EXPECT_THAT(answer.body, Not(HasSubstr("contoso")));
    }
    const Answer preflight = server.ask(http::Method::kOptions, path, "", "",
                                        {{"Access-Control-Request-Headers", "x-client-sku"}});
    EXPECT_EQ(preflight.status, 204) << path;
    EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "GET, POST, OPTIONS");
    EXPECT_EQ(preflight.field("Access-Control-Allow-Headers"), "x-client-sku");
  }
}

TEST(Owns, OnlyPathsOfTheAuthority) {
  for (const char* path : {"/common/oauth2/v2.0/token", "/x/v2.0/.well-known/openid-configuration",
                           "/x/OAuth2/v2.0/Authorize", "/x/discovery/v2.0/keys", "/common/oauth2/v2.0/token/",
                           "/common/oauth2/token", "/common/UserRealm/ana"})
    EXPECT_TRUE(Authority::owns(path)) << path;
  for (const char* path :
       {"", "/", "/common", "/oauth2/v2.0/token", "//oauth2/v2.0/token", "/v1.0/me/presence",
        "/v1.0/oauth2PermissionGrants", "/v1.0/users/ana/oauth2", "/a/b/oauth2/v2.0/token",
        "common/oauth2/v2.0/token", "/.well-known/openid-configuration", "/discovery/v2.0/keys"})
    EXPECT_FALSE(Authority::owns(path)) << path;
}

// Uses a temporary folder.
class KeyRingTest : public ::testing::Test {
 protected:
  KeyRingTest() {
    std::string name = (fs::temp_directory_path() / "porchlight-keys-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~KeyRingTest() override { fs::remove_all(folder); }
  KeyRing open(std::int64_t seconds) { return KeyRing::open(folder, at(seconds)).value(); }
  static std::string signer(const KeyRing& ring, std::int64_t seconds) {
    return ring.signer(at(seconds)).public_key().kid;
  }
  static std::vector<std::string> kids(const KeyRing& ring, std::int64_t seconds) {
    std::vector<std::string> names;
    for (const identity::PublicKey& key : ring.published(at(seconds))) names.push_back(key.kid);
    return names;
  }
  static constexpr std::int64_t kDay = 86'400;
  fs::path folder;
};

TEST_F(KeyRingTest, SignsForAMonthAndPublishesTheSuccessor) {
  const KeyRing ring = open(0);
  const auto both = kids(ring, 0);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(signer(ring, 0), both[0]);
  EXPECT_EQ(signer(ring, -1), both[0]);
  EXPECT_EQ(signer(ring, 30 * kDay - 1), both[0]);
  EXPECT_EQ(signer(ring, 30 * kDay), both[1]);
  EXPECT_EQ(kids(ring, 30 * kDay + 25 * 3600 - 1), both);
  EXPECT_EQ(kids(ring, 30 * kDay + 25 * 3600), std::vector<std::string>{both[1]});
}

TEST_F(KeyRingTest, KeysSurviveARestart) {
  const auto before = kids(open(0), 0);
  EXPECT_EQ(kids(open(5 * kDay), 5 * kDay), before);
  // After the first key's period the second signs and a third is published.
  const KeyRing later = open(31 * kDay);
  const auto after = kids(later, 31 * kDay);
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(signer(later, 31 * kDay), before[1]);
  EXPECT_EQ(signer(later, 60 * kDay), after[2]);
  // The first key's file is removed when its tokens have expired.
  open(33 * kDay);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);
}

TEST_F(KeyRingTest, AfterALongStopANewKeyIsPublishedBeforeItSigns) {
  const auto before = kids(open(0), 0);
  const KeyRing ring = open(300 * kDay);
  EXPECT_EQ(signer(ring, 300 * kDay), before[1]);
  EXPECT_EQ(signer(ring, 301 * kDay - 1), before[1]);
  EXPECT_NE(signer(ring, 301 * kDay), before[1]);
}

TEST_F(KeyRingTest, IgnoresOtherFilesAndRefusesDamagedKeys) {
  std::ofstream(folder / "signing.pem") << "x";
  std::ofstream(folder / "authority-x.pem") << "x";
  std::ofstream(folder / "authority-5.pem.old") << "x";
  EXPECT_EQ(kids(open(0), 0).size(), 2U);
  std::ofstream(folder / "authority-5.pem") << "x";
  EXPECT_FALSE(KeyRing::open(folder, at(0)).has_value());
  EXPECT_FALSE(KeyRing::open(folder / "none", at(0)).has_value());
}

TEST_F(KeyRingTest, NeedsRenewalExactlyWhenOpenWouldChangeIt) {
  const KeyRing first = open(0);
  EXPECT_FALSE(first.needs_renewal(at(0)));
  EXPECT_FALSE(first.needs_renewal(at(30 * kDay - 1)));
  EXPECT_TRUE(first.needs_renewal(at(30 * kDay)));
  const KeyRing second = open(30 * kDay);
  EXPECT_FALSE(second.needs_renewal(at(30 * kDay + 25 * 3600 - 1)));
  EXPECT_TRUE(second.needs_renewal(at(30 * kDay + 25 * 3600)));
}

TEST_F(KeyRingTest, ANewAlgorithmIsPublishedForADayFirst) {
  constexpr auto kEs256 = identity::Algorithm::kEs256;
  const auto open_for = [&](std::int64_t seconds, identity::Algorithm algorithm) {
    return KeyRing::open(folder, at(seconds), algorithm).value();
  };
  const auto before = kids(open(0), 0);
  const std::int64_t change = 3 * kDay;
  const KeyRing ring = open_for(change, kEs256);
  // The old key signs for another day, published beside its successor. The RSA key that never signed is removed.
  const auto during = kids(ring, change);
  ASSERT_EQ(during.size(), 2U);
  EXPECT_EQ(during[0], before[0]);
  EXPECT_NE(during[1], before[1]);
  EXPECT_EQ(signer(ring, change + kDay - 1), during[0]);
  EXPECT_EQ(signer(ring, change + kDay), during[1]);
  EXPECT_EQ(ring.signer(at(change + kDay)).public_key().algorithm, kEs256);
  // The old key stays published until its last token has expired.
  EXPECT_EQ(kids(ring, change + kDay + 25 * 3600 - 1), during);
  EXPECT_EQ(kids(ring, change + kDay + 25 * 3600), std::vector<std::string>{during[1]});
  // A restart changes nothing. Later keys have the new algorithm too, a month apart.
  EXPECT_EQ(kids(open_for(change + 3600, kEs256), change + 3600), during);
  const std::int64_t later = change + 2 * kDay;
  const KeyRing next = open_for(later, kEs256);
  ASSERT_EQ(kids(next, later).size(), 3U);
  EXPECT_EQ(signer(next, change + kDay + 30 * kDay - 1), during[1]);
  EXPECT_EQ(next.published(at(later))[2].algorithm, kEs256);
}

TEST_F(KeyRingTest, RevertingTheAlgorithmKeepsTheSigningKey) {
  const auto first = kids(open(0), 0)[0];
  ASSERT_TRUE(KeyRing::open(folder, at(kDay), identity::Algorithm::kEs256));
  const KeyRing ring = open(kDay + 60);
  EXPECT_EQ(signer(ring, 29 * kDay), first);
  for (const identity::PublicKey& key : ring.published(at(kDay + 60)))
    EXPECT_EQ(key.algorithm, identity::Algorithm::kRs256);
}

TEST_F(KeyRingTest, TheFirstKeyHasTheAlgorithmAndSignsAtOnce) {
  const KeyRing ring = KeyRing::open(folder, at(0), identity::Algorithm::kEs256).value();
  EXPECT_EQ(ring.signer(at(0)).public_key().algorithm, identity::Algorithm::kEs256);
  EXPECT_EQ(kids(KeyRing::open(folder, at(kDay), identity::Algorithm::kEs256).value(), kDay), kids(ring, 0));
}

// A year with a request every hour and a restart every day; with the parameter, restarts change the algorithm now and
// then. A verifier that fetched the keys within the last day can verify every token.
class Rotation : public KeyRingTest, public ::testing::WithParamInterface<bool> {};

TEST_P(Rotation, EveryTokenCanBeVerifiedWithKeysOfTheLastDay) {
  auto algorithm = identity::Algorithm::kRs256;
  std::vector<std::string> believed;  // keys that the last renewal announced to verifiers
  const auto renew = [&](Time now) {
    auto ring = KeyRing::open(folder, now, algorithm);
    believed.clear();
    for (const identity::PublicKey& key : ring->published(now)) believed.push_back(key.kid);
    return ring;
  };
  auto keys = std::make_unique<SigningKeys>(renew(at(0)).value(), renew);
  std::vector<std::set<std::string>> seen;  // the published keys, by hour
  std::set<std::string> signers;
  std::string last_signer;
  for (std::int64_t hour = 0; hour < 365 * 24; ++hour) {
    const Time now = at(hour * 3600);
    if (GetParam() && hour % 24 == 7) {
      const bool ec = hour / 24 % 77 > 40;
      algorithm = ec ? identity::Algorithm::kEs256 : identity::Algorithm::kRs256;
      keys = std::make_unique<SigningKeys>(renew(now).value(), renew);
    }
    keys->rotate_if_due(now);
    std::set<std::string> published;
    for (const identity::PublicKey& key : keys->published(now)) published.insert(key.kid);
    seen.push_back(published);
    const std::string signer = keys->signer(now).public_key().kid;
    signers.insert(signer);
    ASSERT_TRUE(published.contains(signer)) << hour;
    ASSERT_TRUE(seen[std::max<std::int64_t>(hour - 24, 0)].contains(signer)) << hour;
    // A token of an hour ago can be verified with the keys that are published now.
    if (hour > 0) {
      ASSERT_TRUE(published.contains(last_signer)) << hour;
    }
    last_signer = signer;
    ASSERT_NE(std::ranges::find(believed, signer), believed.end()) << hour;
  }
  if (!GetParam()) {
    EXPECT_EQ(signers.size(), 13U);
  }
  EXPECT_GE(signers.size(), 13U);
}

INSTANTIATE_TEST_SUITE_P(All, Rotation, ::testing::Bool(),
                         [](const auto& table) { return table.param ? "OfBothKinds" : "OfOneKind"; });

TEST_F(KeyRingTest, KeepsSigningIfRenewalFails) {
  int tries = 0;
  SigningKeys keys(open(0), [&](Time) -> std::expected<KeyRing, std::string> {
    ++tries;
    return std::unexpected("full");
  });
  const std::int64_t due = 30 * kDay;
  for (std::int64_t second : {0L, 59L, 60L, 119L, 120L}) keys.rotate_if_due(at(due + second));
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(keys.published(at(due)).size(), 2U);
  EXPECT_EQ(keys.signer(at(due + 300 * kDay)).public_key().kid, keys.published(at(due)).back().kid);
}

}  // namespace
}  // namespace porchlight::authority
