// Verification of client assertions, with OpenSSL for the signatures.
#include "authority/assertion.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <optional>

#include "identity/claims.h"
#include "identity/token_form.h"
#include "identity/verifier.h"

namespace porchlight::authority {
namespace {

using identity::kClockSkewMax;
using simdjson::NO_SUCH_FIELD;
using simdjson::SUCCESS;

// Header members that would supply a key, change what is signed, or require an extension: refused. A certificate chain
// (x5c) is ignored: clients send it, but the key comes from the registration only.
constexpr const char* kForbiddenMembers[] = {"jku", "x5u", "jwk", "crit", "zip", "b64"};

struct AssertionHeader {
  bool pss = false;
  std::optional<std::string> thumbprint, thumbprint256;
};

// Reads a string member, if present. Returns false if it is not a string.
bool read_text(const simdjson::dom::object& members, const char* name, std::optional<std::string>& text) {
  std::string_view value;
  const auto member = members[name];
  if (member.error() == NO_SUCH_FIELD) return true;
  if (member.get(value) != SUCCESS) return false;
  text = value;
  return true;
}

std::optional<AssertionHeader> read_assertion_header(std::string_view json) {
  JsonReader reader;
  const auto root = reader.parse(json, identity::kTokenJson);
  simdjson::dom::object members;
  if (!root || root->get(members) != SUCCESS) return std::nullopt;
  for (const char* name : kForbiddenMembers)
    if (members[name].error() != NO_SUCH_FIELD) return std::nullopt;
  AssertionHeader header;
  std::optional<std::string> alg, typ;
  if (!read_text(members, "alg", alg) || !read_text(members, "typ", typ) ||
      !read_text(members, "x5t", header.thumbprint) || !read_text(members, "x5t#S256", header.thumbprint256))
    return std::nullopt;
  if ((alg != "RS256" && alg != "PS256") || (typ && typ != "JWT")) return std::nullopt;
  if (!header.thumbprint && !header.thumbprint256) return std::nullopt;
  header.pss = alg == "PS256";
  return header;
}

// The thumbprints only select the certificate. The signature is verified with its registered key.
bool names(const AssertionHeader& header, const ClientCertificate& certificate) {
  return (!header.thumbprint || *header.thumbprint == certificate.thumbprint) &&
         (!header.thumbprint256 || *header.thumbprint256 == certificate.thumbprint256);
}

bool is_signed_by(const ClientCertificate& certificate, const identity::TokenForm& form, bool pss) {
  const identity::DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  bool good = context && EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr,
                                              certificate.key.get()) == 1;
  if (good && pss) {
    good = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  good = good && EVP_DigestVerify(
                     context.get(), reinterpret_cast<const unsigned char*>(form.signature.data()),
                     form.signature.size(), reinterpret_cast<const unsigned char*>(form.signed_text.data()),
                     form.signed_text.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

// A certificate's end is exact; its beginning allows for clock skew, since new certificates are used at once.
bool holds_at(const ClientCertificate& certificate, Time now) {
  return now + kClockSkewMax >= certificate.not_before && now < certificate.not_after;
}

// Claims that the reader of module identity does not read.
struct OwnClaims {
  std::optional<std::string> sub, jti;
};

std::optional<OwnClaims> read_own_claims(std::string_view payload) {
  JsonReader reader;
  const auto root = reader.parse(payload, identity::kTokenJson);
  simdjson::dom::object members;
  OwnClaims claims;
  if (!root || root->get(members) != SUCCESS || !read_text(members, "sub", claims.sub) ||
      !read_text(members, "jti", claims.jti))
    return std::nullopt;
  return claims;
}

bool is_client(const std::optional<std::string_view>& text, const Guid& client) {
  return text && parse_guid(*text) == client;
}

// exp is required and bounded, so that a leaked assertion is of use for at most kAssertionLifeMax.
OAuthResult<void> check_times(const identity::Claims& claims, Time now) {
  if (!claims.exp || now >= *claims.exp + kClockSkewMax ||
      *claims.exp > now + kAssertionLifeMax + kClockSkewMax)
    return refuse(OAuthFault::kAssertionTime);
  for (const auto& begin : {claims.nbf, claims.iat})
    if (begin && now + kClockSkewMax < *begin) return refuse(OAuthFault::kAssertionTime);
  return {};
}

}  // namespace

// The claims are parsed before the signature is verified, but used only after it. `jti` must be present and is not
// remembered, since assertions may be repeated.
OAuthResult<void> check_assertion(std::string_view token, std::span<const ClientCertificate> certificates,
                                  const Guid& client, std::span<const std::string> audiences, Time now) {
  const auto form = identity::split_token(token);
  const auto header = form ? read_assertion_header(form->header) : std::nullopt;
  const auto own = form ? read_own_claims(form->payload) : std::nullopt;
  JsonReader reader;
  const auto claims =
      form ? identity::read_claims(reader, form->payload) : std::unexpected(identity::TokenFault::kMalformed);
  if (!header || !own || !claims || !own->jti || own->jti->empty() || own->jti->size() > kAssertionIdBytesMax)
    return refuse(OAuthFault::kAssertionForm);
  if (std::ranges::none_of(certificates, [&](const ClientCertificate& certificate) {
        return names(*header, certificate) && holds_at(certificate, now) &&
               is_signed_by(certificate, *form, header->pss);
      }))
    return refuse(OAuthFault::kAssertionSignature);
  if (!is_client(claims->iss, client) || !is_client(own->sub, client))
    return refuse(OAuthFault::kAssertionSubject);
  if (claims->aud.size() != 1 || std::ranges::find(audiences, claims->aud[0]) == audiences.end())
    return refuse(OAuthFault::kAssertionAudience);
  return check_times(*claims, now);
}

}  // namespace porchlight::authority
