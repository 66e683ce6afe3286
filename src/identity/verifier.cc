// Verification of tokens. The order of the checks is fixed by spec protocol §2.5, because the first failure
// names the error text that the client sees. The signature is checked before any claim is interpreted.
#include "identity/verifier.h"

#include <algorithm>

#include "identity/signature.h"

namespace porchlight::identity {
namespace {

// A token's claims and the issuer whose rules they were read by.
struct Issued {
  const Issuer* issuer;
  Claims claims;
};

// The claims by the issuer's names, with the issuer's tenant if tokens do not have one.
std::expected<Claims, TokenFault> read_claims_of(JsonReader& reader, std::string_view payload,
                                                 const Issuer& issuer) {
  auto claims = read_claims(reader, payload, issuer.claims);
  if (claims && issuer.claims.tenant.empty()) claims->tenant = issuer.tenant;
  if (claims && !claims->tenant) return std::unexpected(TokenFault::kMalformed);
  return claims;
}

// Finds the issuer among those that share the signing key.
std::expected<Issued, TokenFault> find_issuer(JsonReader& reader, std::string_view payload,
                                              const KeySet::KidEntry& signer) {
  const bool shared = signer.issuers.size() > 1;
  const std::string iss(shared ? read_iss(reader, payload).value_or("") : "");
  TokenFault fault = TokenFault::kIssuer;
  for (const Issuer* issuer : signer.issuers) {
    if (shared && !issuer->may_issue(iss)) continue;
    auto claims = read_claims_of(reader, payload, *issuer);
    if (!claims)
      fault = claims.error();
    else if (issuer->issues(claims->iss.value_or(""), *claims->tenant))
      return Issued{issuer, *std::move(claims)};
  }
  return std::unexpected(fault);
}

// Finds the key that signed the token. The key decides the algorithm, and the header must agree; never the
// other way round (RFC 8725 §3.1).
std::expected<const KeySet::KidEntry*, TokenFault> find_signer(const KeySet& keys, const TokenHeader& header,
                                                               const TokenForm& form) {
  if (!header.kid) return std::unexpected(TokenFault::kKey);
  TokenFault fault = TokenFault::kKey;
  for (const KeySet::KidEntry& entry : keys.find(*header.kid)) {
    if (name(entry.key->algorithm) != header.alg) continue;
    if (verify_signature(*entry.key, form.signed_text, form.signature)) return &entry;
    fault = TokenFault::kSignature;
  }
  return std::unexpected(fault);
}

// nbf, iat and exp, with kClockSkewMax of tolerance. A token from the future was made by a clock that is wrong, and is
// valid for longer than its issuer meant.
std::expected<void, TokenFault> check_lifetime(const Claims& claims, Time now) {
  if (!claims.exp) return std::unexpected(TokenFault::kMalformed);
  for (const auto& begin : {claims.nbf, claims.iat})
    if (begin && now < *begin - kClockSkewMax) return std::unexpected(TokenFault::kNotYet);
  if (now >= *claims.exp + kClockSkewMax) return std::unexpected(TokenFault::kExpired);
  return {};
}

}  // namespace

Verifier::Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences,
                   std::vector<Cloud> clouds)
    : audiences_(std::move(audiences)), clouds_(std::move(clouds)), keys_(std::move(keys)) {}

// The keys change before the epoch: a thread that sees the new epoch sees the new keys.
void Verifier::set_keys(std::shared_ptr<const KeySet> keys) {
  {
    const MutexLock lock(mutex_);
    keys_.swap(keys);
  }
  epoch_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const KeySet> Verifier::keys() const {
  const MutexLock lock(mutex_);
  return keys_;
}

std::expected<Caller, TokenFault> Verifier::verify(std::string_view token, Time now) const {
  thread_local JsonReader reader;
  const auto form = split_token(token);
  if (!form) return std::unexpected(form.error());
  const auto header = read_header(reader, form->header);
  if (!header) return std::unexpected(header.error());
  const std::shared_ptr<const KeySet> keys = this->keys();
  const std::string kid(header->kid.value_or(""));
  const auto signer = find_signer(*keys, *header, *form);
  if (!signer) {
    if (unknown_key_) report_unknown_key(*keys, kid, form->payload);
    return std::unexpected(signer.error());
  }
  const auto issued = find_issuer(reader, form->payload, **signer);
  if (!issued) return std::unexpected(issued.error());
  const Clouds clouds = clouds_for(*issued->issuer, issued->claims.aud);
  if (clouds == 0) return std::unexpected(TokenFault::kAudience);
  if (const auto checked = check_lifetime(issued->claims, now); !checked)
    return std::unexpected(checked.error());
  auto caller = make_caller(issued->claims);
  if (!caller) return caller;
  caller->clouds = clouds;
  caller->own_issuer = issued->issuer->is_own;
  return caller;
}

// A key with that kid may belong to another issuer: what counts is whether the issuer that the token names
// has one.
void Verifier::report_unknown_key(const KeySet& keys, const std::string& kid,
                                  std::string_view payload) const {
  thread_local JsonReader reader;
  const auto iss = read_iss(reader, payload);
  if (!iss) return;
  const auto entries = keys.find(kid);
  for (const Issuer& issuer : keys.issuers()) {
    if (!issuer.may_issue(*iss)) continue;
    const bool has_key = std::ranges::any_of(entries, [&](const KeySet::KidEntry& entry) {
      return std::ranges::count(entry.issuers, &issuer) != 0;
    });
    if (!has_key) unknown_key_(static_cast<std::size_t>(&issuer - keys.issuers().data()));
  }
}

Clouds Verifier::clouds_for(const Issuer& issuer, const std::vector<std::string_view>& aud) const {
  Clouds clouds = 0;
  for (const std::string_view audience : aud) {
    if (issuer.audiences.empty())
      clouds |= clouds_for(audience);
    else if (std::ranges::count(issuer.audiences, audience) != 0)
      clouds = kEveryCloud;
  }
  return clouds & issuer.clouds;
}

Clouds Verifier::clouds_for(std::string_view audience) const {
  if (std::ranges::count(audiences_, audience) != 0) return kEveryCloud;
  if (audience.ends_with('/')) audience.remove_suffix(1);
  Clouds clouds = 0;
  for (const Cloud cloud : clouds_)
    if (names(cloud).graph == audience) clouds |= bit(cloud);
  return clouds;
}

}  // namespace porchlight::identity
