// Tokens of other providers: claims with other names, applications without GUIDs, users identified by name.
#include <gtest/gtest.h>

#include "forge.h"
#include "identity/claims.h"

namespace porchlight::identity {
namespace {

using namespace forge;

constexpr std::string_view kIss = "https://id.example/realms/main";

ClaimMap keycloak() {
  ClaimMap map = open_id_claims();
  map.roles = "realm_access.roles";
  map.app_only = "client_id";
  return map;
}

ClaimMap okta() {
  ClaimMap map = open_id_claims();
  map.scopes = "scp";
  map.roles = "scp";
  map.app = "cid";
  map.subject_is_upn = true;
  return map;
}

std::expected<Caller, TokenFault> mapped_caller(const ClaimMap& map, const std::string& members) {
  JsonReader reader;
  auto claims = read_claims(reader, R"({"exp":1,"iss":")" + std::string(kIss) + "\"," + members + "}", map);
  if (!claims) return std::unexpected(claims.error());
  if (map.tenant.empty()) claims->tenant = guid(kTenant);
  return make_caller(*claims);
}

const std::string kSub = R"("sub":")" + std::string(kUser) + "\"";

TEST(ClaimMap, AUserOfKeycloak) {
  const auto caller = mapped_caller(
      keycloak(),
      kSub +
          R"(,"azp":"board","scope":"openid Presence.Read.All","realm_access":{"roles":["Porchlight.Admin"]})");
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->user, guid(kUser));
  EXPECT_EQ(caller->tenant, guid(kTenant));
  EXPECT_EQ(caller->permissions, static_cast<Permissions>(Permission::kDelegatedReadAll));
  EXPECT_EQ(caller->granted, "openid Presence.Read.All");
}

TEST(ClaimMap, AnApplicationOfKeycloak) {
  const auto caller =
      mapped_caller(keycloak(), kSub + R"(,"azp":"sync","client_id":"sync","scope":"email",)"
                                       R"("realm_access":{"roles":["offline_access","Presence.Read.All"]})");
  ASSERT_TRUE(caller);
  EXPECT_FALSE(caller->delegated());
  EXPECT_EQ(caller->permissions, static_cast<Permissions>(Permission::kAppReadAll));
}

// If it is uncertain whose token it is, it counts as a user's, and its roles are ignored.
TEST(ClaimMap, IsAUserUnlessCertainlyAnApplication) {
  for (const char* members : {R"("azp":"sync","roles":["Presence.ReadWrite.All"])",
                              R"("azp":"sync","scope":"","roles":["Presence.ReadWrite.All"])"}) {
    const auto caller = mapped_caller(open_id_claims(), kSub + "," + members);
    ASSERT_TRUE(caller) << members;
    EXPECT_TRUE(caller->delegated()) << members;
    EXPECT_EQ(caller->permissions, 0U) << members;
  }
  // Its own subject is an application (RFC 9068 §2.2).
  const auto own =
      mapped_caller(open_id_claims(), R"("sub":"sync","azp":"sync","roles":["Presence.Read.All"])");
  ASSERT_TRUE(own);
  EXPECT_FALSE(own->delegated());
  EXPECT_EQ(own->permissions, static_cast<Permissions>(Permission::kAppReadAll));
}

TEST(ClaimMap, TheAppOnlyClaimMayNeedAValue) {
  ClaimMap map = open_id_claims();
  map.app_only = "gty=client-credentials";
  EXPECT_FALSE(mapped_caller(map, kSub + R"(,"azp":"a","gty":"client-credentials")")->delegated());
  EXPECT_TRUE(mapped_caller(map, kSub + R"(,"azp":"a","gty":"password")")->delegated());
  EXPECT_TRUE(mapped_caller(map, kSub + R"(,"azp":"a","gty":1)")->delegated());
}

