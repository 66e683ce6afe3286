#include "authority/scope.h"

#include <gtest/gtest.h>

#include "authority/permissions.h"

namespace porchlight::authority {
namespace {

constexpr const char* kScopeApi = "55555555-5555-4555-8555-555555555555";

TEST(Scope, ParsesAllSpellingsOfGraph) {
  for (const char* text :
       {"Presence.Read", "presence.read", " Presence.Read  Presence.Read ",
        "https://graph.microsoft.com/Presence.Read", "https://GRAPH.microsoft.com/Presence.Read",
        "https://graph.microsoft.us/Presence.Read", "https://dod-graph.microsoft.us/Presence.Read",
        "https://microsoftgraph.chinacloudapi.cn/Presence.Read",
        "00000003-0000-0000-c000-000000000000/Presence.Read", "https://graph.microsoft.com//Presence.Read",
        "76bc735e-aecd-4a1d-8b4c-2b915deabb79"}) {
    const auto scope = parse_scope(text);
    ASSERT_TRUE(scope.has_value()) << text;
    EXPECT_EQ(scope->resource, std::nullopt) << text;
    EXPECT_EQ(scope->names, std::vector<std::string>{"Presence.Read"}) << text;
  }
}

TEST(Scope, ParsesOpenIdScopesAndOtherResources) {
  const auto scope = parse_scope("openid profile email offline_access https://graph.microsoft.com/.default");
  ASSERT_TRUE(scope.has_value());
  EXPECT_TRUE(scope->openid && scope->profile && scope->email && scope->offline && scope->everything);
  EXPECT_TRUE(scope->asks_resource());
  EXPECT_FALSE(parse_scope("openid")->asks_resource());
  const auto api = parse_scope("api://55555555-5555-4555-8555-555555555555/access openid");
  ASSERT_TRUE(api.has_value());
  EXPECT_EQ(api->resource, parse_guid(kScopeApi));
  EXPECT_EQ(api->names, std::vector<std::string>{"access"});
  EXPECT_EQ(parse_scope("55555555-5555-4555-8555-555555555555/.default")->resource, parse_guid(kScopeApi));
  EXPECT_EQ(parse_scope("")->asks_resource(), false);
}

TEST(Scope, RefusesInvalidScopes) {
  struct Row {
    std::string text;
    OAuthFault fault;
  };
  const Row rows[] = {
      {"Presence.Fly", OAuthFault::kScopeInvalid},
      {"Presence.ReadWrite.All", OAuthFault::kScopeInvalid},  // only an application permission
      {"https://graph.microsoft.com/", OAuthFault::kScopeInvalid},
      {"https://vault.azure.net/.default", OAuthFault::kResourceUnknown},
      {"https://graph.microsoft.com.evil/.default", OAuthFault::kResourceUnknown},
      {"/.default", OAuthFault::kResourceUnknown},
      {"//", OAuthFault::kResourceUnknown},
      {"api:///x", OAuthFault::kResourceUnknown},
      {".default Presence.Read", OAuthFault::kScopeInvalid},
      {"Presence.Read .default", OAuthFault::kScopeInvalid},
      {"Presence.Read api://55555555-5555-4555-8555-555555555555/access", OAuthFault::kScopeResources},
      {"api://55555555-5555-4555-8555-555555555555/access .default", OAuthFault::kScopeResources},
      {"Presence.Read\tUser.Read", OAuthFault::kScopeInvalid},
      {"\"Presence.Read\"", OAuthFault::kScopeInvalid},
      {"Presence.Read\\", OAuthFault::kScopeInvalid},
      {"Présence.Read", OAuthFault::kScopeInvalid},
      {std::string(kScopeBytesMax + 1, ' '), OAuthFault::kScopeInvalid},
      {std::string(kScopeApi) + "/" + std::string(kScopeTokenBytesMax + 1, 'x'), OAuthFault::kScopeInvalid},
  };
  for (const Row& row : rows) {
    const auto scope = parse_scope(row.text);
    ASSERT_FALSE(scope.has_value()) << row.text;
    EXPECT_EQ(scope.error().fault, row.fault) << row.text;
  }
  EXPECT_TRUE(parse_scope(std::string(kScopeBytesMax, ' ')).has_value());
  EXPECT_TRUE(parse_scope(std::string(kScopeApi) + "/" + std::string(kScopeTokenBytesMax, 'x')).has_value());
}

TEST(Scope, LimitsThePermissions) {
  std::string text;
  for (std::size_t i = 0; i < kScopeTokensMax; ++i)
    text += "55555555-5555-4555-8555-555555555555/" + std::to_string(i) + ' ';
  EXPECT_TRUE(parse_scope(text).has_value());
  text += "55555555-5555-4555-8555-555555555555/one-more";
  ASSERT_LE(text.size(), kScopeBytesMax);
  EXPECT_EQ(parse_scope(text).error().fault, OAuthFault::kScopeInvalid);
}

class Consenting : public ::testing::Test {
 protected:
  Client client{
      .tenant = {}, .id = {}, .name = {}, .scopes = {"Presence.Read.All"}, .roles = {}, .registration = {}};
};

TEST_F(Consenting, AdministratorsAndUsersGrant) {
  const std::vector<std::string> agreed = {"Presence.Read"};
  const auto consent =
      evaluate_consent(*parse_scope("Presence.Read Presence.Read.All User.Read"), client, nullptr, agreed);
  EXPECT_EQ(consent->granted, (std::vector<std::string>{"Presence.Read", "Presence.Read.All"}));
  EXPECT_EQ(consent->missing, std::vector<std::string>{"User.Read"});
  EXPECT_FALSE(consent->missing_admin);
  EXPECT_TRUE(evaluate_consent(*parse_scope("Group.Read.All"), client, nullptr, agreed)->missing_admin);
}

TEST_F(Consenting, DefaultMeansGrantedAndRegisteredPermissions) {
  client.registration.requested = {"Presence.ReadWrite", "presence.read.all"};
  const auto consent = evaluate_consent(*parse_scope(".default"), client, nullptr, {});
  EXPECT_EQ(consent->missing, std::vector<std::string>{"Presence.ReadWrite"});
  EXPECT_FALSE(consent->granted.empty());
}

TEST_F(Consenting, ExposedScopesBelongToTheirApplication) {
  Client api = client;
  api.id = parse_guid(kScopeApi).value();
  api.registration.exposed = {"access"};
  const auto scope = parse_scope("api://55555555-5555-4555-8555-555555555555/access");
  EXPECT_EQ(evaluate_consent(*scope, client, &api, {})->missing, std::vector<std::string>{"access"});
  const std::vector<std::string> agreed = {qualified_permission(scope->resource, "access")};
  EXPECT_EQ(evaluate_consent(*scope, client, &api, agreed)->granted, std::vector<std::string>{"access"});
  api.registration.preauthorized = {client.id};
  EXPECT_EQ(evaluate_consent(*scope, client, &api, {})->granted, std::vector<std::string>{"access"});
  api.registration.preauthorized = {api.id};
  EXPECT_EQ(evaluate_consent(*scope, client, &api, {})->missing, std::vector<std::string>{"access"});
  // Consents and grants for Graph do not apply to another resource.
  const std::vector<std::string> of_graph = {"access"};
  EXPECT_EQ(evaluate_consent(*scope, client, &api, of_graph)->missing, std::vector<std::string>{"access"});
  const auto other = parse_scope("api://55555555-5555-4555-8555-555555555555/Presence.Read.All");
  EXPECT_EQ(evaluate_consent(*other, client, &api, {}).error().fault, OAuthFault::kScopeInvalid);
}

TEST(Scope, GrantedTextHasTheSpellingOfTheRequest) {
  const std::vector<std::string> granted = {"Presence.Read"};
  EXPECT_EQ(granted_text(*parse_scope("openid https://graph.microsoft.com/Presence.Read"), granted),
            "https://graph.microsoft.com/Presence.Read openid");
  EXPECT_EQ(granted_text(*parse_scope("Presence.Read offline_access"), granted),
            "Presence.Read offline_access");
}

// Refresh tokens store the granted text and parse it again: in no spelling may it exceed the limit.
TEST(Scope, TheLongestGrantedTextCanBeParsed) {
  std::string text;
  for (std::size_t i = 0; i < kScopeTokensMax; ++i) {
    std::string name = std::to_string(i);
    name.resize(kScopeTokenBytesMax, 'x');
    text += (i + 1 < kScopeTokensMax ? "" : "api://") + std::string(kScopeApi) + "/" + name + " ";
  }
  const auto scope = parse_scope(text);
  ASSERT_TRUE(scope.has_value());
  const auto again = parse_scope(granted_text(*scope, scope->names));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->names, scope->names);
}

TEST(Permissions, HaveTheIdsOfGraph) {
  EXPECT_EQ(find_permission(PermissionKind::kApplication, "presence.readwrite.all")->id,
            "83cded22-8297-4ff6-a7fa-e97e9545a259");
  EXPECT_EQ(find_permission(PermissionKind::kDelegated, "9C7A330D-35B3-4AA1-963D-CB2B9F927841")->name,
            "Presence.Read.All");
  EXPECT_EQ(find_permission(PermissionKind::kDelegated, "Presence.ReadWrite.All"), nullptr);
  EXPECT_EQ(find_permission(PermissionKind::kDelegated, ""), nullptr);
}

}  // namespace
}  // namespace porchlight::authority
