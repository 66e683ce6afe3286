// The language of a page: what a browser or an application prefers (RFC 9110 §12.5.4, OpenID Connect Core §3.1.2.1),
// matched with the languages of the pages by the lookup of RFC 4647 §3.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace porchlight {

enum class Language : std::uint8_t { kEnglish, kFrench, kGerman, kSpanish };

inline constexpr Language kLanguages[] = {Language::kEnglish, Language::kFrench, Language::kGerman,
                                          Language::kSpanish};

// Limits of both lists of preferences. A list beyond them counts as absent.
inline constexpr std::size_t kPreferenceBytesMax = 1000;
inline constexpr std::size_t kPreferencesMax = 50;

// "en": the tag of the language (RFC 5646), for `lang` and Content-Language.
std::string_view tag_of(Language language);

// The language of the highest weight in an Accept-Language field, the first of several with that weight. Returns
// nullopt if the field names none of the languages, is malformed or beyond the limits. `*` selects no language, and a
// weight of 0 excludes its range.
std::optional<Language> find_accepted_language(std::string_view accept_language);

// The first language in `ui_locales`, tags separated by spaces. Returns nullopt as above.
std::optional<Language> find_ui_language(std::string_view ui_locales);

}  // namespace porchlight
