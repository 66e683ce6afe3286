// Key sets as providers send them and as they are cached: what was parsed can be parsed again after printing.
// (An unsound RSA key that passed OpenSSL's random test once may be missing the next time.)
#include <cstdint>
#include <cstdlib>

#include "issuers/cached_keys.h"

using namespace porchlight;
using namespace porchlight::issuers;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cached = parse_cached_keys(text)) {
    const auto again = parse_cached_keys(print_cached_keys(*cached));
    require(again && again->fetched_at == cached->fetched_at && again->keys.size() <= cached->keys.size());
  }
  if (const auto keys = identity::parse_jwks(text)) {
    for (const identity::PublicKey& key : *keys) require(!key.kid.empty() && key.key);
    require(identity::parse_jwks(identity::print_jwks(*keys)).has_value());
  }
  return 0;
}
