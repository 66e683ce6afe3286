#include "backup/sha256.h"

#include <fmt/format.h>

#include <span>

#include "base/check.h"

namespace porchlight::backup {

// The calls fail only if there is no memory, or if OpenSSL is built without SHA-256.
Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
  std::string text;
  for (const unsigned char byte : std::span(digest, size)) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace porchlight::backup
