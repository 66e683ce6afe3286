#include "graph/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64url.h"
#include "base/bytes.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kSealBytes = 16;

// HMAC-SHA256 over purpose, tenant and bytes, its first 16 bytes.
std::string seal_of(std::string_view key, std::string_view purpose, const Guid& tenant,
                    std::string_view bytes) {
  std::string text;
  ByteWriter out(text);
  out.text(purpose);
  out.guid(tenant);
  out.raw(bytes);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), kSealBytes};
}

}  // namespace

std::string seal(std::string_view key, std::string_view purpose, const Guid& tenant, std::string_view bytes) {
  return encode_base64url(std::string(bytes) + seal_of(key, purpose, tenant, bytes));
}

std::optional<std::string> open_seal(std::string_view key, std::string_view purpose, const Guid& tenant,
                                     std::string_view text) {
  auto bytes = decode_base64url(text);
  if (!bytes || bytes->size() < kSealBytes) return std::nullopt;
  const std::string given = bytes->substr(bytes->size() - kSealBytes);
  bytes->resize(bytes->size() - kSealBytes);
  const std::string expected = seal_of(key, purpose, tenant, *bytes);
  if (CRYPTO_memcmp(expected.data(), given.data(), kSealBytes) != 0) return std::nullopt;
  return bytes;
}

}  // namespace porchlight::graph
