// SHA-256 of bytes that come in parts.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace porchlight::backup {

// For one thread.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  // The digest of all that was added, as 64 hexadecimal digits in lower case. Called once, last.
  std::string hex();

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace porchlight::backup
