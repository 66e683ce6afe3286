// The set of trusted keys. Entries are sorted by kid; a key that several issuers publish under one kid is one
// entry, so a signature is verified once. JWK is in jwk.cc.
#include "identity/keys.h"

#include <algorithm>
#include <stdexcept>

namespace porchlight::identity {
namespace {

// Compares entries with a kid.
struct KidOrder {
  bool operator()(const KeySet::KidEntry& entry, std::string_view kid) const { return entry.key->kid < kid; }
  bool operator()(std::string_view kid, const KeySet::KidEntry& entry) const { return kid < entry.key->kid; }
};

}  // namespace

std::string_view name(Algorithm algorithm) { return algorithm == Algorithm::kRs256 ? "RS256" : "ES256"; }

std::vector<std::string_view> algorithms_of(std::span<const PublicKey> keys) {
  std::vector<std::string_view> names;
  for (const PublicKey& key : keys)
    if (std::ranges::count(names, name(key.algorithm)) == 0) names.push_back(name(key.algorithm));
  return names;
}

std::optional<Algorithm> find_algorithm(std::string_view text) {
  for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kEs256})
    if (name(algorithm) == text) return algorithm;
  return std::nullopt;
}

EvpKey own(EVP_PKEY* key) { return EvpKey(key, EVP_PKEY_free); }

std::string issuer_for(std::string_view iss, const Guid& tenant) {
  std::string text(iss);
  if (const auto at = text.find(kTenantPlaceholder); at != std::string::npos)
    text.replace(at, kTenantPlaceholder.size(), to_string(tenant));
  return text;
}

bool Issuer::may_issue(std::string_view token_iss) const {
  const auto at = tenant ? std::string::npos : iss.find(kTenantPlaceholder);
  if (at == std::string::npos) return iss == token_iss;
  const std::string_view name = iss;
  return token_iss.size() == name.size() - kTenantPlaceholder.size() + kGuidChars &&
         token_iss.starts_with(name.substr(0, at)) &&
         token_iss.ends_with(name.substr(at + kTenantPlaceholder.size()));
}

bool Issuer::issues(std::string_view token_iss, const Guid& token_tenant) const {
  if (tenant) return *tenant == token_tenant && iss == token_iss;
  return issuer_for(iss, token_tenant) == token_iss;
}

KeySet::KeySet(std::vector<Issuer> issuers) : issuers_(std::move(issuers)) {
  for (const Issuer& issuer : issuers_) {
    if (!issuer.tenant && issuer.iss.find(kTenantPlaceholder) == std::string::npos)
      throw std::invalid_argument("an issuer needs a tenant, or {tenantid} in its name");
    for (const PublicKey& key : issuer.keys) add(issuer, key);
  }
}

void KeySet::add(const Issuer& issuer, const PublicKey& key) {
  const auto [first, last] =
      std::equal_range(entries_.begin(), entries_.end(), std::string_view(key.kid), KidOrder{});
  const auto same = std::find_if(first, last, [&key](const KidEntry& entry) {
    return entry.key->algorithm == key.algorithm && EVP_PKEY_eq(entry.key->key.get(), key.key.get()) == 1;
  });
  if (same == last)
    entries_.insert(last, {&key, {&issuer}});
  else
    same->issuers.push_back(&issuer);
}

std::span<const KeySet::KidEntry> KeySet::find(std::string_view kid) const {
  const auto [first, last] = std::equal_range(entries_.begin(), entries_.end(), kid, KidOrder{});
  return {first, last};
}

}  // namespace porchlight::identity
