// ICU converts through its pivot buffer, so that the length of a text is not bounded by 32 bits.
#include "base/text_encoding.h"

#include <simdjson.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"

namespace porchlight {
namespace {

// What each encoding is called, in messages and by ICU, and its byte order mark. UTF-32 comes before UTF-16, whose mark
// of the same byte order is a prefix.
struct EncodingRow {
  TextEncoding encoding;
  std::string_view name;
  const char* icu_name;
  std::string_view mark;
};
constexpr std::array<EncodingRow, 6> kEncodings = {{
    {TextEncoding::kUtf8, "UTF-8", "UTF-8", "\xEF\xBB\xBF"},
    {TextEncoding::kUtf32LittleEndian, "UTF-32", "UTF-32LE", {"\xFF\xFE\0\0", 4}},
    {TextEncoding::kUtf32BigEndian, "UTF-32", "UTF-32BE", {"\0\0\xFE\xFF", 4}},
    {TextEncoding::kUtf16LittleEndian, "UTF-16", "UTF-16LE", "\xFF\xFE"},
    {TextEncoding::kUtf16BigEndian, "UTF-16", "UTF-16BE", "\xFE\xFF"},
    {TextEncoding::kLatin1, "Latin-1", "windows-1252", {}},
}};

const EncodingRow& row_of(TextEncoding encoding) {
  const auto found = std::ranges::find(kEncodings, encoding, &EncodingRow::encoding);
  CHECK(found != kEncodings.end());
  return *found;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// Converts texts of one encoding to UTF-8.
class Utf8Converter {
 public:
  explicit Utf8Converter(TextEncoding from) : from_(open(row_of(from).icu_name)), utf8_(open("UTF-8")) {}
  ~Utf8Converter() {
    ucnv_close(from_);
    ucnv_close(utf8_);
  }
  Utf8Converter(const Utf8Converter&) = delete;
  Utf8Converter& operator=(const Utf8Converter&) = delete;

  // Appends the whole text `bytes` in UTF-8.
  void append(std::string_view bytes, std::string& out) {
    const char* source = bytes.data();
    const char* const source_end = source + bytes.size();
    std::array<UChar, 4096> pivot;
    UChar *pivot_begin = pivot.data(), *pivot_end = pivot.data();
    std::array<char, 4096> part;
    UBool reset = true;
    UErrorCode error;
    do {
      error = U_ZERO_ERROR;
      char* target = part.data();
      ucnv_convertEx(utf8_, from_, &target, part.data() + part.size(), &source, source_end, pivot.data(),
                     &pivot_begin, &pivot_end, pivot.data() + pivot.size(), reset, /*flush=*/true, &error);
      out.append(part.data(), target);
      reset = false;
    } while (error == U_BUFFER_OVERFLOW_ERROR);
    CHECK(U_SUCCESS(error));  // ICU's default callbacks write U+FFFD for what is malformed
  }

 private:
  static UConverter* open(const char* name) {
    UErrorCode error = U_ZERO_ERROR;
    UConverter* converter = ucnv_open(name, &error);
    CHECK(U_SUCCESS(error));  // the converters of kEncodings are part of ICU's library
    return converter;
  }

  UConverter* const from_;
  UConverter* const utf8_;
};

// The encoding of the bytes by their mark, or by the NUL beside the first character; nullopt for bytes with neither.
std::optional<TextEncoding> detect(std::string_view bytes) {
  for (const EncodingRow& row : kEncodings)
    if (!row.mark.empty() && bytes.starts_with(row.mark)) return row.encoding;
  if (bytes.size() < 2 || (bytes[0] == '\0') == (bytes[1] == '\0')) return std::nullopt;
  return bytes[0] == '\0' ? TextEncoding::kUtf16BigEndian : TextEncoding::kUtf16LittleEndian;
}

// The lines of the text, each as it is if it is valid UTF-8 and converted from Latin-1 if not.
std::string decode_lines(std::string_view bytes) {
  Utf8Converter latin1(TextEncoding::kLatin1);
  std::string out;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view line = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    if (is_utf8(line))
      out += line;
    else
      latin1.append(line, out);
    bytes.remove_prefix(line.size());
  }
  return out;
}

}  // namespace

std::string_view to_text(TextEncoding encoding) { return row_of(encoding).name; }

DecodedText decode_text(std::string bytes) {
  const TextEncoding encoding = detect(bytes).value_or(TextEncoding::kUtf8);
  const std::string_view mark = row_of(encoding).mark;
  if (bytes.starts_with(mark)) bytes.erase(0, mark.size());
  if (encoding != TextEncoding::kUtf8) {
    std::string text;
    Utf8Converter(encoding).append(bytes, text);
    return {std::move(text), encoding};
  }
  if (is_utf8(bytes)) return {std::move(bytes), encoding};
  return {decode_lines(bytes), TextEncoding::kLatin1};
}

}  // namespace porchlight
