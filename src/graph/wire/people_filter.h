// Parses and evaluates $filter and $search of GET /users (spec clients 7).
//
//     filter = term ("or" term)*          search = clause ("OR" clause)*
//     term   = "startswith(" property "," text ")" | property "eq" text | "id in (" text ("," text)* ")"
//     clause = '"' property ":" text '"'
//
// Parentheses around terms are accepted and have no effect, since "or" is the only operator. Letters of ASCII are
// compared in any case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// Most terms on texts in one $filter or $search. The limit of ids is kFilterIdsMax.
inline constexpr std::size_t kFilterTextsMax = 15;

// Most users that one request scans, about five milliseconds. A link to the next page continues the scan.
inline constexpr std::size_t kPeopleScannedMax = 20'000;

// A condition on one text of a user.
struct TextTerm {
  enum class Field : std::uint8_t { kName, kUpn, kUnset };  // kUnset: a property without a value
  enum class Operator : std::uint8_t {
    kEquals,
    kStartsWith,
    kWordsStartWith  // each word of the term is the beginning of a word of the text
  };
  Field field;
  Operator op;
  std::string text;
  friend bool operator==(const TextTerm&, const TextTerm&) = default;
};

// A filter. A user matches if any of its ids or terms does.
struct PeopleFilter {
  std::vector<Guid> ids;  // sorted and distinct
  std::vector<TextTerm> texts;

  // Returns true if a user with these properties matches.
  bool matches(const Guid& id, std::string_view upn, std::string_view name) const;
  // Returns true if every term names a user by id or userPrincipalName, or matches no user, so that lookups replace a
  // scan.
  bool is_lookup() const;
};

// Parses a decoded $filter. 400 with the position of the first text that does not fit, or if a limit is exceeded.
Result<PeopleFilter> parse_people_filter(std::string_view filter);
// The same for a decoded $search.
Result<PeopleFilter> parse_people_search(std::string_view search);

}  // namespace porchlight::graph
