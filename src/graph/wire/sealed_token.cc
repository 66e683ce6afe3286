// A token is AES-256-SIV output: the ciphertext and then the synthetic IV, which is also the authentication tag. SIV
// needs no nonce, so tokens are short and equal pages have equal links. The key of a purpose is HMAC-SHA-512 of the
// purpose under the server's secret; the tenant is associated data.
#include "graph/wire/sealed_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>

#include "base/base64url.h"
#include "base/bytes.h"
#include "base/check.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kSkipPurpose = "skip";
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kKeyBytes = 64;  // AES-256-SIV takes two keys of 32 bytes

const unsigned char* as_unsigned(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* as_unsigned(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// A cipher with the key of a purpose. Used for one token, on one thread.
class SivCipher {
 public:
  SivCipher(bool encrypts, std::string_view key, std::string_view purpose) : context_(EVP_CIPHER_CTX_new()) {
    static const EVP_CIPHER* const kSiv = EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr);
    CHECK(kSiv != nullptr);  // part of OpenSSL 3
    std::array<unsigned char, kKeyBytes> own_key;
    HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), as_unsigned(purpose), purpose.size(),
         own_key.data(), nullptr);
    EVP_CipherInit_ex2(context_.get(), kSiv, own_key.data(), nullptr, encrypts ? 1 : 0, nullptr);
  }
  // Sets the tag that turn() verifies. Only for decryption, before turn().
  void expect_tag(std::string_view tag) {
    std::string copy(tag);
    EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, copy.data());
  }
  // Appends the tag. Only for encryption, after turn().
  void append_tag(std::string& out) {
    std::array<char, kTagBytes> tag;
    EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data());
    out.append(tag.data(), tag.size());
  }
  // Encrypts or decrypts. Decryption returns nullopt if the tag does not match the bytes and the tenant.
  std::optional<std::string> turn(const Guid& tenant, std::string_view bytes) {
    std::string out(bytes.size(), '\0');
    int size = 0;
    if (EVP_CipherUpdate(context_.get(), nullptr, &size, tenant.bytes.data(), tenant.bytes.size()) != 1 ||
        EVP_CipherUpdate(context_.get(), as_unsigned(out), &size, as_unsigned(bytes),
                         static_cast<int>(bytes.size())) != 1)
      return std::nullopt;
    return out;
  }

 private:
  struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context_;
};

}  // namespace

std::string seal_token(std::string_view key, std::string_view purpose, const Guid& tenant,
                       std::string_view bytes) {
  SivCipher cipher(true, key, purpose);
  std::string sealed = cipher.turn(tenant, bytes).value();
  cipher.append_tag(sealed);
  return encode_base64url(sealed);
}

std::optional<std::string> open_sealed_token(std::string_view key, std::string_view purpose,
                                             const Guid& tenant, std::string_view text) {
  const auto sealed = decode_base64url(text);
  if (!sealed || sealed->size() <= kTagBytes) return std::nullopt;
  const std::string_view all = *sealed;
  SivCipher cipher(false, key, purpose);
  cipher.expect_tag(all.substr(all.size() - kTagBytes));
  return cipher.turn(tenant, all.substr(0, all.size() - kTagBytes));
}

std::string seal_skip_token(std::string_view key, const Guid& tenant, const Guid& last) {
  std::string bytes;
  ByteWriter(bytes).guid(last);
  return seal_token(key, kSkipPurpose, tenant, bytes);
}

std::optional<Guid> open_skip_token(std::string_view key, const Guid& tenant, std::string_view token) {
  const auto bytes = open_sealed_token(key, kSkipPurpose, tenant, token);
  if (!bytes) return std::nullopt;
  ByteReader in(*bytes);
  const Guid last = in.guid();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return last;
}

}  // namespace porchlight::graph
