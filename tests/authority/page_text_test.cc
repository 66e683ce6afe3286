// The texts of the pages: the file of each language is complete, and pages escape what they show.
#include "authority/page_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "authority/pages.h"
#include "authority/permissions.h"

namespace porchlight::authority {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The placeholders of a text, with their braces.
std::multiset<std::string> placeholders(std::string_view text) {
  std::multiset<std::string> found;
  for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    EXPECT_NE(close, text.npos) << text;
    found.emplace(text.substr(open, close - open + 1));
  }
  return found;
}

// A file with a text for each key.
std::string file_of(std::string_view text) {
  std::string file;
  for (const std::string_view key : kTextKeys) file.append(key).append(" = ").append(text).append("\n");
  return file;
}

TEST(PageTexts, OfEachLanguageHaveTheSamePlaceholders) {
  const PageTexts& english = texts_of(Language::kEnglish);
  for (const Language language : kLanguages) {
    const PageTexts& texts = texts_of(language);  // each key once, none empty
    EXPECT_EQ(texts.language(), language);
    for (std::size_t i = 0; i < kTextCount; ++i)
      EXPECT_EQ(placeholders(texts.at(i)), placeholders(english.at(i))) << tag_of(language) << kTextKeys[i];
  }
}

TEST(PageTexts, DifferBetweenLanguages) {
  std::set<std::string_view> words;
  for (const Language language : kLanguages) words.insert(texts_of(language)["sign_in.title"]);
  EXPECT_EQ(words.size(), std::size(kLanguages));
}

TEST(PageTexts, DescribeEachDelegatedPermission) {
  for (const PermissionRow& row : permissions()) {
    if (row.kind != PermissionKind::kDelegated) continue;
    EXPECT_FALSE(texts_of(Language::kGerman).permission(row.name).empty()) << row.name;
  }
}

TEST(PageTexts, OfAFileThatIsNotComplete) {
  const std::string good = file_of("x");
  EXPECT_TRUE(PageTexts::parse(Language::kEnglish, good));
  EXPECT_TRUE(PageTexts::parse(Language::kEnglish, "# a comment\n\n" + good));
  const std::string first = good.substr(0, good.find('\n') + 1);
  EXPECT_FALSE(PageTexts::parse(Language::kEnglish, good.substr(first.size())));   // a key is missing
  EXPECT_FALSE(PageTexts::parse(Language::kEnglish, good + first));                // one is there twice
  EXPECT_FALSE(PageTexts::parse(Language::kEnglish, good + "another.key = x\n"));  // one is unknown
  EXPECT_FALSE(PageTexts::parse(Language::kEnglish, file_of(" ")));                // no text
  EXPECT_FALSE(PageTexts::parse(Language::kEnglish, good + "no sign\n"));
}

TEST(PageTexts, FillPlaceholdersOnce) {
  const std::string file = file_of("{a} and {b}, {a}, {c}, {a");
  const auto texts = PageTexts::parse(Language::kEnglish, file);
  EXPECT_EQ(texts->fill("sign_in.for", {{"a", "{b}"}, {"b", "2"}}), "{b} and 2, {b}, {c}, {a");
}

// Every text of the files and every value is escaped, and the page names its language.
TEST(Pages, EscapeTheirTexts) {
  const std::string hostile = "<b>&\"'";
  const std::string file = file_of(hostile + "{app}{name}{code}");
  const auto texts = PageTexts::parse(Language::kFrench, file);
  const FormState state{hostile, hostile};
  const std::vector<std::string> wants = {hostile};
  const std::vector<std::pair<std::string, std::string>> fields = {{hostile, hostile}};
  const std::string pages[] = {
      sign_in_page(*texts, hostile, hostile, state, hostile),
      consent_page(*texts, hostile, hostile, wants, state),
      user_code_page(*texts, state, hostile),
      sign_out_page(*texts, state),
      message_page(*texts, "device.done_title", "device.done"),
      error_page(*texts, OAuthFault::kLocked, hostile),
      post_page(*texts, hostile, fields),
  };
  for (const std::string& page : pages) {
    EXPECT_THAT(page, HasSubstr("<html lang=\"fr\">"));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;&quot;&#39;"));
    EXPECT_THAT(page, Not(HasSubstr("<b>")));
    EXPECT_THAT(page, Not(HasSubstr("&\"'")));
  }
}

}  // namespace
}  // namespace porchlight::authority
