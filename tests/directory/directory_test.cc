// The checks of display names and userPrincipalNames: each limit, and one beyond it.
#include "directory/directory.h"

#include <gtest/gtest.h>

namespace porchlight::directory {
namespace {

using namespace std::string_literals;

// A text and the fault that the check must report; without a fault it is valid.
struct Row {
  std::string text;
  std::optional<std::string> fault = std::nullopt;
};

void expect_faults(const std::vector<Row>& rows, std::optional<std::string> (*check)(std::string_view)) {
  for (const Row& row : rows) EXPECT_EQ(check(row.text), row.fault) << "of \"" << row.text << "\"";
}

const std::string kBadSign = "holds a space, one of /?\"\\%<> or other than printable ASCII";
const std::string kBadShape = "is not of the form local@domain";
const std::string kBadUtf8 = "is not valid UTF-8";
const std::string kControl = "holds a control character";
const std::string kTooLong = "is longer than 256 bytes";

TEST(Upn, IsLocalAtDomain) {
  expect_faults({{"ana@contoso.com"},
                 {"a@b"},
                 {"Ana.B-C_d+e!f~g@sub.contoso.com"},
                 {"sean.o'brien@contoso.com"},
                 {"'@contoso.com"},
                 {"a'.-_!#^~z@contoso.com"},
                 {"lee_example.org#EXT#@contoso.onmicrosoft.com"},
                 {"#@#"},
                 {"o''brien@contoso.com"},
                 {"o\"brien@contoso.com", kBadSign},
                 {"o\xE2\x80\x99"
                  "brien@contoso.com",
                  kBadSign},
                 {"lee%23EXT%23@contoso.com", kBadSign},
                 {"sean o'brien@contoso.com", kBadSign},
                 {"", "is empty"},
                 {"ana", kBadShape},
                 {"@", kBadShape},
                 {"@contoso.com", kBadShape},
                 {"ana@", kBadShape},
                 {"ana@contoso@com", kBadShape},
                 {"ana@@contoso.com", kBadShape}},
                upn_fault);
}

TEST(Upn, AcceptsUpTo256Bytes) {
  expect_faults({{"a@"s.append(254, 'b')},
                 {"a@"s.append(255, 'b'), kTooLong},
                 {std::string(254, 'a').append("@b")},
                 {std::string(255, 'a').append("@b"), kTooLong}},
                upn_fault);
}

TEST(Upn, AcceptsPrintableCharactersExceptThoseThatNeedQuoting) {
  for (int c = 0; c < 256; ++c) {
    const std::string upn = "a"s + static_cast<char>(c) + "b@c";
    const bool good =
        c > ' ' && c < 0x7F && c != '@' && "/?\"\\%<>"s.find(static_cast<char>(c)) == std::string::npos;
    const auto fault = c == '@' ? kBadShape : kBadSign;
    EXPECT_EQ(upn_fault(upn), good ? std::nullopt : std::optional(fault)) << "character " << c;
  }
}

TEST(Name, AcceptsOneTo256Bytes) {
  expect_faults({{"A"},
                 {"Ana Bell"},
                 {" "},
                 {"'; DROP TABLE -- <b>\"%s\""},
                 {std::string(256, 'x')},
                 {std::string(257, 'x'), kTooLong},
                 {std::string(254, 'x').append("\xC3\xA9")},  // bytes count, not characters
                 {std::string(255, 'x').append("\xC3\xA9"), kTooLong},
                 {"", "is empty"}},
                name_fault);
}

TEST(Name, RefusesControlCharacters) {
  expect_faults({{"a\0b"s, kControl},
                 {"a\nb", kControl},
                 {"a\tb", kControl},
                 {"\x1F", kControl},
                 {"\x20"},
                 {"~"},
                 {"\x7F", kControl},
                 {"\xC2\x80", kControl},  // U+0080
                 {"\xC2\x9F", kControl},  // U+009F
                 {"\xC2\xA0"},            // U+00A0
                 {"\xE2\x80\xA7"},        // U+2027
                 {"\xE2\x80\xA8", kControl},
                 {"\xE2\x80\xA9", kControl},
                 {"\xE2\x80\xAA"}},
                name_fault);
}

TEST(Name, RefusesInvalidUtf8) {
  expect_faults({{"J\xC3\xBCrgen"},
                 {"\xDF\xBF"},          // U+07FF, the last of two bytes
                 {"\xE0\xA0\x80"},      // U+0800, the first of three
                 {"\xED\x9F\xBF"},      // U+D7FF, before the surrogates
                 {"\xEE\x80\x80"},      // U+E000, after them
                 {"\xEF\xBF\xBF"},      // U+FFFF
                 {"\xF0\x90\x80\x80"},  // U+10000, the first of four
                 {"\xF4\x8F\xBF\xBF"},  // U+10FFFF, the last of all
                 {"\x80", kBadUtf8},    // a continuation alone
                 {"a\xBFz", kBadUtf8},
                 {"\xC0\x80", kBadUtf8},  // overlong
                 {"\xC1\xBF", kBadUtf8},
                 {"\xE0\x9F\xBF", kBadUtf8},
                 {"\xF0\x8F\xBF\xBF", kBadUtf8},
                 {"\xED\xA0\x80", kBadUtf8},  // surrogates
                 {"\xED\xBF\xBF", kBadUtf8},
                 {"\xF4\x90\x80\x80", kBadUtf8},  // beyond U+10FFFF
                 {"\xF5\x80\x80\x80", kBadUtf8},
                 {"\xFE", kBadUtf8},
                 {"\xFF", kBadUtf8},
                 {"a\xC3", kBadUtf8},  // cut short
                 {"a\xE2\x82", kBadUtf8},
                 {"a\xF0\x9F\x98", kBadUtf8},
                 {"\xC3\x28", kBadUtf8},
                 {"\xE2\x28\xA1", kBadUtf8},
                 {"\xF0\x28\x8C\xBC", kBadUtf8}},
                name_fault);
}

TEST(Upn, IsComparedWithoutRegardToAsciiCase) {
  EXPECT_EQ(fold_upn("ANA.Zed@Contoso.COM"), "ana.zed@contoso.com");
  EXPECT_EQ(fold_upn("@[`{"), "@[`{");
  EXPECT_EQ(fold_upn("\xC3\x89"), "\xC3\x89");
  EXPECT_EQ(fold_upn(""), "");
}

}  // namespace
}  // namespace porchlight::directory
