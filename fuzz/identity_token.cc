// The untrusted parts of a token. The first byte chooses: a whole token, a header, claims (signed here with a
// trusted key, so that all checks are reached), a JWKS, or a line of test vectors.
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/base64url.h"
#include "identity/verifier.h"
#include "signatures/signature_check.h"

using namespace porchlight;
using namespace porchlight::identity;

namespace {

constexpr std::string_view kHeader = R"({"alg":"ES256","kid":"k"})";
const Time kNow{std::chrono::seconds(1'900'000'000)};

void require(bool holds) {
  if (!holds) std::abort();
}

const EvpKey& key() {
  static const EvpKey made = own(EVP_EC_gen("P-256"));
  return made;
}

const Verifier& verifier() {
  static const Verifier made = [] {
    std::vector<Issuer> issuers;
    issuers.push_back({"https://porchlight.local/{tenantid}/v2.0", {}, {{"k", Algorithm::kEs256, key()}}});
    return Verifier(std::make_shared<const KeySet>(std::move(issuers)),
                    {"00000003-0000-0000-c000-000000000000"});
  }();
  return made;
}

std::string sign(std::string_view text) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  unsigned char der[128];
  std::size_t length = sizeof der;
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key().get());
  require(EVP_DigestSign(context, der, &length, reinterpret_cast<const unsigned char*>(text.data()),
                         text.size()) == 1);
  EVP_MD_CTX_free(context);
  const unsigned char* read = der;
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &read, static_cast<long>(length));
  std::string raw(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(raw.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
  ECDSA_SIG_free(pair);
  return raw;
}

void fuzz_token(std::string_view token) {
  require(!verifier().verify(token, kNow).has_value());  // the fuzzer cannot sign
  const auto form = split_token(token);
  if (!form) return;
  require(encode_base64url(form->header) + '.' + encode_base64url(form->payload) + '.' +
              encode_base64url(form->signature) ==
          token);
}

void fuzz_header(std::string_view json) {
  JsonReader reader;
  if (const auto header = read_header(reader, json)) require(header->alg.size() <= json.size());
}

void fuzz_claims(std::string_view json) {
  const std::string text = encode_base64url(kHeader) + '.' + encode_base64url(json);
  const auto caller = verifier().verify(text + '.' + encode_base64url(sign(text)), kNow);
  if (!caller) {
    require(caller.error() != TokenFault::kSignature && caller.error() != TokenFault::kKey);
    return;
  }
  require(caller->expires_at + kClockSkewMax > kNow);
  constexpr Permissions kDelegatedBits = 7;
  require((caller->permissions & (caller->delegated() ? ~kDelegatedBits : kDelegatedBits)) == 0);
}

bool same_key(const PublicKey& a, const PublicKey& b) {
  return a.kid == b.kid && a.algorithm == b.algorithm && EVP_PKEY_eq(a.key.get(), b.key.get()) == 1;
}

// OpenSSL tests a modulus with random numbers, so an unsound RSA key that passed once may fail later. Such a
// key may be missing after printing and parsing; all other keys must be there, unchanged.
void fuzz_jwks(std::string_view json) {
  const auto keys = parse_jwks(json);
  if (!keys) return;
  const auto again = parse_jwks(print_jwks(*keys));
  require(again.has_value());
  auto read = again->begin();
  for (const PublicKey& key : *keys) {
    if (read != again->end() && same_key(*read, key))
      ++read;
    else
      require(key.algorithm == Algorithm::kRs256);
  }
  require(read == again->end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 't':
      fuzz_token(text);
      break;
    case 'h':
      fuzz_header(text);
      break;
    case 'c':
      fuzz_claims(text);
      break;
    case 'j':
      fuzz_jwks(text);
      break;
    default:
      check_signature_line(text);
  }
  return 0;
}
