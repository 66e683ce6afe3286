#include "forge.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <stdexcept>

namespace porchlight::identity::forge {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_jose(std::string_view der) {
  const unsigned char* read = bytes_of(der);
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &read, static_cast<long>(der.size()));
  std::string out(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(out.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
  ECDSA_SIG_free(pair);
  return out;
}

Signer make_rsa(std::string kid) { return {{std::move(kid), Algorithm::kRs256, own(EVP_RSA_gen(2048))}}; }
Signer make_ec(std::string kid) { return {{std::move(kid), Algorithm::kEs256, own(EVP_EC_gen("P-256"))}}; }

std::string to_object(const std::map<std::string, std::string>& members) {
  std::string out = "{";
  for (const auto& [name, value] : members)
    out += (out.size() > 1 ? "," : "") + in_quotes(name) + ":" + value;
  return out + "}";
}

}  // namespace

std::string Signer::sign(std::string_view text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string signature(1024, '\0');
  std::size_t length = signature.size();
  const bool good = EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, public_key.key.get()) == 1 &&
                    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                                   bytes_of(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!good) throw std::runtime_error("signing failed");
  signature.resize(length);
  return public_key.algorithm == Algorithm::kEs256 ? to_jose(signature) : signature;
}

const Signer& home_rsa() {
  static const Signer signer = make_rsa("home");
  return signer;
}
const Signer& partner_rsa() {
  static const Signer signer = make_rsa("partner");
  return signer;
}
const Signer& partner_ec() {
  static const Signer signer = make_ec("partner-ec");
  return signer;
}
const Signer& untrusted_rsa() {
  static const Signer signer = make_rsa("home");
  return signer;
}

std::string Forged::signed_text() const {
  return encode_base64url(raw_header.empty() ? to_object(header) : raw_header) + '.' +
         encode_base64url(raw_claims.empty() ? to_object(claims) : raw_claims);
}

std::string Forged::sign(const Signer& signer) const {
  return signed_text() + '.' + encode_base64url(signer.sign(signed_text()));
}

std::string Forged::sign_hmac(std::string_view secret) const {
  const std::string text = signed_text();
  std::string mac(32, '\0');
  unsigned length = 32;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &length);
  return text + '.' + encode_base64url(mac);
}

Forged app_only() {
  Forged token;
  token.claims.erase("scp");
  token.claims["oid"] = in_quotes(kApp);
  token.claims["idtyp"] = "\"app\"";
  token.claims["roles"] = R"(["Presence.ReadWrite.All"])";
  return token;
}

Forged from_partner(std::string_view kid, std::string_view alg) {
  Forged token;
  token.header["kid"] = in_quotes(kid);
  token.header["alg"] = in_quotes(alg);
  token.claims["iss"] = in_quotes(kPartnerIss);
  token.claims["tid"] = in_quotes(kPartnerTenant);
  return token;
}

const Verifier& verifier() {
  static const Verifier believes = [] {
    std::vector<Issuer> issuers;
    issuers.push_back({std::string(kHomeIss), std::nullopt, {home_rsa().public_key}});
    issuers.push_back({std::string(kPartnerIss),
                       guid(kPartnerTenant),
                       {partner_rsa().public_key, partner_ec().public_key}});
    return Verifier(std::make_shared<const KeySet>(std::move(issuers)),
                    {std::string(kGraph), "https://graph.microsoft.com", "https://graph.microsoft.com/"});
  }();
  return believes;
}

}  // namespace porchlight::identity::forge
