// Encodings of text files: what each is recognised by, and the UTF-8 that it becomes.
#include "base/text_encoding.h"

#include <gtest/gtest.h>

namespace porchlight {
namespace {

using enum TextEncoding;

struct EncodingCase {
  const char* what;
  std::string bytes;
  TextEncoding encoding;
  std::string text;
};

// A literal with its NULs.
template <std::size_t kSize>
std::string bytes(const char (&literal)[kSize]) {
  return std::string(literal, kSize - 1);
}

TEST(DecodeText, ConvertsEachEncodingToUtf8) {
  const EncodingCase rows[] = {
      {"empty", "", kUtf8, ""},
      {"ASCII", "id,upn\r\n", kUtf8, "id,upn\r\n"},
      {"UTF-8", "Jos\xC3\xA9", kUtf8, "Jos\xC3\xA9"},
      {"UTF-8 with a mark", "\xEF\xBB\xBFJos\xC3\xA9", kUtf8, "Jos\xC3\xA9"},
      {"a mark alone", "\xEF\xBB\xBF", kUtf8, ""},
      {"a second mark is text", "\xEF\xBB\xBF\xEF\xBB\xBF", kUtf8, "\xEF\xBB\xBF"},
      {"UTF-16, little endian", bytes("\xFF\xFEJ\0\xE9\0"), kUtf16LittleEndian, "J\xC3\xA9"},
      {"UTF-16, big endian", bytes("\xFE\xFF\0J\0\xE9"), kUtf16BigEndian, "J\xC3\xA9"},
      {"UTF-16 without a mark, little endian", bytes("J\0\xE9\0"), kUtf16LittleEndian, "J\xC3\xA9"},
      {"UTF-16 without a mark, big endian", bytes("\0J\0\xE9"), kUtf16BigEndian, "J\xC3\xA9"},
      {"UTF-16, a pair of surrogates", bytes("\xFF\xFE\x3D\xD8\x00\xDE"), kUtf16LittleEndian,
       "\xF0\x9F\x98\x80"},
      {"UTF-16, half a pair", bytes("\xFF\xFE\x3D\xD8J\0"), kUtf16LittleEndian, "\xEF\xBF\xBDJ"},
      {"UTF-16, half a pair at the end", bytes("\xFF\xFEJ\0\x3D\xD8"), kUtf16LittleEndian, "J\xEF\xBF\xBD"},
      {"UTF-16, cut off in a character", bytes("\xFF\xFEJ\0\xE9"), kUtf16LittleEndian, "J\xEF\xBF\xBD"},
      {"UTF-16, a mark alone", "\xFF\xFE", kUtf16LittleEndian, ""},
      {"UTF-32, little endian", bytes("\xFF\xFE\0\0J\0\0\0\xE9\0\0\0"), kUtf32LittleEndian, "J\xC3\xA9"},
      {"UTF-32, big endian", bytes("\0\0\xFE\xFF\0\0\0J\0\0\0\xE9"), kUtf32BigEndian, "J\xC3\xA9"},
      {"Latin-1", "Jos\xE9", kLatin1, "Jos\xC3\xA9"},
      {"Windows-1252",
       "O\x92"
       "Brien \x80",
       kLatin1,
       "O\xE2\x80\x99"
       "Brien \xE2\x82\xAC"},
      {"Windows-1252, a byte without a character", "a\x81", kLatin1, "a\xC2\x81"},
      {"UTF-8, one line in Latin-1", "Jos\xC3\xA9\r\nZo\xEB\nAda", kLatin1, "Jos\xC3\xA9\r\nZo\xC3\xAB\nAda"},
      {"lines that end in CR", "Jos\xC3\xA9\rZo\xEB\rAda", kLatin1, "Jos\xC3\xA9\rZo\xC3\xAB\rAda"},
      {"UTF-8 with a mark, one line in Latin-1", "\xEF\xBB\xBFJos\xC3\xA9\nZo\xEB", kLatin1,
       "Jos\xC3\xA9\nZo\xC3\xAB"},
      {"NULs of no UTF-16", bytes("id\0\0"), kUtf8, bytes("id\0\0")},
      {"two NULs", bytes("\0\0"), kUtf8, bytes("\0\0")},
      {"one NUL", bytes("\0"), kUtf8, bytes("\0")},
  };
  for (const EncodingCase& row : rows) {
    const DecodedText decoded = decode_text(row.bytes);
    EXPECT_EQ(decoded.encoding, row.encoding) << row.what;
    EXPECT_EQ(decoded.text, row.text) << row.what;
  }
}

// Longer than the buffers through which ICU converts.
TEST(DecodeText, ConvertsLongTexts) {
  std::string utf16 = "\xFF\xFE", utf8;
  for (int i = 0; i < 100'000; ++i) {
    utf16 += bytes("\xAC\x20");
    utf8 += "\xE2\x82\xAC";
  }
  EXPECT_EQ(decode_text(std::move(utf16)).text, utf8);
  EXPECT_EQ(decode_text(std::string(100'000, '\x80')).text, utf8);
}

TEST(DecodeText, NamesEachEncoding) {
  const std::pair<TextEncoding, std::string_view> rows[] = {{kUtf8, "UTF-8"},
                                                            {kUtf16LittleEndian, "UTF-16"},
                                                            {kUtf16BigEndian, "UTF-16"},
                                                            {kUtf32LittleEndian, "UTF-32"},
                                                            {kUtf32BigEndian, "UTF-32"},
                                                            {kLatin1, "Latin-1"}};
  for (const auto& [encoding, name] : rows) EXPECT_EQ(to_text(encoding), name);
}

}  // namespace
}  // namespace porchlight
