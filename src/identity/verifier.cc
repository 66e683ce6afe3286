#include "identity/verifier.h"

#include <algorithm>

#include "identity/signature.h"

namespace porchlight::identity {
namespace {

// Whether one of the signer's issuers speaks so of this tenant.
bool is_issued_by(const KeySet::Entry& signer, std::string_view iss, const Guid& tenant) {
  return std::any_of(signer.issuers.begin(), signer.issuers.end(),
                     [&](const Issuer* issuer) { return issuer->issues(iss, tenant); });
}

// The key decides the algorithm, and the header must agree: never the other way round (RFC 8725 §3.1).
std::expected<const KeySet::Entry*, TokenFault> find_signer(const KeySet& keys, const TokenHeader& header,
                                                            const TokenForm& form) {
  if (!header.kid) return std::unexpected(TokenFault::kKey);
  TokenFault fault = TokenFault::kKey;
  for (const KeySet::Entry& entry : keys.find(*header.kid)) {
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

Verifier::Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences)
    : keys_(std::move(keys)), audiences_(std::move(audiences)) {}

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
  const auto signer = find_signer(*keys, *header, *form);
  if (!signer) return std::unexpected(signer.error());
  const auto claims = read_claims(reader, form->payload);
  if (!claims) return std::unexpected(claims.error());
  if (const auto checked = check_claims(*claims, **signer, now); !checked)
    return std::unexpected(checked.error());
  return make_caller(*claims);
}

std::expected<void, TokenFault> Verifier::check_claims(const Claims& claims, const KeySet::Entry& signer,
                                                       Time now) const {
  const auto tenant = parse_guid(claims.tid.value_or(""));
  if (!tenant) return std::unexpected(TokenFault::kMalformed);
  if (!is_issued_by(signer, claims.iss.value_or(""), *tenant)) return std::unexpected(TokenFault::kIssuer);
  const bool ours = std::any_of(claims.aud.begin(), claims.aud.end(), [this](std::string_view audience) {
    return std::find(audiences_.begin(), audiences_.end(), audience) != audiences_.end();
  });
  if (!ours) return std::unexpected(TokenFault::kAudience);
  return check_lifetime(claims, now);
}

}  // namespace porchlight::identity
