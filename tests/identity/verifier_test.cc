// Every rule for bearer tokens, each with a token that breaks just that rule; and the attacks of RFC 8725.
#include "identity/verifier.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <functional>
#include <ostream>

#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;

using Result = std::expected<Caller, TokenFault>;

Result verify(std::string_view token, std::int64_t now = kNow) { return verifier().verify(token, at(now)); }

// The fault of a refused token, or nothing for a good one.
std::optional<TokenFault> fault_of(std::string_view token, std::int64_t now = kNow) {
  const Result result = verify(token, now);
  return result ? std::nullopt : std::optional(result.error());
}

struct Row {
  std::string_view name;
  std::function<void(Forged&)> edit;
  std::optional<TokenFault> fault;
};

void expect_rows(std::span<const Row> rows, const Forged& base) {
  for (const Row& row : rows) {
    Forged token = base;
    row.edit(token);
    EXPECT_EQ(fault_of(token.sign(home_rsa())), row.fault) << row.name;
  }
}

constexpr auto kGood = std::optional<TokenFault>();

TEST(Verifier, TakesAGoodDelegatedToken) {
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

TEST(Verifier, TakesAGoodAppToken) {
  const Result caller = verify(app_only().sign(home_rsa()));
  ASSERT_TRUE(caller.has_value());
  EXPECT_FALSE(caller->delegated());
  EXPECT_EQ(caller->permissions, static_cast<Permissions>(Permission::kAppReadWriteAll));
}

TEST(Verifier, TakesThePartnersTokens) {
  EXPECT_EQ(fault_of(from_partner("partner", "RS256").sign(partner_rsa())), kGood);
  EXPECT_EQ(fault_of(from_partner("partner-ec", "ES256").sign(partner_ec())), kGood);
}

TEST(Verifier, FormIsStrict) {
  const std::string good = Forged{}.sign(home_rsa());
  const std::string body = good.substr(0, good.rfind('.'));
  const std::pair<std::string, std::string> rows[] = {
      {"no dots", "token"},
      {"one dot", "a.b"},
      {"no signature", body + "."},
      {"no signature and no dot", body},
      {"a fourth part", good + ".AA"},
      {"a dot behind", good + "."},
      {"no header", good.substr(good.find('.'))},
      {"no payload", good.substr(0, good.find('.')) + "." + good.substr(good.rfind('.'))},
      {"padding", good + "="},
      {"a space behind", good + " "},
      {"a line feed in front", "\n" + good},
      {"the other alphabet", body + ".+/" + good.substr(good.rfind('.') + 3)},
      {"too long", good + std::string(kTokenBytesMax, 'A')},
      {"JSON serialization", R"({"payload":"Zm9v","signatures":[]})"},
      {"encrypted", good + ".AA.AA"},
  };
  for (const auto& [name, token] : rows) EXPECT_EQ(fault_of(token), TokenFault::kMalformed) << name;
  EXPECT_EQ(fault_of(""), TokenFault::kEmpty);
  EXPECT_EQ(fault_of(good), kGood);
}

TEST(Verifier, SpareBitsAreNoSecondSpelling) {
  // 256 bytes leave four spare bits in the signature's last character: any but zero is another text for the
  // same signature.
  std::string token = Forged{}.sign(home_rsa());
  token.back() = static_cast<char>(token.back() + 1);
  EXPECT_EQ(fault_of(token), TokenFault::kMalformed);
}

TEST(Verifier, SizeIsBounded) {
  Forged token;
  token.claims["groups"] = in_quotes(std::string(kTokenBytesMax * 3 / 4 - 900, 'g'));
  const std::string longest = token.sign(home_rsa());
  ASSERT_LE(longest.size(), kTokenBytesMax);
  EXPECT_EQ(fault_of(longest), kGood);
  token.claims["groups"] = in_quotes(std::string(kTokenBytesMax * 3 / 4, 'g'));
  EXPECT_EQ(fault_of(token.sign(home_rsa())), TokenFault::kMalformed);
}

TEST(Verifier, HeaderRules) {
  const auto malformed = TokenFault::kMalformed;
  const auto raw = [](std::string text) { return [text](Forged& t) { t.raw_header = text; }; };
  const auto with = [](const char* name, std::string json) {
    return [name, json](Forged& t) { t.header[name] = json; };
  };
  std::string deep =
      R"({"alg":"RS256","kid":"home","x":)" + std::string(20, '[') + std::string(20, ']') + "}";
  std::string deepest =
      R"({"alg":"RS256","kid":"home","x":)" + std::string(19, '[') + std::string(19, ']') + "}";
  const Row rows[] = {
      {"typ at+jwt", with("typ", "\"at+jwt\""), kGood},
      {"no typ", [](Forged& t) { t.header.erase("typ"); }, kGood},
      {"nonce and x5t are passed over", [](Forged& t) { t.header["nonce"] = t.header["x5t"] = "\"x\""; },
       kGood},
      {"nesting 20", raw(deepest), kGood},
      {"space around", raw(" {\"alg\":\"RS256\",\"kid\":\"home\"}\n"), kGood},
      {"nesting 21", raw(deep), malformed},
      {"typ other", with("typ", "\"JOSE\""), malformed},
      {"typ not text", with("typ", "1"), malformed},
      {"jku", with("jku", "\"https://evil.example/keys\""), malformed},
      {"x5u", with("x5u", "\"https://evil.example/cert\""), malformed},
      {"jwk", with("jwk", "{}"), malformed},
      {"x5c", with("x5c", "[]"), malformed},
      {"crit", with("crit", "[\"exp\"]"), malformed},
      {"crit empty", with("crit", "[]"), malformed},
      {"zip", with("zip", "\"DEF\""), malformed},
      {"b64", with("b64", "true"), malformed},
      {"jku null", with("jku", "null"), malformed},
      {"alg twice", raw(R"({"alg":"RS256","kid":"home","alg":"RS256"})"), malformed},
      {"alg twice after unescaping", raw(R"({"alg":"RS256","kid":"home","\u0061lg":"none"})"), malformed},
      {"a list", raw("[]"), malformed},
      {"a text", raw("\"RS256\""), malformed},
      {"not JSON", raw("{alg:RS256}"), malformed},
      {"not UTF-8", raw("{\"alg\":\"RS256\",\"kid\":\"home\",\"x\":\"\xFF\"}"), malformed},
      {"text behind", raw(R"({"alg":"RS256","kid":"home"}{})"), malformed},
      {"no alg", [](Forged& t) { t.header.erase("alg"); }, malformed},
      {"alg not text", with("alg", "[\"RS256\"]"), malformed},
      {"kid not text", with("kid", "7"), malformed},
      {"no kid", [](Forged& t) { t.header.erase("kid"); }, TokenFault::kKey},
      {"kid unknown", with("kid", "\"away\""), TokenFault::kKey},
      {"kid in another case", with("kid", "\"HOME\""), TokenFault::kKey},
      {"kid empty", with("kid", "\"\""), TokenFault::kKey},
      {"Alg is not alg", with("Alg", "\"none\""), kGood},
  };
  expect_rows(rows, Forged{});
}

TEST(Verifier, AlgorithmIsTheKeys) {
  for (const std::string_view alg : {"none", "None", "NONE", "", "rs256", "RS384", "RS512", "PS256", "HS256",
                                     "ES256", "ES384", "EdDSA", "RS256 "}) {
    Forged token;
    token.header["alg"] = in_quotes(alg);
    EXPECT_EQ(fault_of(token.sign(home_rsa())), TokenFault::kKey) << alg;
    EXPECT_EQ(fault_of(token.signed_text() + ".AA"), TokenFault::kKey) << alg;
    EXPECT_EQ(fault_of(token.signed_text() + "."), TokenFault::kMalformed) << alg;
  }
  EXPECT_EQ(fault_of(from_partner("partner-ec", "RS256").sign(partner_ec())), TokenFault::kKey);
  EXPECT_EQ(fault_of(from_partner("partner", "ES256").sign(partner_ec())), TokenFault::kKey);
}

TEST(Verifier, APublicKeyIsNoHmacSecret) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(home_rsa().public_key.key.get(), &der);
  const std::string spki(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  for (const std::string& secret : {spki, encode_base64url(spki), print_jwks({&home_rsa().public_key, 1})}) {
    Forged token;
    token.header["alg"] = "\"HS256\"";
    EXPECT_EQ(fault_of(token.sign_hmac(secret)), TokenFault::kKey);
    token.header["alg"] = "\"RS256\"";
    EXPECT_EQ(fault_of(token.sign_hmac(secret)), TokenFault::kSignature);
  }
}

TEST(Verifier, SignatureMustBeTheKeys) {
  EXPECT_EQ(fault_of(Forged{}.sign(stranger())), TokenFault::kSignature);
  const std::string good = Forged{}.sign(home_rsa());
  Forged other;
  other.claims["oid"] = in_quotes(kApp);
  const std::string grafted = other.signed_text() + good.substr(good.rfind('.'));
  EXPECT_EQ(fault_of(grafted), TokenFault::kSignature);
  EXPECT_EQ(fault_of(Forged{}.signed_text() + ".AAAA"), TokenFault::kSignature);
}

TEST(Verifier, EcSignaturesAre64BytesInRange) {
  const Forged token = from_partner("partner-ec", "ES256");
  const std::string text = token.signed_text();
  const std::string good = partner_ec().sign(text);
  const std::string n = decode_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").value();
  const std::string zero(32, '\0');
  const std::string bad[] = {
      zero + zero,
      zero + good.substr(32),
      good.substr(0, 32) + zero,
      n + good.substr(32),
      good.substr(0, 32) + n,
      std::string(64, '\xFF'),
      good + '\0',
      '\0' + good,
      good.substr(0, 63),
      '\0' + good.substr(0, 32) + '\0' + good.substr(32),
      good.substr(32) + good.substr(0, 32),
      // The same pair as DER, which is another spelling.
      "\x30\x44\x02\x20" + good.substr(0, 32) + "\x02\x20" + good.substr(32),
  };
  EXPECT_EQ(fault_of(text + '.' + encode_base64url(good)), kGood);
  for (const std::string& signature : bad)
    EXPECT_EQ(fault_of(text + '.' + encode_base64url(signature)), TokenFault::kSignature);
}

TEST(Verifier, AnIssuerSpeaksForItselfOnly) {
  // The partner's key is good, yet it may not sign for our issuer, nor for another tenant.
  Forged token = from_partner("partner", "RS256");
  token.claims["iss"] = Forged{}.claims["iss"];
  EXPECT_EQ(fault_of(token.sign(partner_rsa())), TokenFault::kIssuer);
  token.claims["tid"] = in_quotes(kTenant);
  EXPECT_EQ(fault_of(token.sign(partner_rsa())), TokenFault::kIssuer);
  token.claims["iss"] = in_quotes(kPartnerIss);
  EXPECT_EQ(fault_of(token.sign(partner_rsa())), TokenFault::kIssuer);

  Forged ours;
  ours.claims["iss"] = in_quotes(kPartnerIss);
  ours.claims["tid"] = in_quotes(kPartnerTenant);
  EXPECT_EQ(fault_of(ours.sign(home_rsa())), TokenFault::kIssuer);
}

TEST(Verifier, IssuerAndTenantRules) {
  const auto iss = [](std::string text) { return [text](Forged& t) { t.claims["iss"] = in_quotes(text); }; };
  const Row rows[] = {
      {"another tenant's iss", iss("https://porchlight.local/22222222-2222-4222-8222-222222222222/v2.0"),
       TokenFault::kIssuer},
      {"upper case id in iss", iss("https://porchlight.local/11111111-1111-4111-8111-11111111111A/v2.0"),
       TokenFault::kIssuer},
      {"the template itself", iss(std::string(kHomeIss)), TokenFault::kIssuer},
      {"a slash more", iss("https://porchlight.local/11111111-1111-4111-8111-11111111111a/v2.0/"),
       TokenFault::kIssuer},
      {"a slash less", iss("https://porchlight.local/11111111-1111-4111-8111-11111111111a/v2"),
       TokenFault::kIssuer},
      {"another host", iss("https://porchlight.locaI/11111111-1111-4111-8111-11111111111a/v2.0"),
       TokenFault::kIssuer},
      {"no iss", [](Forged& t) { t.claims.erase("iss"); }, TokenFault::kIssuer},
      {"iss not text", [](Forged& t) { t.claims["iss"] = "[]"; }, TokenFault::kMalformed},
      {"upper case tid", [](Forged& t) { t.claims["tid"] = "\"11111111-1111-4111-8111-11111111111A\""; },
       kGood},
      {"another tid", [](Forged& t) { t.claims["tid"] = in_quotes(kPartnerTenant); }, TokenFault::kIssuer},
      {"tid no GUID", [](Forged& t) { t.claims["tid"] = "\"common\""; }, TokenFault::kMalformed},
      {"no tid", [](Forged& t) { t.claims.erase("tid"); }, TokenFault::kMalformed},
      {"tid a list", [](Forged& t) { t.claims["tid"] = "[" + in_quotes(kTenant) + "]"; },
       TokenFault::kMalformed},
  };
  expect_rows(rows, Forged{});
}

TEST(Verifier, AudienceRules) {
  const auto aud = [](std::string json) { return [json](Forged& t) { t.claims["aud"] = json; }; };
  const Row rows[] = {
      {"URI", aud("\"https://graph.microsoft.com\""), kGood},
      {"URI with slash", aud("\"https://graph.microsoft.com/\""), kGood},
      {"list", aud(R"(["other","https://graph.microsoft.com"])"), kGood},
      {"other", aud("\"00000002-0000-0000-c000-000000000000\""), TokenFault::kAudience},
      {"longer", aud("\"https://graph.microsoft.com//\""), TokenFault::kAudience},
      {"other case", aud("\"https://Graph.microsoft.com\""), TokenFault::kAudience},
      {"list without us", aud("[\"other\"]"), TokenFault::kAudience},
      {"empty list", aud("[]"), TokenFault::kAudience},
      {"none", [](Forged& t) { t.claims.erase("aud"); }, TokenFault::kAudience},
      {"list with a number", aud(R"(["https://graph.microsoft.com",1])"), TokenFault::kMalformed},
      {"object", aud("{}"), TokenFault::kMalformed},
      {"null", aud("null"), TokenFault::kMalformed},
  };
  expect_rows(rows, Forged{});
}

TEST(Verifier, LifetimeRules) {
  const auto claim = [](const char* name, std::string json) {
    return [name, json](Forged& t) { t.claims[name] = json; };
  };
  const auto malformed = TokenFault::kMalformed;
  const Row rows[] = {
      {"no exp", [](Forged& t) { t.claims.erase("exp"); }, malformed},
      {"exp text", claim("exp", "\"1900003600\""), malformed},
      {"exp null", claim("exp", "null"), malformed},
      {"exp true", claim("exp", "true"), malformed},
      {"exp negative", claim("exp", "-1"), malformed},
      {"exp 2^33", claim("exp", "8589934592"), kGood},
      {"exp beyond 2^33", claim("exp", "8589934593"), malformed},
      {"exp huge", claim("exp", "1e300"), malformed},
      {"exp not finite", claim("exp", "1e999"), malformed},
      {"exp a fraction", claim("exp", "1900003600.5"), kGood},
      {"exp with an exponent", claim("exp", "1.9e9"), kGood},
      {"exp zero", claim("exp", "0"), TokenFault::kExpired},
      {"no nbf, no iat", [](Forged& t) { t.claims.erase("nbf"), t.claims.erase("iat"); }, kGood},
      {"nbf text", claim("nbf", "\"0\""), malformed},
      {"nbf negative", claim("nbf", "-0.5"), malformed},
      {"iat text", claim("iat", "\"0\""), malformed},
      {"iat beyond 2^33", claim("iat", "8589934592.5"), malformed},
      {"nbf at the skew", claim("nbf", "1900000300"), kGood},
      {"nbf past the skew", claim("nbf", "1900000301"), TokenFault::kNotYet},
      {"exp within the skew", claim("exp", "1899999701"), kGood},
      {"exp at the skew", claim("exp", "1899999700"), TokenFault::kExpired},
  };
  expect_rows(rows, Forged{});
}

TEST(Verifier, TimePasses) {
  const std::string token = Forged{}.sign(home_rsa());
  EXPECT_EQ(fault_of(token, kNow - 301), TokenFault::kNotYet);
  EXPECT_EQ(fault_of(token, kNow - 300), kGood);
  EXPECT_EQ(fault_of(token, kNow + 3600 + 299), kGood);
  EXPECT_EQ(fault_of(token, kNow + 3600 + 300), TokenFault::kExpired);
}

TEST(Verifier, ClaimTypesAreStrict) {
  const auto malformed = TokenFault::kMalformed;
  const auto claim = [](const char* name, std::string json) {
    return [name, json](Forged& t) { t.claims[name] = json; };
  };
  const auto raw = [](std::string text) { return [text](Forged& t) { t.raw_claims = text; }; };
  const Row rows[] = {
      {"scp a list", claim("scp", "[\"Presence.Read\"]"), malformed},
      {"scp null", claim("scp", "null"), malformed},
      {"roles text", claim("roles", "\"Presence.Read.All\""), malformed},
      {"roles a list of numbers", claim("roles", "[1]"), malformed},
      {"roles null", claim("roles", "null"), malformed},
      {"idtyp a number", claim("idtyp", "1"), malformed},
      {"oid no GUID", claim("oid", "\"ana@contoso.com\""), malformed},
      {"oid a number", claim("oid", "3"), malformed},
      {"no oid", [](Forged& t) { t.claims.erase("oid"); }, malformed},
      {"appid no GUID", claim("appid", "\"app\""), malformed},
      {"no app", [](Forged& t) { t.claims.erase("appid"); }, malformed},
      {"azp alone", [](Forged& t) { t.claims.erase("appid"), t.claims["azp"] = in_quotes(kApp); }, kGood},
      {"azp the same", claim("azp", in_quotes(kApp)), kGood},
      {"azp another", claim("azp", in_quotes(kUser)), malformed},
      {"azp no GUID", claim("azp", "\"\""), malformed},
      {"a list", raw("[]"), malformed},
      {"not JSON", raw("foo"), malformed},
      {"a member twice", raw(R"({"exp":1,"exp":2})"), malformed},
      {"a member twice, deep inside", raw(R"({"x":[{"y":1,"\u0079":2}]})"), malformed},
      {"text behind", raw("{} {}"), malformed},
      {"Scp is not scp", claim("Scp", "[]"), kGood},
  };
  expect_rows(rows, Forged{});
}

TEST(Verifier, OneFaultAtATimeInTheOrderOfTheChecks) {
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
  expect(TokenFault::kKey, stranger());
  token.header["kid"] = "\"home\"";
  expect(TokenFault::kSignature, stranger());
  expect(TokenFault::kIssuer);
  token.claims["iss"] = Forged{}.claims["iss"];
  expect(TokenFault::kAudience);
  token.claims["aud"] = in_quotes(kGraph);
  expect(TokenFault::kExpired);
  token.claims["exp"] = "1900000600";
  expect(TokenFault::kMalformed);
  token.claims["oid"] = in_quotes(kUser);
  EXPECT_EQ(fault_of(token.sign(home_rsa())), kGood);
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
