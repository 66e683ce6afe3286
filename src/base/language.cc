// Strict parsing of language preferences, and their lookup.
#include "base/language.h"

#include <algorithm>

#include "base/split.h"
#include "base/text.h"

namespace porchlight {
namespace {

constexpr std::size_t kSubtagCharsMax = 8;
constexpr int kWeightMax = 1000;  // thousandths

// A range of Accept-Language, and its weight in thousandths.
struct WeightedRange {
  std::string_view range;
  int weight = kWeightMax;
};

bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

// A basic language range (RFC 4647 §2.1): `*`, or subtags, the first without digits.
bool is_range(std::string_view text) {
  if (text == "*") return true;
  bool is_first = true;
  for (const std::string_view subtag : split(text, '-')) {
    if (subtag.empty() || subtag.size() > kSubtagCharsMax) return false;
    if (!std::ranges::all_of(subtag, [&](char c) { return is_letter(c) || (!is_first && is_digit(c)); }))
      return false;
    is_first = false;
  }
  return true;
}

// `0.25`: at most three decimals, and none but zeros after 1 (RFC 9110 §12.4.2).
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * kWeightMax;
  int unit = kWeightMax / 10;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (!is_digit(text[i])) return std::nullopt;
    weight += (text[i] - '0') * unit;
  }
  return weight <= kWeightMax ? std::optional(weight) : std::nullopt;
}

// One member of the list: `fr-CH;q=0.9`, with white space around `;` only.
std::optional<WeightedRange> parse_member(std::string_view text) {
  const auto [range, after] = split_once(text, ';');
  WeightedRange member{trimmed(range)};
  if (!is_range(member.range)) return std::nullopt;
  if (!text.contains(';')) return member;
  const std::string_view parameter = trimmed(after);
  if (!equals_ignore_case(parameter.substr(0, 2), "q=")) return std::nullopt;
  const auto weight = parse_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  member.weight = *weight;
  return member;
}

// Lookup shortens a range from its end until a language has it as its tag. All tags here have one subtag, so it ends at
// the first subtag of the range.
std::optional<Language> look_up(std::string_view range) {
  const std::string_view first = split_once(range, '-').first;
  const auto found = std::ranges::find_if(
      kLanguages, [&](Language language) { return equals_ignore_case(tag_of(language), first); });
  return found == std::end(kLanguages) ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string_view tag_of(Language language) {
  constexpr std::string_view kTags[] = {"en", "fr", "de", "es"};
  return kTags[static_cast<std::size_t>(language)];
}

// Empty members of a list are ignored (RFC 9110 §5.6.1.2), but count towards the limit.
std::optional<Language> find_accepted_language(std::string_view accept_language) {
  if (accept_language.size() > kPreferenceBytesMax) return std::nullopt;
  std::optional<Language> best;
  int best_weight = 0;
  std::size_t count = 0;
  for (const std::string_view text : split(accept_language, ',')) {
    if (++count > kPreferencesMax) return std::nullopt;
    if (trimmed(text).empty()) continue;
    const auto member = parse_member(text);
    if (!member) return std::nullopt;
    const auto language = look_up(member->range);
    if (!language || member->weight <= best_weight) continue;
    best = language;
    best_weight = member->weight;
  }
  return best;
}

std::optional<Language> find_ui_language(std::string_view ui_locales) {
  if (ui_locales.size() > kPreferenceBytesMax) return std::nullopt;
  std::optional<Language> first;
  std::size_t count = 0;
  for (const std::string_view tag : split(ui_locales, ' ')) {
    if (++count > kPreferencesMax || !is_range(tag)) return std::nullopt;
    if (!first) first = look_up(tag);
  }
  return first;
}

}  // namespace porchlight
