// The callers that valid tokens give, the order of the checks, and lifetimes (bad_tokens_test.cc has invalid
// tokens).
#include "identity/verifier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;

using Result = std::expected<Caller, TokenFault>;

Result verify(std::string_view token, std::int64_t now = kNow) { return verifier().verify(token, at(now)); }

// The fault of a refused token; nullopt for a valid one.
std::optional<TokenFault> fault_of(std::string_view token, std::int64_t now = kNow) {
  const Result result = verify(token, now);
  return result ? std::nullopt : std::optional(result.error());
}

constexpr auto kAccepted = std::optional<TokenFault>();

TEST(Verifier, AcceptsADelegatedToken) {
  const Result caller = verify(Forged{}.sign(home_rsa()));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->tenant, guid(kTenant));
  EXPECT_EQ(caller->app, guid(kApp));
  EXPECT_EQ(caller->user, guid(kUser));
  EXPECT_TRUE(caller->has(Permission::kDelegatedRead));
  EXPECT_TRUE(caller->has(Permission::kDelegatedReadWrite));
  EXPECT_FALSE(caller->has(Permission::kDelegatedReadAll));
  EXPECT_FALSE(caller->personal);
  EXPECT_EQ(caller->granted, "Presence.Read Presence.ReadWrite");
  EXPECT_EQ(caller->expires_at, at(kNow + 3600));
}

TEST(Verifier, AcceptsAnAppToken) {
  const Result caller = verify(app_only().sign(home_rsa()));
  ASSERT_TRUE(caller.has_value());
  EXPECT_FALSE(caller->delegated());
  EXPECT_EQ(caller->permissions, static_cast<Permissions>(Permission::kAppReadWriteAll));
}

TEST(Verifier, AcceptsThePartnersTokens) {
  EXPECT_EQ(fault_of(from_partner("partner", "RS256").sign(partner_rsa())), kAccepted);
  EXPECT_EQ(fault_of(from_partner("partner-ec", "ES256").sign(partner_ec())), kAccepted);
}

// Each has its own keys and kind of key; none can issue tokens in the name of another.
TEST(Verifier, ATenantMayHaveSeveralIssuers) {
  constexpr std::string_view kRealm = "https://id.example/realms/main";
  std::vector<Issuer> issuers;
  issuers.push_back({std::string(kHomeIss), std::nullopt, {home_rsa().public_key}});
  issuers.push_back({std::string(kPartnerIss), guid(kTenant), {partner_rsa().public_key}});
  issuers.push_back({std::string(kRealm), guid(kTenant), {partner_ec().public_key}});
  const Verifier several(std::make_shared<const KeySet>(std::move(issuers)), {std::string(kGraph)});
  const std::string names[] = {issuer_for(kHomeIss, guid(kTenant)), std::string(kPartnerIss),
                               std::string(kRealm)};
  const Signer* signers[] = {&home_rsa(), &partner_rsa(), &partner_ec()};
  for (const Signer* signer : signers) {
    for (const std::string& iss : names) {
      Forged token;
      token.header["kid"] = in_quotes(signer->public_key.kid);
      token.header["alg"] = in_quotes(name(signer->public_key.algorithm));
      token.claims["iss"] = in_quotes(iss);
      const bool its_own =
          std::ranges::find(signers, signer) - signers == std::ranges::find(names, iss) - names;
      const Result caller = several.verify(token.sign(*signer), at(kNow));
      EXPECT_EQ(caller.has_value(), its_own) << iss;
      if (caller) {
        EXPECT_EQ(caller->tenant, guid(kTenant));
      } else {
        EXPECT_EQ(caller.error(), TokenFault::kIssuer);
      }
    }
  }
}

TEST(Verifier, ChecksTheLifetime) {
  const std::string token = Forged{}.sign(home_rsa());
  EXPECT_EQ(fault_of(token, kNow - 301), TokenFault::kNotYet);
  EXPECT_EQ(fault_of(token, kNow - 300), kAccepted);
  EXPECT_EQ(fault_of(token, kNow + 3600 + 299), kAccepted);
  EXPECT_EQ(fault_of(token, kNow + 3600 + 300), TokenFault::kExpired);
}

