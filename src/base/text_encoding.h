// Files of text in the encodings that spreadsheets, portals and calendars write: converted to UTF-8 by ICU.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight {

// How a text was encoded. UTF-16 and UTF-32 are found by their byte order mark, UTF-16 also by the NUL of its first
// character, which is ASCII in all files that are read here.
enum class TextEncoding : std::uint8_t {
  kUtf8,
  kUtf16LittleEndian,
  kUtf16BigEndian,
  kUtf32LittleEndian,
  kUtf32BigEndian,
  kLatin1,  // Windows-1252, which has all printable characters of Latin-1 at the same bytes
};

// The name for messages, such as `UTF-16`.
std::string_view to_text(TextEncoding encoding);

// The result of decode_text().
struct DecodedText {
  std::string text;       // valid UTF-8, without a byte order mark
  TextEncoding encoding;  // kLatin1 if at least one line was Latin-1
};

// Converts the bytes of a file to UTF-8. Never fails: what is malformed in UTF-16 or UTF-32 becomes U+FFFD. Bytes that
// are neither have lines of UTF-8 and of Latin-1: each line that is not valid UTF-8 is read as Latin-1, so that one bad
// line does not change the others. Time and memory are linear in the size; valid UTF-8 without a mark is not copied.
DecodedText decode_text(std::string bytes);

}  // namespace porchlight