TEST(ClaimMap, AUserOfOkta) {
  const auto person =
      mapped_caller(okta(), R"("sub":"ana@contoso.example","cid":"0oa1","scp":["openid","Presence.Read"])");
  ASSERT_TRUE(person);
  EXPECT_EQ(person->upn, "ana@contoso.example");
  EXPECT_TRUE(person->user->is_nil());
  EXPECT_EQ(person->permissions, static_cast<Permissions>(Permission::kDelegatedRead));
  const auto app = mapped_caller(okta(), R"("sub":"0oa1","cid":"0oa1","scp":["Presence.Read.All"])");
  ASSERT_TRUE(app);
  EXPECT_FALSE(app->delegated());
  EXPECT_EQ(app->permissions, static_cast<Permissions>(Permission::kAppReadAll));
}

TEST(ClaimMap, DerivesIdsOfApplicationsFromTheIssuer) {
  const auto of = [](const std::string& azp) {
    return mapped_caller(open_id_claims(), kSub + R"(,"azp":")" + azp + "\"")->app;
  };
  EXPECT_EQ(of("board"), guid_from_name(std::string(kIss) + "\nboard"));
  EXPECT_NE(of("board"), of("board2"));
  EXPECT_EQ(of(std::string(kApp)), guid(kApp));
}

TEST(ClaimMap, RefusesMissingAndMistypedClaims) {
  for (const char* members : {R"("azp":"a")",              // no user
                              R"("sub":"ana","azp":"a")",  // no id
                              R"("sub":1,"azp":"a")", R"("scope":"x")",
                              R"("sub":"33333333-3333-4333-8333-333333333333")",  // no application
                              R"("sub":"33333333-3333-4333-8333-333333333333","azp":"")",
                              R"("sub":"33333333-3333-4333-8333-333333333333","azp":"a","scope":1)",
                              R"("sub":"33333333-3333-4333-8333-333333333333","azp":"a","scope":[1])",
                              R"("sub":"33333333-3333-4333-8333-333333333333","azp":"a","roles":{})"}) {
    EXPECT_FALSE(mapped_caller(open_id_claims(), members)) << members;
  }
  EXPECT_FALSE(mapped_caller(okta(), R"("sub":"","cid":"0oa1")"));
}