TEST(Verifier, ChecksWhenTheTokenBegins) {
  struct Row {
    std::string_view what;
    std::optional<std::int64_t> iat, nbf;  // seconds from now; absent: without the claim
    std::optional<TokenFault> fault;
  };
  const Row rows[] = {
      {"both now", 0, 0, kAccepted},
      {"neither", std::nullopt, std::nullopt, kAccepted},
      {"iat long ago", -86'400, 0, kAccepted},
      {"iat alone, now", 0, std::nullopt, kAccepted},
      {"nbf alone, at the skew", std::nullopt, 300, kAccepted},
      {"nbf alone, past the skew", std::nullopt, 301, TokenFault::kNotYet},
      {"iat at the skew", 300, 0, kAccepted},
      {"iat past the skew", 301, 0, TokenFault::kNotYet},
      {"iat alone, past the skew", 301, std::nullopt, TokenFault::kNotYet},
      {"iat in a year", 31'536'000, 0, TokenFault::kNotYet},
      {"nbf past the skew, iat before", 0, 301, TokenFault::kNotYet},
      {"both past the skew", 301, 301, TokenFault::kNotYet},
      {"iat at the end of numbers", (std::int64_t{1} << 33) - kNow, 0, TokenFault::kNotYet},
  };
  for (const Row& row : rows) {
    Forged token;
    token.claims["exp"] = std::to_string(kNow + 3600);
    for (const auto& [name, value] : {std::pair("iat", row.iat), std::pair("nbf", row.nbf)}) {
      token.claims.erase(name);
      if (value) token.claims[name] = std::to_string(kNow + *value);
    }
    EXPECT_EQ(fault_of(token.sign(home_rsa()), kNow), row.fault) << row.what;
  }
}

TEST(Verifier, ReportsTheFirstFaultInTheOrderOfTheChecks) {
  Forged token;
  const auto expect = [&token](TokenFault fault, const Signer& signer = home_rsa()) {
    EXPECT_EQ(fault_of(token.sign(signer)), fault) << message(fault);
  };
  token.header["jku"] = "\"x\"";
  token.header["kid"] = "\"away\"";
  token.claims["iss"] = "\"x\"";
  token.claims["aud"] = "\"x\"";
  token.claims["exp"] = "1";
  token.claims["oid"] = "\"x\"";
  expect(TokenFault::kMalformed);
  token.header.erase("jku");
  expect(TokenFault::kKey, untrusted_rsa());
  token.header["kid"] = "\"home\"";
  expect(TokenFault::kSignature, untrusted_rsa());
  expect(TokenFault::kIssuer);
  token.claims["iss"] = Forged{}.claims["iss"];
  expect(TokenFault::kAudience);
  token.claims["aud"] = in_quotes(kGraph);
  expect(TokenFault::kExpired);
  token.claims["exp"] = "1900000600";
  expect(TokenFault::kMalformed);
  token.claims["oid"] = in_quotes(kUser);
  EXPECT_EQ(fault_of(token.sign(home_rsa())), kAccepted);
}

TEST(Verifier, TextsAreTheDocumentedOnes) {
  EXPECT_EQ(message(TokenFault::kEmpty), "Access token is empty.");
  EXPECT_EQ(
      message(TokenFault::kMalformed),
      "IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact "
      "Serialization Format. (JWS): 'EncodedHeader.EndcodedPayload.EncodedSignature'.");
  EXPECT_EQ(message(TokenFault::kExpired), "Lifetime validation failed, the token is expired.");
  EXPECT_EQ(message(TokenFault::kNotYet), "Lifetime validation failed, the token is not yet valid.");
  EXPECT_EQ(message(TokenFault::kSignature), "Signature is invalid.");
  EXPECT_EQ(message(TokenFault::kKey), "Invalid x5t claim.");
  EXPECT_EQ(message(TokenFault::kAudience), "Access token validation failure. Invalid audience.");
  EXPECT_EQ(message(TokenFault::kIssuer), "Access token validation failure. Invalid issuer.");
}

}  // namespace
}  // namespace porchlight::identity
