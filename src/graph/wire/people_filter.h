// Which people are asked for: $filter and $search of GET /users (spec clients 7).
//
//     filter = term ("or" term)*          search = clause ("OR" clause)*
//     term   = "startswith(" property "," text ")" | property "eq" text | "id in (" text ("," text)* ")"
//     clause = '"' property ":" text '"'
//
// Parentheses around terms are taken: there is nothing but "or", so they change nothing. Letters of ASCII
// are compared in any case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// Terms on texts in one $filter or $search. Ids: kFilterIdsMax.
inline constexpr std::size_t kFilterTextsMax = 15;

// People looked at in one search: some five milliseconds. A link leads on.
inline constexpr std::size_t kPeopleScannedMax = 20'000;

// Something asked of one text of a person.
struct TextTerm {
  enum class Field : std::uint8_t { kName, kUpn, kUnset };  // kUnset: a property that nobody has
  enum class Operator : std::uint8_t {
    kEquals,
    kStartsWith,
    kWordsStartWith
  };  // kWordsStartWith: each word begins one of it
  Field field;
  Operator op;
  std::string text;
  friend bool operator==(const TextTerm&, const TextTerm&) = default;
};

// Somebody for whom any of these holds.
struct PeopleFilter {
  std::vector<Guid> ids;  // in order
  std::vector<TextTerm> texts;

  bool matches(const Guid& id, std::string_view upn, std::string_view name) const;
  // Whether it names people outright, by id or userPrincipalName, so that nobody has to be searched for.
  bool is_lookup() const;
};

// Errors name the position.
Result<PeopleFilter> parse_people_filter(std::string_view filter);
Result<PeopleFilter> parse_people_search(std::string_view search);

}  // namespace porchlight::graph
