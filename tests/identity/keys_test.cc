// JWKS documents, valid and invalid, and lookups in the key set.
#include "identity/keys.h"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;

// RFC 7638 §3.1.
constexpr std::string_view kRfcKey =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

// The P-256 key of RFC 7517 §A.1, with additional members.
std::string ec_jwk(std::string_view more) {
  return R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
         R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")" +
         std::string(more) + "}";
}

std::string set_of(std::string_view jwk) { return R"({"keys":[)" + std::string(jwk) + "]}"; }

std::size_t count_keys(std::string_view jwks) {
  const auto keys = parse_jwks(jwks);
  EXPECT_TRUE(keys.has_value()) << jwks;
  return keys ? keys->size() : 0;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

// An RSA key of that size.
std::string rsa_jwk(int bits) {
  const EvpKey key = own(EVP_RSA_gen(static_cast<unsigned>(bits)));
  const PublicKey weak{"k", Algorithm::kRs256, key};
  const std::string jwks = print_jwks({&weak, 1});
  return jwks.substr(9, jwks.size() - 11);
}

TEST(Jwks, AcceptsKeysThatMayVerify) {
  const std::string rows[] = {
      std::string(kRfcKey),
      ec_jwk(R"(,"kid":"a")"),
      ec_jwk(R"(,"kid":"a","alg":"ES256","use":"sig","key_ops":["verify"],"x5t":"x","issuer":"y")"),
      ec_jwk(R"(,"kid":"a","key_ops":["sign","verify"])"),
      replaced(kRfcKey, "AQAB", "AAEAAQ"),  // leading zeros are not canonical (RFC 7518) but harmless
  };
  for (const auto& row : rows) EXPECT_EQ(count_keys(set_of(row)), 1U) << row;
}

TEST(Jwks, SkipsOtherKeys) {
  const std::string rows[] = {
      ec_jwk(""),                                               // no kid
      ec_jwk(R"(,"kid":"")"),                                   //
      ec_jwk(R"(,"kid":7)"),                                    //
      ec_jwk(R"(,"kid":"a","use":"enc")"),                      // another use
      ec_jwk(R"(,"kid":"a","use":null)"),                       //
      ec_jwk(R"(,"kid":"a","key_ops":["sign"])"),               //
      ec_jwk(R"(,"kid":"a","key_ops":["verify","encrypt"])"),   //
      ec_jwk(R"(,"kid":"a","key_ops":[])"),                     //
      ec_jwk(R"(,"kid":"a","key_ops":"verify")"),               //
      ec_jwk(R"(,"kid":"a","alg":"ES384")"),                    // another algorithm
      ec_jwk(R"(,"kid":"a","alg":"RS256")"),                    //
      ec_jwk(R"(,"kid":"a","alg":null)"),                       //
      replaced(kRfcKey, "RS256", "PS256"),                      //
      replaced(kRfcKey, "RS256", "HS256"),                      //
      replaced(ec_jwk(R"(,"kid":"a")"), "P-256", "P-384"),      // another curve
      replaced(ec_jwk(R"(,"kid":"a")"), "P-256", "secp256k1"),  //
      replaced(ec_jwk(R"(,"kid":"a")"), "IFyM", "IFyI"),        // not on the curve
      replaced(ec_jwk(R"(,"kid":"a")"), "MKBC", "AAMKBC"),      // a coordinate too long
      replaced(ec_jwk(R"(,"kid":"a")"), "MKBC", ""),            // too short
      replaced(ec_jwk(R"(,"kid":"a")"), "v7D4", "v7D="),        // not base64url
      R"({"kty":"EC","crv":"P-256","kid":"a","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
      replaced(kRfcKey, "AQAB", "Aw"),                          // e = 3
      replaced(kRfcKey, "AQAB", "__8"),                         // e = 65535
      replaced(kRfcKey, "AQAB", "AQAA"),                        // e even
      replaced(kRfcKey, "AQAB", ""),                            //
      replaced(kRfcKey, "AQAB", "AQAAAAAAAAAB"),                // e beyond 64 bits
      replaced(kRfcKey, "DKgw", "DKgg"),                        // n even
      rsa_jwk(1024),                                            // too small
      rsa_jwk(2047),                                            //
      R"({"kty":"RSA","kid":"a","e":"AQAB"})",                  //
      R"({"kty":"oct","kid":"a","k":"AAAA"})",                  // a symmetric key
      R"({"kty":"OKP","kid":"a","crv":"Ed25519","x":"AAAA"})",  //
      R"({"kid":"a"})",
      "{}",
  };
  for (const auto& row : rows) EXPECT_EQ(count_keys(set_of(row)), 0U) << row;
  EXPECT_EQ(count_keys(set_of(rows[0] + "," + std::string(kRfcKey))), 1U);
}

TEST(Jwks, LimitsTheModulus) {
  std::string n(1025, '\xFF');
  EXPECT_EQ(count_keys(set_of(R"({"kty":"RSA","kid":"a","e":"AQAB","n":")" + encode_base64url(n) + "\"}")),
            0U);
}

