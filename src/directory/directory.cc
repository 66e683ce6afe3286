// Checks of names. Names appear in responses, log lines and terminals, so they must be valid UTF-8 without characters
// that end a line or control a terminal.
#include "directory/directory.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::directory {
namespace {

// Removes the first code point from `text` and returns it. Returns nullopt if the bytes are not UTF-8 (RFC 3629: no
// overlong forms, no surrogates, at most U+10FFFF). `text` must not be empty.
std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 0 || lead > 0xF4 || text.size() < length) return std::nullopt;
  char32_t point = length == 1 ? lead : lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

// C0, U+007F, C1, and the line and paragraph separators, which end a line as LF does.
bool is_control(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x2028 || point == 0x2029;
}

bool is_utf8(std::string_view text) {
  while (!text.empty())
    if (!take_code_point(text)) return false;
  return true;
}

// The text must be valid UTF-8.
bool has_control(std::string_view utf8) {
  while (!utf8.empty())
    if (is_control(*take_code_point(utf8))) return true;
  return false;
}

// Printable ASCII. Entra ID allows letters, digits and '.-_!#^~ before the @, and + for users of other directories.
// Further characters are accepted, except those that delimit paths, JSON strings, XML and HTML.
bool is_upn_char(char c) {
  constexpr std::string_view kRefused = "/?\"\\%<>";
  return c > ' ' && c < 0x7F && kRefused.find(c) == kRefused.npos;
}

}  // namespace

std::optional<std::string> upn_fault(std::string_view upn) {
  if (upn.empty()) return "is empty";
  if (upn.size() > kUpnBytesMax) return "is longer than " + std::to_string(kUpnBytesMax) + " bytes";
  if (!std::ranges::all_of(upn, is_upn_char))
    return "holds a space, one of /?\"\\%<> or other than printable ASCII";
  const auto at = upn.find('@');
  if (at == upn.npos || at == 0 || at + 1 == upn.size() || upn.find('@', at + 1) != upn.npos)
    return "is not of the form local@domain";
  return std::nullopt;
}

std::optional<std::string> name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kNameBytesMax) return "is longer than " + std::to_string(kNameBytesMax) + " bytes";
  if (!is_utf8(name)) return "is not valid UTF-8";
  if (has_control(name)) return "holds a control character";
  return std::nullopt;
}

std::string fold_upn(std::string_view upn) {
  std::string folded(upn);
  for (char& c : folded) c = to_lower(c);
  return folded;
}

}  // namespace porchlight::directory