TEST(ClaimMap, ANameWithDotsWinsOverAPath) {
  ClaimMap map = open_id_claims();
  map.app_only = "client_id";
  const auto roles_by = [&](const std::string& path, const std::string& members) {
    map.roles = path;
    return mapped_caller(map, kSub + R"(,"azp":"a","client_id":"a",)" + members)->granted;
  };
  EXPECT_EQ(roles_by("https://a.example/roles", R"("https://a.example/roles":["R"])"), "R");
  EXPECT_EQ(roles_by("resource_access.my.app.roles", R"("resource_access":{"my.app":{"roles":["R"]}})"), "R");
  EXPECT_EQ(roles_by("a.b", R"("a.b":["whole"],"a":{"b":["path"]})"), "whole");
  EXPECT_EQ(roles_by("a.b", R"("a":["b"])"), "");
  EXPECT_EQ(roles_by(".", R"("a":1)"), "");
}

TEST(ClaimMap, RulesOfEntraStayStrict) {
  JsonReader reader;
  EXPECT_FALSE(read_claims(reader, R"({"scp":["Presence.Read"]})"));
  EXPECT_FALSE(read_claims(reader, R"({"roles":"Presence.Read.All"})"));
}

// One provider, one key, three tenants: each token is read by the rules of its own issuer.
TEST(ClaimMap, DistinguishesIssuersThatShareAKey) {
  std::vector<Issuer> issuers;
  issuers.push_back({std::string(kHomeIss), std::nullopt, {home_rsa().public_key}});
  issuers.push_back(
      {"https://id.example/a", guid(kTenant), {home_rsa().public_key}, open_id_claims(), {"porch"}});
  issuers.push_back(
      {"https://id.example/b", guid(kPartnerTenant), {home_rsa().public_key}, open_id_claims()});
  const Verifier verifier(std::make_shared<const KeySet>(std::move(issuers)), {std::string(kGraph)});
  const auto verify = [&](std::string_view iss, std::string_view aud) {
    Forged token;
    token.claims = {{"iss", in_quotes(iss)},
                    {"aud", in_quotes(aud)},
                    {"sub", in_quotes(kUser)},
                    {"azp", "\"a\""},
                    {"exp", std::to_string(kNow + 60)}};
    return verifier.verify(token.sign(home_rsa()), at(kNow));
  };
  EXPECT_EQ(verify("https://id.example/a", "porch")->tenant, guid(kTenant));
  EXPECT_EQ(verify("https://id.example/b", kGraph)->tenant, guid(kPartnerTenant));
  EXPECT_EQ(verify("https://id.example/a", kGraph).error(), TokenFault::kAudience);
  EXPECT_EQ(verify("https://id.example/b", "porch").error(), TokenFault::kAudience);
  EXPECT_FALSE(verify("https://id.example/c", kGraph));
  EXPECT_TRUE(verifier.verify(Forged{}.sign(home_rsa()), at(kNow)));
}

TEST(ClaimMap, MatchesTheAudiencesOfAnIssuerExactly) {
  std::vector<Issuer> issuers;
  issuers.push_back({"https://id.example/a",
                     guid(kTenant),
                     {home_rsa().public_key},
                     open_id_claims(),
                     {"porch", "api://porch/"}});
  const Verifier verifier(std::make_shared<const KeySet>(std::move(issuers)), {std::string(kGraph)});
  const auto accepts = [&](std::string_view aud) {
    Forged token;
    token.claims = {{"iss", "\"https://id.example/a\""},
                    {"aud", std::string(aud)},
                    {"sub", in_quotes(kUser)},
                    {"azp", "\"a\""},
                    {"exp", std::to_string(kNow + 60)}};
    return verifier.verify(token.sign(home_rsa()), at(kNow)).has_value();
  };
  for (const char* aud : {R"("porch")", R"("api://porch/")", R"(["other","porch"])"})
    EXPECT_TRUE(accepts(aud)) << aud;
  for (const char* aud : {R"("porchlight")", R"("porch/")", R"("porc")", R"("Porch")", R"(" porch")", R"("")",
                          R"("api://porch")", R"("api://porch/x")", R"(["por","porchlight"])"})
    EXPECT_FALSE(accepts(aud)) << aud;
}

TEST(UnknownKey, ReportsTheIssuerThatTheTokenNames) {
  std::vector<Issuer> issuers;
  issuers.push_back({std::string(kHomeIss), std::nullopt, {home_rsa().public_key}});
  issuers.push_back({std::string(kPartnerIss), guid(kPartnerTenant), {partner_rsa().public_key}});
  Verifier verifier(std::make_shared<const KeySet>(std::move(issuers)), {std::string(kGraph)});
  std::vector<std::size_t> reported;
  verifier.on_unknown_key([&](std::size_t issuer) { reported.push_back(issuer); });
  const auto reported_for = [&](const Forged& token, const Signer& signer) {
    reported.clear();
    EXPECT_FALSE(verifier.verify(token.sign(signer), at(kNow)));
    return reported;
  };
  using Reported = std::vector<std::size_t>;
  EXPECT_EQ(reported_for(from_partner("new", "RS256"), untrusted_rsa()), Reported{1});
  EXPECT_EQ(reported_for(from_partner("home", "RS256"), untrusted_rsa()),
            Reported{1});  // another issuer has a key with this kid
  EXPECT_EQ(reported_for(from_partner("partner", "RS256"), untrusted_rsa()), Reported{});
  Forged home;
  home.header["kid"] = "\"new\"";
  EXPECT_EQ(reported_for(home, untrusted_rsa()), Reported{0});
  home.claims["iss"] = "\"https://unknown/\"";
  EXPECT_EQ(reported_for(home, untrusted_rsa()), Reported{});
  home.claims["iss"] = "1";
  EXPECT_EQ(reported_for(home, untrusted_rsa()), Reported{});
}

}  // namespace
}  // namespace porchlight::identity
