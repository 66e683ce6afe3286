// Parsing of the texts, and their placeholders.
#include "authority/page_text.h"

#include <fmt/format.h>

#include "base/split.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

// In the order of Language.
constexpr std::string_view kFiles[] = {
#include "texts/en.txt"
    ,
#include "texts/fr.txt"
    ,
#include "texts/de.txt"
    ,
#include "texts/es.txt"
};

PageTexts parse_own(Language language) {
  const auto texts = PageTexts::parse(language, kFiles[static_cast<std::size_t>(language)]);
  CHECK(texts.has_value());  // a test parses each file
  return *texts;
}

}  // namespace

std::optional<PageTexts> PageTexts::parse(Language language, std::string_view file) {
  PageTexts texts(language);
  for (const std::string_view line : split(file, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto [name, text] = split_once(line, '=');
    const auto key = std::ranges::find(kTextKeys, trimmed(name));
    if (key == std::end(kTextKeys)) return std::nullopt;
    std::string_view& place = texts.texts_[static_cast<std::size_t>(key - kTextKeys)];
    if (!place.empty() || trimmed(text).empty()) return std::nullopt;
    place = trimmed(text);
  }
  const bool is_complete = std::ranges::none_of(texts.texts_, &std::string_view::empty);
  return is_complete ? std::optional(texts) : std::nullopt;
}

std::string_view PageTexts::permission(std::string_view name) const {
  const auto key = std::ranges::find(kTextKeys, fmt::format("permission.{}", name));
  CHECK(key != std::end(kTextKeys));  // a test looks up all of them
  return texts_[static_cast<std::size_t>(key - kTextKeys)];
}

std::string PageTexts::fill(
    PageTextKey key, std::initializer_list<std::pair<std::string_view, std::string_view>> values) const {
  std::string_view rest = (*this)[key];
  std::string filled;
  // One pass, so that a value which looks like a placeholder stays as it is.
  while (!rest.empty()) {
    const auto hit = std::ranges::find_if(values, [&](const auto& value) {
      return rest.starts_with('{') && rest.substr(1).starts_with(value.first) &&
             rest.substr(1 + value.first.size()).starts_with('}');
    });
    filled += hit == values.end() ? rest.substr(0, 1) : hit->second;
    rest.remove_prefix(hit == values.end() ? 1 : hit->first.size() + 2);
  }
  return filled;
}

const PageTexts& texts_of(Language language) {
  static const std::array<PageTexts, std::size(kLanguages)> kTexts = {
      parse_own(Language::kEnglish), parse_own(Language::kFrench), parse_own(Language::kGerman),
      parse_own(Language::kSpanish)};
  return kTexts[static_cast<std::size_t>(language)];
}

}  // namespace porchlight::authority
