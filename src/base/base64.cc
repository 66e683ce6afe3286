// Abseil's decoder accepts white space, missing padding and unused bits that are not zero. A text is accepted only if
// encoding the decoded bytes gives the same text again: each sequence of bytes has exactly one spelling.
#include "base/base64.h"

#include <absl/strings/escaping.h>

namespace porchlight {

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape({text.data(), text.size()}, &bytes)) return std::nullopt;
  if (encode_base64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string encode_base64(std::string_view bytes) { return absl::Base64Escape({bytes.data(), bytes.size()}); }

}  // namespace porchlight
