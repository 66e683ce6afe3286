// Tokens that must be refused, each of which breaks one rule, and the attacks of RFC 8725; beside them valid
// tokens at the same limits.
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <algorithm>
#include <functional>
#include <set>

#include "forge.h"
#include "identity/verifier.h"

namespace porchlight::identity {
namespace {

using namespace forge;

constexpr auto kGood = std::optional<TokenFault>();
constexpr auto kMalformed = TokenFault::kMalformed;

struct BadTokenRow {
  std::string name;
  std::string token;
  std::optional<TokenFault> fault;
};
using Rows = std::vector<BadTokenRow>;

// A valid token of this server's issuer, changed and then signed.
struct Change {
  std::string name;
  std::function<void(Forged&)> edit;
  std::optional<TokenFault> fault;
  const Signer* signer = &home_rsa();
};

Rows signed_rows(const std::vector<Change>& changes) {
  Rows rows;
  for (const Change& change : changes) {
    Forged token;
    change.edit(token);
    rows.push_back({change.name, token.sign(*change.signer), change.fault});
  }
  return rows;
}

std::function<void(Forged&)> header(std::string name, std::string json) {
  return [=](Forged& t) { t.header[name] = json; };
}
std::function<void(Forged&)> claim(std::string name, std::string json) {
  return [=](Forged& t) { t.claims[name] = json; };
}
std::function<void(Forged&)> without(std::string name) {
  return [=](Forged& t) { t.claims.erase(name), t.header.erase(name); };
}

Rows form_rows() {
  const std::string good = Forged{}.sign(home_rsa());
  const std::string body = good.substr(0, good.rfind('.'));
  // 256 bytes leave four spare bits in the last character of the signature. If they were accepted as other
  // than zero, one token would have several forms.
  std::string spare_bits = good;
  spare_bits.back() = static_cast<char>(spare_bits.back() + 1);
  return {
      {"good", good, kGood},
      {"empty", "", TokenFault::kEmpty},
      {"no dots", "token", kMalformed},
      {"one dot", "a.b", kMalformed},
      {"no signature", body + ".", kMalformed},
      {"no signature and no dot", body, kMalformed},
      {"a fourth part", good + ".AA", kMalformed},
      {"a dot behind", good + ".", kMalformed},
      {"no header", good.substr(good.find('.')), kMalformed},
      {"no payload", good.substr(0, good.find('.')) + "." + good.substr(good.rfind('.')), kMalformed},
      {"padding", good + "=", kMalformed},
      {"a space behind", good + " ", kMalformed},
      {"a line feed in front", "\n" + good, kMalformed},
      {"the other alphabet", body + ".+/" + good.substr(good.rfind('.') + 3), kMalformed},
      {"too long", good + std::string(kTokenBytesMax, 'A'), kMalformed},
      {"JSON serialization", R"({"payload":"Zm9v","signatures":[]})", kMalformed},
      {"encrypted", good + ".AA.AA", kMalformed},
      {"spare bits", spare_bits, kMalformed},
  };
}

Rows size_rows() {
  Forged token;
  token.claims["groups"] = in_quotes(std::string(kTokenBytesMax * 3 / 4 - 900, 'g'));
  std::string longest = token.sign(home_rsa());
  EXPECT_LE(longest.size(), kTokenBytesMax);
  token.claims["groups"] = in_quotes(std::string(kTokenBytesMax * 3 / 4, 'g'));
  return {{"almost too long", std::move(longest), kGood},
          {"too long", token.sign(home_rsa()), kMalformed},
          {"a megabyte", std::string(1 << 20, 'A'), kMalformed},
          {"a megabyte of dots", std::string(1 << 20, '.'), kMalformed},
          {"a long key name",
           signed_rows({{"", header("kid", in_quotes(std::string(kTokenBytesMax, 'k'))), {}}})[0].token,
           kMalformed}};
}

Rows header_rows() {
  const auto raw = [](std::string text) { return [text](Forged& t) { t.raw_header = text; }; };
  std::string deep =
      R"({"alg":"RS256","kid":"home","x":)" + std::string(20, '[') + std::string(20, ']') + "}";
  std::string deepest =
      R"({"alg":"RS256","kid":"home","x":)" + std::string(19, '[') + std::string(19, ']') + "}";
  return signed_rows({
      {"typ at+jwt", header("typ", "\"at+jwt\""), kGood},
      {"no typ", without("typ"), kGood},
      {"nonce and x5t are passed over", [](Forged& t) { t.header["nonce"] = t.header["x5t"] = "\"x\""; },
       kGood},
      {"nesting 20", raw(deepest), kGood},
      {"space around", raw(" {\"alg\":\"RS256\",\"kid\":\"home\"}\n"), kGood},
      {"nesting 21", raw(deep), kMalformed},
      {"typ other", header("typ", "\"JOSE\""), kMalformed},
      {"typ not text", header("typ", "1"), kMalformed},
      {"jwk", header("jwk", "{}"), kMalformed},
      {"x5c", header("x5c", "[]"), kMalformed},
      {"crit", header("crit", "[\"exp\"]"), kMalformed},
      {"crit empty", header("crit", "[]"), kMalformed},
      {"zip", header("zip", "\"DEF\""), kMalformed},
      {"b64", header("b64", "true"), kMalformed},
      {"jku null", header("jku", "null"), kMalformed},
      {"alg twice", raw(R"({"alg":"RS256","kid":"home","alg":"RS256"})"), kMalformed},
      {"alg twice after unescaping", raw(R"({"alg":"RS256","kid":"home","\u0061lg":"none"})"), kMalformed},
      {"a list", raw("[]"), kMalformed},
      {"a text", raw("\"RS256\""), kMalformed},
      {"not JSON", raw("{alg:RS256}"), kMalformed},
      {"not UTF-8", raw("{\"alg\":\"RS256\",\"kid\":\"home\",\"x\":\"\xFF\"}"), kMalformed},
      {"text behind", raw(R"({"alg":"RS256","kid":"home"}{})"), kMalformed},
      {"no alg", without("alg"), kMalformed},
      {"alg not text", header("alg", "[\"RS256\"]"), kMalformed},
      {"kid not text", header("kid", "7"), kMalformed},
      {"no kid", without("kid"), TokenFault::kKey},
      {"kid unknown", header("kid", "\"away\""), TokenFault::kKey},
      {"kid in another case", header("kid", "\"HOME\""), TokenFault::kKey},
      {"kid empty", header("kid", "\"\""), TokenFault::kKey},
      {"Alg is not alg", header("Alg", "\"none\""), kGood},
  });
}

// A kid selects a trusted key and does nothing else.
Rows key_id_rows() {
  const auto named = [](std::string json) { return header("kid", std::move(json)); };
  const auto key = TokenFault::kKey;
  return signed_rows({
      {"a file", named(R"("../../../../dev/null")"), key},
      {"a statement", named(R"("home' OR '1'='1")"), key},
      {"a command", named(R"("home; true")"), key},
      {"an address", named(R"("https://evil.example/keys.json")"), key},
      {"a NUL behind", named(R"("home\u0000")"), key},
      {"a space behind", named(R"("home ")"), key},
      {"a part of it", named(R"("hom")"), key},
      {"its thumbprint", named(in_quotes(thumbprint(home_rsa().public_key))), key},
      {"escaped, the same", named(R"("\u0068ome")"), kGood},
      {"another issuer's key", named(R"("partner")"), TokenFault::kSignature},
      {"another algorithm's key", named(R"("partner-ec")"), key},
      {"null", named("null"), kMalformed},
      {"twice", [](Forged& t) { t.raw_header = R"({"alg":"RS256","kid":"home","kid":"home"})"; }, kMalformed},
      {"x5t in its place", [](Forged& t) { t.header["x5t"] = std::exchange(t.header["kid"], "\"\""); }, key},
  });
}

// A key in the token is ignored, whatever its kid.
Rows embedded_key_rows() {
  const std::string set = print_jwks({&untrusted_rsa().public_key, 1});
  const std::string jwk = set.substr(9, set.size() - 11);
  const auto other = [](const char* name, std::string json) {
    return [=](Forged& t) {
      t.header[name] = json;
      t.header["kid"] = "\"mine\"";
    };
  };
  Rows rows;
  for (const auto& [name, json] : std::vector<std::pair<const char*, std::string>>{
           {"jwk", jwk},
           {"jku", in_quotes("data:application/json," + encode_base64url(set))},
           {"x5u", in_quotes("https://porchlight.local/keys")},
           {"x5c", "[\"MIIB\"]"}}) {
    for (BadTokenRow& row : signed_rows(
             {{std::string(name), header(name, json), kMalformed, &untrusted_rsa()},
              {std::string(name) + " of another name", other(name, json), kMalformed, &untrusted_rsa()},
              {std::string(name) + " though ours signed", header(name, json), kMalformed}}))
      rows.push_back(std::move(row));
  }
  return rows;
}

Rows algorithm_rows() {
  const auto key = TokenFault::kKey;
  Rows rows;
  for (const char* alg : {"none", "None", "NONE", "", "rs256", "RS384", "RS512", "PS256", "HS256", "ES256",
                          "ES384", "EdDSA", "RS256 "}) {
    Forged token;
    token.header["alg"] = in_quotes(alg);
    const std::string name = in_quotes(alg);
    rows.push_back({name, token.sign(home_rsa()), key});
    rows.push_back({name + " with a signature of no use", token.signed_text() + ".AA", key});
    rows.push_back({name + " without a signature", token.signed_text() + ".", kMalformed});
  }
  rows.push_back({"an EC key's RS256", from_partner("partner-ec", "RS256").sign(partner_ec()), key});
  rows.push_back({"an RSA key's ES256", from_partner("partner", "ES256").sign(partner_ec()), key});
  return rows;
}

// A public key must not work as an HMAC secret, in any encoding.
Rows hmac_rows() {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(home_rsa().public_key.key.get(), &der);
  const std::string spki(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  Rows rows;
  for (const auto& [name, secret] :
       std::vector<std::pair<std::string, std::string>>{{"DER", spki},
                                                        {"base64url", encode_base64url(spki)},
                                                        {"JWKS", print_jwks({&home_rsa().public_key, 1})},
                                                        {"nothing", ""}}) {
    for (const auto& [alg, fault] :
         {std::pair("HS256", TokenFault::kKey), std::pair("RS256", TokenFault::kSignature)}) {
      Forged token;
      token.header["alg"] = in_quotes(alg);
      rows.push_back({std::string(alg) + " by " + name, token.sign_hmac(secret), fault});
    }
  }
  return rows;
}

Rows signature_rows() {
  const auto bad = TokenFault::kSignature;
  const std::string good = Forged{}.sign(home_rsa());
  Forged other;
  other.claims["oid"] = in_quotes(kApp);
  Rows rows = {{"a stranger's", Forged{}.sign(untrusted_rsa()), bad},
               {"another token's", other.signed_text() + good.substr(good.rfind('.')), bad},
               {"too short", Forged{}.signed_text() + ".AAAA", bad}};
  const Forged token = from_partner("partner-ec", "ES256");
  const std::string text = token.signed_text(), pair = partner_ec().sign(text);
  const std::string n = decode_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").value();
  const std::string zero(32, '\0');
  const auto add = [&](std::string name, const std::string& signature, std::optional<TokenFault> fault) {
    rows.push_back({"ES256: " + name, text + '.' + encode_base64url(signature), fault});
  };
  add("good", pair, kGood);
  add("r and s zero", zero + zero, bad);
  add("r zero", zero + pair.substr(32), bad);
  add("s zero", pair.substr(0, 32) + zero, bad);
  add("r the order", n + pair.substr(32), bad);
  add("s the order", pair.substr(0, 32) + n, bad);
  add("all ones", std::string(64, '\xFF'), bad);
  add("a byte behind", pair + '\0', bad);
  add("a byte in front", '\0' + pair, bad);
  add("a byte short", pair.substr(0, 63), bad);
  add("33 bytes each", '\0' + pair.substr(0, 32) + '\0' + pair.substr(32), bad);
  add("s before r", pair.substr(32) + pair.substr(0, 32), bad);
  add("DER", "\x30\x44\x02\x20" + pair.substr(0, 32) + "\x02\x20" + pair.substr(32), bad);
  return rows;
}

// A valid key only signs for its own issuer and tenant.
Rows issuer_rows() {
  const std::string ours = Forged{}.claims["iss"];
  const auto from = [](std::string iss, std::string_view tenant) {
    return [=](Forged& t) {
      t = from_partner("partner", "RS256");
      t.claims["iss"] = iss;
      t.claims["tid"] = in_quotes(tenant);
    };
  };
  const auto iss = [](std::string text) { return claim("iss", in_quotes(text)); };
  return signed_rows({
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
      {"no iss", without("iss"), TokenFault::kIssuer},
      {"iss not text", claim("iss", "[]"), kMalformed},
      {"upper case tid", claim("tid", "\"11111111-1111-4111-8111-11111111111A\""), kGood},
      {"another tid", claim("tid", in_quotes(kPartnerTenant)), TokenFault::kIssuer},
      {"tid no GUID", claim("tid", "\"common\""), kMalformed},
      {"no tid", without("tid"), kMalformed},
      {"tid a list", claim("tid", "[" + in_quotes(kTenant) + "]"), kMalformed},
      {"the partner in our name", from(ours, kPartnerTenant), TokenFault::kIssuer, &partner_rsa()},
      {"the partner in our name, for our tenant", from(ours, kTenant), TokenFault::kIssuer, &partner_rsa()},
      {"the partner for our tenant", from(in_quotes(kPartnerIss), kTenant), TokenFault::kIssuer,
       &partner_rsa()},
      {"the partner's other version",
       from(in_quotes("https://login.microsoftonline.com/partner/v2.0"), kPartnerTenant), TokenFault::kIssuer,
       &partner_rsa()},
      {"we in the partner's name",
       [](Forged& t) {
         t.claims["iss"] = in_quotes(kPartnerIss);
         t.claims["tid"] = in_quotes(kPartnerTenant);
       },
       TokenFault::kIssuer},
  });
}

Rows audience_rows() {
  const auto aud = [](std::string json) { return claim("aud", std::move(json)); };
  return signed_rows({
      {"URI", aud("\"https://graph.microsoft.com\""), kGood},
      {"URI with slash", aud("\"https://graph.microsoft.com/\""), kGood},
      {"list", aud(R"(["other","https://graph.microsoft.com"])"), kGood},
      {"other", aud("\"00000002-0000-0000-c000-000000000000\""), TokenFault::kAudience},
      {"longer", aud("\"https://graph.microsoft.com//\""), TokenFault::kAudience},
      {"other case", aud("\"https://Graph.microsoft.com\""), TokenFault::kAudience},
      {"list without us", aud("[\"other\"]"), TokenFault::kAudience},
      {"empty list", aud("[]"), TokenFault::kAudience},
      {"none", without("aud"), TokenFault::kAudience},
      {"list with a number", aud(R"(["https://graph.microsoft.com",1])"), kMalformed},
      {"object", aud("{}"), kMalformed},
      {"null", aud("null"), kMalformed},
  });
}

Rows lifetime_rows() {
  return signed_rows({
      {"no exp", without("exp"), kMalformed},
      {"exp text", claim("exp", "\"1900003600\""), kMalformed},
      {"exp null", claim("exp", "null"), kMalformed},
      {"exp true", claim("exp", "true"), kMalformed},
      {"exp negative", claim("exp", "-1"), kMalformed},
      {"exp 2^33", claim("exp", "8589934592"), kGood},
      {"exp beyond 2^33", claim("exp", "8589934593"), kMalformed},
      {"exp huge", claim("exp", "1e300"), kMalformed},
      {"exp not finite", claim("exp", "1e999"), kMalformed},
      {"exp a fraction", claim("exp", "1900003600.5"), kGood},
      {"exp with an exponent", claim("exp", "1.9e9"), kGood},
      {"exp zero", claim("exp", "0"), TokenFault::kExpired},
      {"no nbf, no iat", [](Forged& t) { t.claims.erase("nbf"), t.claims.erase("iat"); }, kGood},
      {"nbf text", claim("nbf", "\"0\""), kMalformed},
      {"nbf negative", claim("nbf", "-0.5"), kMalformed},
      {"iat text", claim("iat", "\"0\""), kMalformed},
      {"iat beyond 2^33", claim("iat", "8589934592.5"), kMalformed},
      {"nbf at the skew", claim("nbf", "1900000300"), kGood},
      {"nbf past the skew", claim("nbf", "1900000301"), TokenFault::kNotYet},
      {"exp within the skew", claim("exp", "1899999701"), kGood},
      {"exp at the skew", claim("exp", "1899999700"), TokenFault::kExpired},
  });
}

Rows claim_rows() {
  const auto raw = [](std::string text) { return [text](Forged& t) { t.raw_claims = text; }; };
  return signed_rows({
      {"scp a list", claim("scp", "[\"Presence.Read\"]"), kMalformed},
      {"scp null", claim("scp", "null"), kMalformed},
      {"roles text", claim("roles", "\"Presence.Read.All\""), kMalformed},
      {"roles a list of numbers", claim("roles", "[1]"), kMalformed},
      {"roles null", claim("roles", "null"), kMalformed},
      {"idtyp a number", claim("idtyp", "1"), kMalformed},
      {"oid no GUID", claim("oid", "\"ana@contoso.com\""), kMalformed},
      {"oid a number", claim("oid", "3"), kMalformed},
      {"no oid", without("oid"), kMalformed},
      {"appid no GUID", claim("appid", "\"app\""), kMalformed},
      {"no app", without("appid"), kMalformed},
      {"azp alone", [](Forged& t) { t.claims.erase("appid"), t.claims["azp"] = in_quotes(kApp); }, kGood},
      {"azp the same", claim("azp", in_quotes(kApp)), kGood},
      {"azp another", claim("azp", in_quotes(kUser)), kMalformed},
      {"azp no GUID", claim("azp", "\"\""), kMalformed},
      {"a list", raw("[]"), kMalformed},
      {"not JSON", raw("foo"), kMalformed},
      {"a member twice, deep inside", raw(R"({"x":[{"y":1,"\u0079":2}]})"), kMalformed},
      {"text behind", raw("{} {}"), kMalformed},
      {"Scp is not scp", claim("Scp", "[]"), kGood},
      {"a v1.0 and a v2.0 name for two applications",
       [](Forged& t) { t.claims["ver"] = "\"2.0\"", t.claims["azp"] = in_quotes(kTenant); }, kMalformed},
      {"another's id though there are roles",
       [](Forged& t) { t = app_only(), t.claims["azp"] = in_quotes(kUser); }, kMalformed},
  });
}

// Every claim that matters, given twice: a parser that uses the first and one that uses the last would
// differ.
Rows doubled_rows() {
  Rows rows;
  for (const char* name : {"iss", "aud", "tid", "oid", "appid", "scp", "iat", "nbf", "exp"}) {
    Forged token;
    std::string members;
    for (const auto& [known, json] : token.claims) members += in_quotes(known) + ":" + json + ",";
    token.raw_claims = "{" + members + in_quotes(name) + ":" + token.claims[name] + "}";
    rows.push_back({std::string(name) + " twice, the same", token.sign(home_rsa()), kMalformed});
    token.raw_claims = "{" + members + in_quotes(name) + ":null}";
    rows.push_back({std::string(name) + " twice", token.sign(home_rsa()), kMalformed});
  }
  return rows;
}

using Table = Rows (*)();
constexpr std::pair<const char*, Table> kTables[] = {{"Form", form_rows},
                                                     {"Size", size_rows},
                                                     {"Header", header_rows},
                                                     {"KeyId", key_id_rows},
                                                     {"EmbeddedKey", embedded_key_rows},
                                                     {"Algorithm", algorithm_rows},
                                                     {"Hmac", hmac_rows},
                                                     {"Signature", signature_rows},
                                                     {"Issuer", issuer_rows},
                                                     {"Audience", audience_rows},
                                                     {"Lifetime", lifetime_rows},
                                                     {"Claim", claim_rows},
                                                     {"Doubled", doubled_rows}};

class BadTokens : public testing::TestWithParam<std::pair<const char*, Table>> {};

TEST_P(BadTokens, AreRefusedWithTheRightFault) {
  std::set<std::string> names;
  for (const BadTokenRow& row : GetParam().second()) {
    const auto caller = verifier().verify(row.token, at(kNow));
    EXPECT_EQ(caller ? kGood : std::optional(caller.error()), row.fault) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " appears twice";
  }
}

INSTANTIATE_TEST_SUITE_P(All, BadTokens, testing::ValuesIn(kTables),
                         [](const auto& table) { return std::string(table.param.first); });

TEST(BadTokensTable, HasManyRows) {
  std::ptrdiff_t bad = 0;
  for (const auto& [name, table] : kTables)
    bad += std::ranges::count_if(table(), [](const BadTokenRow& row) { return row.fault.has_value(); });
  EXPECT_GE(bad, 120);
}

}  // namespace
}  // namespace porchlight::identity
