// Strict by the same comparison as base64.cc: Abseil's decoder also accepts padding, white space and unused bits that
// are not zero.
#include "base/base64url.h"

#include <absl/strings/escaping.h>

namespace porchlight {

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape({text.data(), text.size()}, &bytes)) return std::nullopt;
  if (encode_base64url(bytes) != text) return std::nullopt;
  return bytes;
}

std::string encode_base64url(std::string_view bytes) {
  return absl::WebSafeBase64Escape({bytes.data(), bytes.size()});
}

}  // namespace porchlight