TEST(Jwks, RefusesInvalidDocuments) {
  const std::string rows[] = {
      "",
      "[]",
      "{}",
      "null",
      R"({"keys":1})",
      R"({"keys":{}})",
      R"({"keys":[1]})",
      R"({"keys":[[]]})",
      R"({"keys":[]} )" + std::string(kJwksBytesMax, ' '),
      R"({"keys":[]}})",
      R"({"keys":[],"keys":[]})",
      set_of(replaced(kRfcKey, R"("e")", R"("n")")),
      "{\"keys\":[\"\xFF\"]}",
  };
  for (const auto& row : rows) {
    const auto keys = parse_jwks(row);
    ASSERT_FALSE(keys.has_value()) << row;
    EXPECT_FALSE(keys.error().empty());
  }
}

TEST(Jwks, PrintsAndParsesTheSame) {
  const std::vector<PublicKey> keys = {home_rsa().public_key, partner_ec().named("quote\"d").public_key};
  const std::string text = print_jwks(keys);
  const auto read = parse_jwks(text);
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].kid, keys[i].kid);
    EXPECT_EQ((*read)[i].algorithm, keys[i].algorithm);
    EXPECT_EQ(EVP_PKEY_eq((*read)[i].key.get(), keys[i].key.get()), 1);
  }
  EXPECT_EQ(print_jwks(*read), text);
  EXPECT_EQ(print_jwks({}), R"({"keys":[]})");
}

TEST(Jwks, ThumbprintMatchesTheRfc) {
  EXPECT_EQ(thumbprint(parse_jwks(set_of(kRfcKey))->front()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(KeySet, IssuersMayShareAKey) {
  const KeySet keys({{"https://a/", guid(kTenant), {home_rsa().public_key}},
                     {"https://b/", guid(kPartnerTenant), {home_rsa().public_key}}});
  ASSERT_EQ(keys.find("home").size(), 1U);
  EXPECT_EQ(keys.find("home")[0].issuers.size(), 2U);
  EXPECT_TRUE(keys.find("hom").empty());
  EXPECT_TRUE(keys.find("").empty());
}

TEST(KeySet, OneKidMayNameSeveralKeys) {
  // Each issuer's tokens verify with its own key and not with the other's.
  const auto set = std::make_shared<const KeySet>(std::vector<Issuer>{
      {std::string(kHomeIss), std::nullopt, {home_rsa().named("k").public_key}},
      {std::string(kPartnerIss), guid(kPartnerTenant), {partner_rsa().named("k").public_key}}});
  ASSERT_EQ(set->find("k").size(), 2U);
  const Verifier verifier(set, {std::string(kGraph)});
  Forged home;
  home.header["kid"] = "\"k\"";
  const Forged partner = from_partner("k", "RS256");
  EXPECT_TRUE(verifier.verify(home.sign(home_rsa()), at(kNow)).has_value());
  EXPECT_TRUE(verifier.verify(partner.sign(partner_rsa()), at(kNow)).has_value());
  EXPECT_EQ(verifier.verify(home.sign(partner_rsa()), at(kNow)).error(), TokenFault::kIssuer);
  EXPECT_EQ(verifier.verify(partner.sign(home_rsa()), at(kNow)).error(), TokenFault::kIssuer);
  EXPECT_EQ(verifier.verify(partner.sign(untrusted_rsa()), at(kNow)).error(), TokenFault::kSignature);
}

TEST(KeySet, IsReplacedWhileTheVerifierIsInUse) {
  const auto set_with = [](const Signer& signer) {
    return std::make_shared<const KeySet>(
        std::vector<Issuer>{{std::string(kHomeIss), std::nullopt, {signer.public_key}}});
  };
  Verifier verifier(set_with(home_rsa()), {std::string(kGraph)});
  const std::uint64_t before = verifier.epoch();
  EXPECT_TRUE(verifier.verify(Forged{}.sign(home_rsa()), at(kNow)).has_value());
  EXPECT_EQ(verifier.epoch(), before);
  verifier.set_keys(set_with(untrusted_rsa()));
  EXPECT_GT(verifier.epoch(), before);
  EXPECT_EQ(verifier.verify(Forged{}.sign(home_rsa()), at(kNow)).error(), TokenFault::kSignature);
  EXPECT_TRUE(verifier.verify(Forged{}.sign(untrusted_rsa()), at(kNow)).has_value());
}

TEST(KeySet, AnIssuerNeedsATenant) {
  EXPECT_THROW(KeySet({{"https://a/", std::nullopt, {}}}), std::invalid_argument);
}

TEST(Issuer, ThePlaceholderBecomesTheTenant) {
  EXPECT_EQ(issuer_for(kHomeIss, guid("AAAAAAAA-1111-4111-8111-111111111111")),
            "https://porchlight.local/aaaaaaaa-1111-4111-8111-111111111111/v2.0");
  EXPECT_EQ(issuer_for("https://a/", guid(kTenant)), "https://a/");
}

}  // namespace
}  // namespace porchlight::identity
