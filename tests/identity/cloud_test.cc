// The table of clouds (spec protocol §1), and the clouds in which a token is valid.
#include "identity/cloud.h"

#include <gtest/gtest.h>

#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;

TEST(Cloud, TheTableIsInTheOrderOfTheEnum) {
  for (const CloudNames& row : kClouds) {
    EXPECT_EQ(&names(row.cloud), &row);
    EXPECT_EQ(find_cloud(row.name), row.cloud);
    EXPECT_NE(kEveryCloud & bit(row.cloud), 0);
  }
  EXPECT_EQ(find_cloud("Global"), std::nullopt);
  EXPECT_EQ(find_cloud(""), std::nullopt);
}

TEST(Cloud, AnAuthoritysIssuersBelongToItsClouds) {
  EXPECT_EQ(clouds_of_issuer("https://login.microsoftonline.com/x/v2.0"), bit(Cloud::kGlobal));
  EXPECT_EQ(clouds_of_issuer("https://login.microsoftonline.us/x/v2.0"),
            bit(Cloud::kUsGov) | bit(Cloud::kUsGovDod));
  EXPECT_EQ(clouds_of_issuer("https://login.chinacloudapi.cn/x/v2.0"), bit(Cloud::kChina));
  EXPECT_EQ(clouds_of_issuer("https://login.microsoftonline.com.evil.example/"), kEveryCloud);
  EXPECT_EQ(clouds_of_issuer("https://id.example/realms/main"), kEveryCloud);
}

TEST(Cloud, TheHostSelectsAmongServedClouds) {
  const ServedClouds served({Cloud::kUsGovDod, Cloud::kChina, Cloud::kGlobal});
  const auto at = [&](std::string_view host) { return served.at(host)->name; };
  EXPECT_EQ(at("microsoftgraph.chinacloudapi.cn"), "china");
  EXPECT_EQ(at("LOGIN.chinacloudapi.cn:8443"), "china");
  EXPECT_EQ(at("graph.microsoft.com:443"), "global");
  EXPECT_EQ(at("login.microsoftonline.us"), "usgovdod");
  EXPECT_EQ(at("graph.microsoft.us"), "usgovdod") << "not served: the first";
  EXPECT_EQ(at("localhost:8080"), "usgovdod");
  EXPECT_EQ(at(""), "usgovdod");
  EXPECT_EQ(served.bit_at("localhost"), bit(Cloud::kUsGovDod));
  EXPECT_EQ(ServedClouds().at("graph.microsoft.us"), nullptr);
  EXPECT_EQ(ServedClouds().bit_at("graph.microsoft.us"), bit(Cloud::kGlobal));
}

TEST(Cloud, AudienceAndIssuerLimitATokensClouds) {
  std::vector<Issuer> issuers;
  issuers.push_back({std::string(kHomeIss), std::nullopt, {home_rsa().public_key}});
  issuers.push_back({std::string(kPartnerIss), guid(kPartnerTenant), {partner_rsa().public_key}});
  issuers.back().clouds = bit(Cloud::kChina);
  const Verifier verifier(std::make_shared<const KeySet>(std::move(issuers)), {std::string(kGraph)},
                          {Cloud::kUsGov, Cloud::kChina});
  const auto clouds = [&](Forged token, const std::string& aud, const Signer& signer) -> Clouds {
    token.claims["aud"] = aud;
    const auto caller = verifier.verify(token.sign(signer), at(kNow));
    EXPECT_EQ(caller ? TokenFault::kAudience : caller.error(), TokenFault::kAudience);
    return caller ? caller->clouds : 0;
  };
  EXPECT_EQ(clouds({}, in_quotes(kGraph), home_rsa()), kEveryCloud);
  EXPECT_EQ(clouds({}, R"("https://graph.microsoft.us")", home_rsa()), bit(Cloud::kUsGov));
  EXPECT_EQ(clouds({}, R"("https://graph.microsoft.us/")", home_rsa()), bit(Cloud::kUsGov));
  EXPECT_EQ(clouds({}, R"(["x","https://graph.microsoft.us","https://microsoftgraph.chinacloudapi.cn"])",
                   home_rsa()),
            bit(Cloud::kUsGov) | bit(Cloud::kChina));
  EXPECT_EQ(clouds({}, R"("https://graph.microsoft.com")", home_rsa()), 0) << "not served";
  EXPECT_EQ(clouds({}, R"("https://graph.microsoft.us//")", home_rsa()), 0);
  const Forged partner = from_partner("partner", "RS256");
  EXPECT_EQ(clouds(partner, in_quotes(kGraph), partner_rsa()), bit(Cloud::kChina));
  EXPECT_EQ(clouds(partner, R"("https://graph.microsoft.us")", partner_rsa()), 0);
}

}  // namespace
}  // namespace porchlight::identity
