// Generation and comparison of client secrets.
#include "authority/client_secret.h"

#include "authority/digest.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kSecretBytes = 32;

}  // namespace

NewSecret make_client_secret(Time expires_at) {
  std::string text = encode_base64url(secure_random_bytes(kSecretBytes));
  ClientSecret kept{secure_random_guid(), text.substr(0, kSecretHintChars), sha256(text), expires_at};
  return {std::move(kept), std::move(text)};
}

SecretCheck check_client_secret(std::span<const ClientSecret> secrets, std::string_view text, Time now) {
  const std::string digest = sha256(text);
  SecretCheck result = SecretCheck::kWrong;
  for (const ClientSecret& secret : secrets) {
    if (!equals_constant_time(secret.digest, digest)) continue;
    if (now < secret.expires_at) return SecretCheck::kGood;
    result = SecretCheck::kExpired;
  }
  return result;
}

}  // namespace porchlight::authority
