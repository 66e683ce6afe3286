#include "graph/skip_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64url.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kSealBytes = 16;

std::string_view bytes_of(const Guid& guid) {
  return {reinterpret_cast<const char*>(guid.bytes.data()), guid.bytes.size()};
}

// HMAC-SHA256 over tenant and id, its first 16 bytes.
std::string seal(std::string_view key, const Guid& tenant, const Guid& last) {
  std::string text(bytes_of(tenant));
  text += bytes_of(last);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), kSealBytes};
}

}  // namespace

std::string seal_skip_token(std::string_view key, const Guid& tenant, const Guid& last) {
  return encode_base64url(std::string(bytes_of(last)) + seal(key, tenant, last));
}

std::optional<Guid> open_skip_token(std::string_view key, const Guid& tenant, std::string_view token) {
  const auto bytes = decode_base64url(token);
  Guid last;
  if (!bytes || bytes->size() != last.bytes.size() + kSealBytes) return std::nullopt;
  std::copy_n(bytes->begin(), last.bytes.size(), last.bytes.begin());
  const std::string expected = seal(key, tenant, last);
  if (CRYPTO_memcmp(expected.data(), bytes->data() + last.bytes.size(), kSealBytes) != 0) return std::nullopt;
  return last;
}

}  // namespace porchlight::graph
