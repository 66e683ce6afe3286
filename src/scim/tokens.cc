// Creation and lookup of bearer tokens. The hashes are cached in memory; the store is read at the start only.
#include "scim/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <stdexcept>

#include "base/base64url.h"
#include "scim/rows.h"

namespace porchlight::scim {
namespace {

constexpr std::string_view kPrefix = "scim-";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kTokenChars = kPrefix.size() + kGuidChars + 1 + 43;

std::string hash_of(std::string_view token) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string token_key(const Guid& tenant) { return fmt::format("token/{}", to_string(tenant)); }

}  // namespace

ScimResult<void> Tokens::load() {
  const MutexLock lock(mutex_);
  std::map<Guid, std::string> hashes;
  const auto read = store_.for_each("token/", [&hashes](std::string_view key, std::string_view hash) {
    key.remove_prefix(std::string_view("token/").size());
    if (const auto tenant = parse_guid(key); tenant && hash.size() == SHA256_DIGEST_LENGTH)
      hashes.emplace(*tenant, hash);
    return true;
  });
  hashes_ = std::move(hashes);
  any_ = !hashes_.empty();
  return read;
}

// Durable before it takes effect: a token that was returned works after a restart.
ScimResult<std::string> Tokens::make(const Guid& tenant) {
  std::string secret(kSecretBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), kSecretBytes) != 1) return unavailable();
  std::string token = fmt::format("{}{}-{}", kPrefix, to_string(tenant), encode_base64url(secret));
  const std::string hash = hash_of(token);
  if (auto stored = store_.write({{token_key(tenant), hash}}, storage::SyncMode::kYes); !stored)
    return std::unexpected(stored.error());
  const MutexLock lock(mutex_);
  hashes_.insert_or_assign(tenant, hash);
  any_ = true;
  return token;
}

ScimResult<bool> Tokens::revoke(const Guid& tenant) {
  if (auto stored = store_.write({{token_key(tenant), std::nullopt}}, storage::SyncMode::kYes); !stored)
    return std::unexpected(stored.error());
  const MutexLock lock(mutex_);
  const bool was = hashes_.erase(tenant) > 0;
  any_ = !hashes_.empty();
  return was;
}

// The token names the tenant, so there is one hash to compare with.
std::optional<Guid> Tokens::tenant_of(std::string_view token) const {
  if (token.size() != kTokenChars || !token.starts_with(kPrefix)) return std::nullopt;
  const auto tenant = parse_guid(token.substr(kPrefix.size(), kGuidChars));
  if (!tenant) return std::nullopt;
  const std::string hash = hash_of(token);
  // Zeros for a tenant without a token: no known input has that hash, and the comparison takes the same time.
  std::string stored(SHA256_DIGEST_LENGTH, '\0');
  {
    const MutexLock lock(mutex_);
    if (const auto found = hashes_.find(*tenant); found != hashes_.end()) stored = found->second;
  }
  if (CRYPTO_memcmp(hash.data(), stored.data(), stored.size()) != 0) return std::nullopt;
  return tenant;
}

}  // namespace porchlight::scim
