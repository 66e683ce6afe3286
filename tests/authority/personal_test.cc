// Personal accounts: the tenant at /consumers, and at /common for its applications.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/grants.h"
#include "authority/test_server.h"
#include "identity/claims.h"

namespace porchlight::authority {
namespace {

using namespace testing;

const Guid kPersonal = parse_guid(identity::kPersonalTenant).value();
const Guid kPia = guid_from_name("pia"), kToy = guid_from_name("toy");
constexpr std::string_view kPiaUpn = "pia@outlook.example";

// The test server with personal accounts: the user Pia and the application Toy.
class Personal : public ::testing::Test {
 protected:
  Personal() {
    server.directory.tenants_.push_back({kPersonal, "Personal accounts"});
    server.directory.apps_[kPersonal] = {{kToy, "Toy", false, {"Presence.Read"}, {"Presence.Read.All"}}};
    server.directory.users_[kPersonal] = {{kPia, std::string(kPiaUpn), "Pia"}};
    secret = make_client_secret(server.now() + std::chrono::days(1));
    Registration toy;
    toy.secrets = {secret.stored};
    toy.redirects = {std::string(kRedirect)};
    EXPECT_TRUE(server.stores.credentials.put(kPersonal, kToy, toy));
    EXPECT_TRUE(server.stores.credentials.set_password(kPersonal, kPia, kPasswordText, server.now()));
  }
  // Signs Pia in at that tenant name and redeems the code there.
  Answer sign_in(const std::string& tenant) {
    server.tenant = tenant;
    const Answer back = server.walk_through(
        "authorize", server.authorize_query(kToy, "Presence.Read openid profile offline_access"), kPiaUpn);
    return server.post("token", {{"grant_type", "authorization_code"},
                                 {"client_id", to_string(kToy)},
                                 {"client_secret", secret.text},
                                 {"code", back.parameter("code")},
                                 {"redirect_uri", std::string(kRedirect)},
                                 {"code_verifier", kVerifierText}});
  }
  TestServer server{true};
  NewSecret secret;
};

TEST_F(Personal, SignInAtConsumersAndCommon) {
  for (const char* tenant : {"consumers", "Consumers", "common", "9188040d-6c67-4c5b-b112-36a304b66dad"}) {
    server.cookies.clear();
    const Answer answer = sign_in(tenant);
    ASSERT_EQ(answer.status, 200) << tenant << answer.body;
    for (const char* name : {"access_token", "id_token"}) {
      EXPECT_EQ(claim(answer.json(name), "tid"), identity::kPersonalTenant);
      EXPECT_EQ(claim(answer.json(name), "oid"), to_string(kPia));
    }
    // The claim by which presence operations refuse personal accounts.
    const auto caller = server.verify(answer.json("access_token"), std::string(kGraphId));
    ASSERT_TRUE(caller.has_value());
    EXPECT_TRUE(caller->personal);
    const Answer next = server.post("token", {{"grant_type", "refresh_token"},
                                              {"client_id", to_string(kToy)},
                                              {"client_secret", secret.text},
                                              {"refresh_token", answer.json("refresh_token")}});
    EXPECT_EQ(next.status, 200) << next.body;
  }
}

TEST_F(Personal, DiscoveryNamesTheirTenant) {
  server.tenant = "consumers";
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").json("issuer"),
            std::string(kBase) + "/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0");
}

TEST_F(Personal, AreRefusedAtOrganizations) {
  server.tenant = "organizations";
  const Answer page = server.browse("authorize", server.authorize_query(kToy));
  EXPECT_THAT(page.body, ::testing::HasSubstr("AADSTS700016"));
  server.tenant = to_string(kContoso);
  const Answer contoso = server.walk_through("authorize", server.authorize_query(kPhone), kPiaUpn);
  EXPECT_EQ(contoso.parameter("code"), "");
}

TEST_F(Personal, OtherGrantsAreRefused) {
  for (const char* tenant : {"consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"}) {
    server.tenant = tenant;
    EXPECT_EQ(outcome(server.post("token", {{"grant_type", "client_credentials"},
                                            {"client_id", to_string(kToy)},
                                            {"client_secret", secret.text},
                                            {"scope", ".default"}})),
              "invalid_request 9001023");
    EXPECT_EQ(outcome(server.post("token", {{"grant_type", "password"},
                                            {"client_id", to_string(kToy)},
                                            {"client_secret", secret.text},
                                            {"scope", "Presence.Read"},
                                            {"username", std::string(kPiaUpn)},
                                            {"password", std::string(kPasswordText)}})),
              "invalid_request 9001023");
  }
}

TEST(NoPersonal, ConsumersIsRefusedWithoutPersonalAccounts) {
  TestServer server;
  server.tenant = "consumers";
  EXPECT_EQ(server.get("v2.0/.well-known/openid-configuration").json("error_codes"), "[9002332]");
}

}  // namespace
}  // namespace porchlight::authority
