// Percent-decoding (RFC 3986 §2.1).
#pragma once

#include <string>
#include <string_view>

#include "base/text.h"

namespace porchlight {

// Decodes `text` once and appends the result to `out`. Returns false for an incomplete escape and for `%00`; `out` may
// then hold a part of the text. `plus_is_space` decodes `+` as a space, as in query strings and form bodies.
inline bool percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      // Two hexadecimal digits must follow.
      if (i + 2 >= text.size()) return false;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0 || (high | low) == 0) return false;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return true;
}

}  // namespace porchlight
