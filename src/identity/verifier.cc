#include "identity/verifier.h"

#include <algorithm>

#include "identity/signature.h"

namespace porchlight::identity {
namespace {

// A token's claims, as the issuer whose it is means them.
struct Issued {
  const Issuer* issuer;
  Claims claims;
};

std::expected<Claims, TokenFault> read_claims_of(JsonReader& reader, std::string_view payload,
                                                 const Issuer& issuer) {
  auto claims = read_claims(reader, payload, issuer.claims);
  if (claims && issuer.claims.tenant.empty()) claims->tenant = issuer.tenant;
  if (claims && !claims->tenant) return std::unexpected(TokenFault::kMalformed);
  return claims;
}

// Which of the signer's issuers speaks in the token. Those of one provider share their keys.
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

// The key decides the algorithm, and the header must agree: never the other way round (RFC 8725 §3.1).
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

std::expected<void, TokenFault> check_lifetime(const Claims& claims, Time now) {
  if (!claims.exp) return std::unexpected(TokenFault::kMalformed);
  if (claims.nbf && now < *claims.nbf - kClockSkewMax) return std::unexpected(TokenFault::kNotYet);
  if (now >= *claims.exp + kClockSkewMax) return std::unexpected(TokenFault::kExpired);
  return {};
}

}  // namespace

Verifier::Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences,
                   std::vector<Cloud> clouds)
    : audiences_(std::move(audiences)), clouds_(std::move(clouds)), keys_(std::move(keys)) {}

// The new keys first: who sees the new epoch sees them.
void Verifier::set_keys(std::shared_ptr<const KeySet> keys) {
  {
    const std::lock_guard lock(mutex_);
    keys_.swap(keys);
  }
  epoch_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const KeySet> Verifier::keys() const {
  const std::lock_guard lock(mutex_);
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
  if (caller) caller->clouds = clouds;
  return caller;
}

// A key of that kid may be another issuer's: what counts is whether the one that the token names has one.
void Verifier::report_unknown_key(const KeySet& keys, const std::string& kid,
                                  std::string_view payload) const {
  thread_local JsonReader reader;
  const auto iss = read_iss(reader, payload);
  if (!iss) return;
  const auto entries = keys.find(kid);
  for (const Issuer& issuer : keys.issuers()) {
    if (!issuer.may_issue(*iss)) continue;
    const bool has_one = std::ranges::any_of(entries, [&](const KeySet::KidEntry& entry) {
      return std::ranges::count(entry.issuers, &issuer) != 0;
    });
    if (!has_one) unknown_key_(static_cast<std::size_t>(&issuer - keys.issuers().data()));
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
