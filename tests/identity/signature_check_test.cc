// The reader for lines of test vectors: published examples, and lines that must be refused.
#include "signatures/signature_check.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes)
    for (const int nibble : {(byte >> 4) & 15, byte & 15}) out += "0123456789abcdef"[nibble];
  return out;
}

std::string jwk_of(const Signer& signer) {
  const std::string jwks = print_jwks({&signer.public_key, 1});
  return jwks.substr(9, jwks.size() - 11);
}

std::string jws_line(const std::string& jwk, const std::string& jws) {
  return R"({"jwk":)" + jwk + R"(,"jws":)" + in_quotes(jws) + "}";
}

std::string message_line(const Signer& signer, std::string_view alg, std::string_view msg,
                         std::string_view sig) {
  return R"({"jwk":)" + jwk_of(signer) + R"(,"alg":)" + in_quotes(alg) + R"(,"msg":)" + in_quotes(hex(msg)) +
         R"(,"sig":)" + in_quotes(hex(sig)) + "}";
}

TEST(SignatureCheck, RfcExample) {
  // RFC 7515 §A.3, whose key has no kid.
  const std::string jwk =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
  const std::string jws =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
      "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  EXPECT_TRUE(check_signature_line(jws_line(jwk, jws)));
  EXPECT_FALSE(check_signature_line(jws_line(jwk, jws + "A")));
  EXPECT_FALSE(check_signature_line(jws_line(jwk, jws.substr(0, jws.rfind('.') + 1))));
}

TEST(SignatureCheck, TokensAndMessages) {
  const std::string token = Forged{}.sign(home_rsa());
  EXPECT_TRUE(check_signature_line(jws_line(jwk_of(home_rsa()), token)));
  EXPECT_TRUE(check_signature_line(jws_line(jwk_of(home_rsa().named("other")), token)));
  EXPECT_FALSE(check_signature_line(jws_line(jwk_of(untrusted_rsa()), token)));
  EXPECT_FALSE(check_signature_line(jws_line(jwk_of(partner_ec()), token)));
  for (const Signer* signer : {&home_rsa(), &partner_ec()}) {
    const auto alg = name(signer->public_key.algorithm);
    EXPECT_TRUE(check_signature_line(message_line(*signer, alg, "text", signer->sign("text"))));
    EXPECT_TRUE(check_signature_line(message_line(*signer, alg, "", signer->sign(""))));
    EXPECT_FALSE(check_signature_line(message_line(*signer, alg, "other", signer->sign("text"))));
    EXPECT_FALSE(check_signature_line(message_line(*signer, alg, "text", "")));
    EXPECT_FALSE(check_signature_line(message_line(*signer, "PS256", "text", signer->sign("text"))));
  }
}

TEST(SignatureCheck, RefusesOtherLines) {
  const std::string jwk = jwk_of(home_rsa());
  const std::string rows[] = {
      "",
      "{}",
      "[]",
      "null",
      R"({"jwk":{}})",
      R"({"jwk":)" + jwk + "}",
      R"({"jwk":)" + jwk + R"(,"jws":7})",
      R"({"jwk":)" + jwk + R"(,"alg":"RS256","msg":"0","sig":"00"})",
      R"({"jwk":)" + jwk + R"(,"alg":"RS256","msg":"0g","sig":"00"})",
      R"({"jwk":)" + jwk + R"(,"alg":"RS256","msg":"00"})",
  };
  for (const auto& row : rows) EXPECT_FALSE(check_signature_line(row)) << row;
}

}  // namespace
}  // namespace porchlight::identity
