// Which language a list of preferences selects; its limits.
#include "base/language.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace porchlight {
namespace {

struct PreferenceRow {
  std::string text;
  std::optional<Language> language;
};

constexpr auto kNoLanguage = std::optional<Language>();

TEST(Languages, OfAnAcceptLanguageField) {
  const PreferenceRow rows[] = {
      {"", kNoLanguage},
      {"fr", Language::kFrench},
      {"FR", Language::kFrench},
      {"de-CH-1996", Language::kGerman},
      {"es-419", Language::kSpanish},
      {"en-US,en;q=0.9", Language::kEnglish},
      {"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Language::kFrench},
      {"en;q=0.5, de", Language::kGerman},
      {"en;q=0.8,de;q=0.8", Language::kEnglish},  // the first of the same weight
      {"de;q=0.123,fr;q=0.124", Language::kFrench},
      {"fr;q=1.000, de;q=1", Language::kFrench},
      {"it, de;q=0.1", Language::kGerman},
      {"it", kNoLanguage},
      {"*", kNoLanguage},
      {"*, de;q=0.5", Language::kGerman},
      {"de;q=0", kNoLanguage},
      {"de;q=0.000, fr;q=0.001", Language::kFrench},
      {"de ; q=0.5 , fr\t;\tQ=0.7", Language::kFrench},
      {",, fr ,", Language::kFrench},
      {"x-fr", kNoLanguage},  // a private tag
      {"deu", kNoLanguage},   // another tag, although it means the same
      {"frankly", kNoLanguage},
      {"abcdefgh, de", Language::kGerman},
      {"de-abcdefgh", Language::kGerman},
  };
  for (const PreferenceRow& row : rows) EXPECT_EQ(find_accepted_language(row.text), row.language) << row.text;
}

// A malformed field counts as absent, also if a part of it could be read.
TEST(Languages, OfAMalformedAcceptLanguageField) {
  for (const char* text : {"fr;",     "fr;q",     "fr;q=",      "fr;q=2",    "fr;q=1.001",   "fr;q=0.1234",
                           "fr;q=.5", "fr;q=0,5", "fr;q=-1",    "fr;q=0x",   "fr;q=1x",      "fr;q =1",
                           "fr;q= 1", "fr;p=1",   "fr;q=1;q=1", "fr de",     "fr_FR",        "fr-",
                           "-fr",     "fr--FR",   "4r",         "abcdefghi", "de-abcdefghi", "fr, d\xC3\xA9",
                           "fr\x01",  "**",       "*-FR",       "fr/de",     "fr;q=1.0000"})
    EXPECT_EQ(find_accepted_language(text), kNoLanguage) << text;
}

TEST(Languages, OfUiLocales) {
  const PreferenceRow rows[] = {
      {"fr", Language::kFrench},
      {"fr-CA fr en", Language::kFrench},
      {"it de-AT", Language::kGerman},
      {"it", kNoLanguage},
      {"", kNoLanguage},
      {"fr,de", kNoLanguage},
      {"fr  de", kNoLanguage},
      {"de <", kNoLanguage},
      {"fr;q=1", kNoLanguage},
      {"* es", Language::kSpanish},
  };
  for (const PreferenceRow& row : rows) EXPECT_EQ(find_ui_language(row.text), row.language) << row.text;
}

// `count` members that name no language of the pages, then French.
std::string list_of(std::size_t count, char separator) {
  std::string list;
  for (std::size_t i = 1; i < count; ++i) list.append("it").push_back(separator);
  return list + "fr";
}

TEST(Languages, OfAListAtItsLimits) {
  EXPECT_EQ(find_accepted_language(list_of(kPreferencesMax, ',')), Language::kFrench);
  EXPECT_EQ(find_accepted_language(list_of(kPreferencesMax + 1, ',')), kNoLanguage);
  EXPECT_EQ(find_ui_language(list_of(kPreferencesMax, ' ')), Language::kFrench);
  EXPECT_EQ(find_ui_language(list_of(kPreferencesMax + 1, ' ')), kNoLanguage);
  const std::string padded = std::string(kPreferenceBytesMax - 2, ' ') + "fr";
  EXPECT_EQ(find_accepted_language(padded), Language::kFrench);
  EXPECT_EQ(find_accepted_language(" " + padded), kNoLanguage);
  std::string tag = "fr";
  while (tag.size() + 2 <= kPreferenceBytesMax) tag += "-a";
  EXPECT_EQ(find_ui_language(tag), Language::kFrench);
  EXPECT_EQ(find_ui_language(tag + "a"), kNoLanguage);
}

// Random lists against the definition: of the members with the highest weight above 0, the first that is known.
TEST(Languages, OfRandomLists) {
  std::mt19937 random(7);
  const std::vector<std::string> tags = {"en", "fr-BE", "de", "es-MX", "it", "pt-BR", "*"};
  for (int round = 0; round < 2000; ++round) {
    std::string list;
    std::optional<Language> expected;
    unsigned best = 0;
    for (unsigned member = random() % 6; member > 0; --member) {
      const std::size_t which = random() % tags.size();
      const unsigned weight = random() % 10;
      list += (list.empty() ? "" : ",") + tags[which] + ";q=0." + std::to_string(weight);
      if (which >= std::size(kLanguages) || weight <= best) continue;
      best = weight;
      expected = kLanguages[which];
    }
    EXPECT_EQ(find_accepted_language(list), expected) << list;
  }
}

}  // namespace
}  // namespace porchlight
