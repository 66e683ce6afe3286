// scrypt by OpenSSL, and the text form of hashes; the check of new passwords by cracklib.
#include "authority/password.h"

#include <stddef.h>  // crack.h uses size_t

#include <crack.h>
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "authority/digest.h"
#include "base/base64url.h"
#include "base/mutex.h"

namespace porchlight::authority {
namespace {

// Parameters of scrypt (RFC 7914): N, r and p. One hash uses 128 * r * N bytes and takes p passes over them.
constexpr std::uint64_t kCost = 1 << 15;
constexpr std::uint32_t kBlock = 8, kLanes = 3;
constexpr std::uint64_t kMemoryMax = 64 * 1024 * 1024;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
constexpr std::string_view kPrefix = "$scrypt$ln=15,r=8,p=3$";

using Kdf = std::unique_ptr<EVP_KDF, decltype([](EVP_KDF* kdf) { EVP_KDF_free(kdf); })>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, decltype([](EVP_KDF_CTX* c) { EVP_KDF_CTX_free(c); })>;

std::string scrypt(std::string_view password, std::string_view salt) {
  const Kdf kdf(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr));
  const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::uint64_t cost = kCost, memory = kMemoryMax;
  std::uint32_t block = kBlock, lanes = kLanes;
  const auto bytes = [](const char* name, std::string_view text) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(text.data()), text.size());
  };
  const OSSL_PARAM params[] = {bytes(OSSL_KDF_PARAM_PASSWORD, password),
                               bytes(OSSL_KDF_PARAM_SALT, salt),
                               OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &cost),
                               OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &block),
                               OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &lanes),
                               OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                               OSSL_PARAM_construct_end()};
  std::string hash(kHashBytes, '\0');
  if (!context || EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                                 params) != 1) {
    ERR_clear_error();
    throw std::runtime_error("scrypt failed");
  }
  return hash;
}

struct StoredHash {
  std::string salt, hash;
};

// Returns nullopt for malformed text and for other parameters, which no version writes.
std::optional<StoredHash> read_stored_hash(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const std::size_t mark = text.find('$');
  if (mark == text.npos) return std::nullopt;
  auto salt = decode_base64url(text.substr(0, mark));
  auto hash = decode_base64url(text.substr(mark + 1));
  if (!salt || !hash || salt->size() != kSaltBytes || hash->size() != kHashBytes) return std::nullopt;
  return StoredHash{*std::move(salt), *std::move(hash)};
}

// cracklib's own words, such as "it is based on a dictionary word"; nullopt if it finds nothing. It has static buffers.
std::optional<std::string> guessing_fault(std::string_view password, const directory::User& user) {
  static Mutex mutex;
  const std::string name = user.upn.substr(0, user.upn.find('@'));
  const MutexLock lock(mutex);
  const char* const fault = FascistCheckUser(std::string(password).c_str(), GetDefaultCracklibDict(),
                                             name.c_str(), user.name.c_str());
  return fault ? std::optional<std::string>(fault) : std::nullopt;
}

}  // namespace

std::optional<std::string> password_fault(std::string_view password, const directory::User& user) {
  if (password.size() < kPasswordBytesMin) return fmt::format("is shorter than {} bytes", kPasswordBytesMin);
  if (password.size() > kPasswordBytesMax) return fmt::format("is longer than {} bytes", kPasswordBytesMax);
  if (password.contains('\0')) return "has a byte 0";
  if (::access(fmt::format("{}.pwd", GetDefaultCracklibDict()).c_str(), R_OK) != 0)
    return "cannot be checked without a dictionary; install the package cracklib-runtime";
  if (const auto fault = guessing_fault(password, user)) return fmt::format("is easy to guess: {}", *fault);
  return std::nullopt;
}

std::string hash_password(std::string_view password) {
  const std::string salt = secure_random_bytes(kSaltBytes);
  return fmt::format("{}{}${}", kPrefix, encode_base64url(salt), encode_base64url(scrypt(password, salt)));
}

// Runs scrypt in any case, with a salt of zeros if there is no hash.
bool check_password(std::string_view hash, std::string_view password) {
  const auto stored = read_stored_hash(hash);
  const std::string salt = stored ? stored->salt : std::string(kSaltBytes, '\0');
  const bool fits = password.size() <= kPasswordBytesMax;
  const std::string computed = scrypt(fits ? password : std::string_view(), salt);
  return stored && fits && equals_constant_time(computed, stored->hash);
}

}  // namespace porchlight::authority
