// Parses and evaluates $filter and $search of users and groups (spec protocol §9.1).
//
//     filter = both ("or" both)*            both = factor ("and" factor)*
//     factor = "not" factor | "(" filter ")" | term
//     term   = ("startswith" | "endswith") "(" property "," text ")"
//            | property ("eq" | "ne" | "ge" | "le") value | property "in (" text ("," text)* ")"
//            | property "/any(" name ":" name "eq" text ")"
//     value  = text | "true" | "false" | "null"
//
//     search = the same with clause for term and AND, OR for "and", "or"
//     clause = '"' property ":" text '"'
//
// Letters of ASCII are compared in any case. A property without a value is null, and no text equals null.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/guid.h"
#include "graph/wire/entity_json.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// Most terms in one $filter or $search, beside those on ids, of which kFilterIdsMax are accepted.
inline constexpr std::size_t kFilterTermsMax = 15;

// Most parentheses and "not" around a term.
inline constexpr std::size_t kFilterDepthMax = 16;

// An operator that Graph accepts in advanced queries only.
enum class AdvancedOperator : std::uint8_t { kNone, kEndsWith, kNot, kNotEquals };

// A condition on one text of an entity.
struct TextTerm {
  enum class Operator : std::uint8_t {
    kEquals,
    kStartsWith,
    kEndsWith,
    kAtLeast,
    kAtMost,
    kWordsStartWith  // each word of the term is the beginning of a word of the text
  };
  const Property* property;
  Operator op;
  std::string text;
  friend bool operator==(const TextTerm&, const TextTerm&) = default;
};

// Users, by id and by userPrincipalName.
struct NamedUsers {
  std::vector<Guid> ids;
  std::vector<std::string> upns;
};

// A parsed $filter or $search. The properties of its terms are those of the type that it was parsed for.
class DirectoryFilter {
 public:
  // The ids of which an entity has one; sorted and distinct.
  using IdTerm = std::vector<Guid>;
  enum class Connective : std::uint8_t { kAnd, kOr, kNot };
  // A value or an operator in postfix order. A bool is a term that does not depend on the entity.
  using Step = std::variant<bool, TextTerm, IdTerm, Connective>;

  DirectoryFilter(std::vector<Step> steps, AdvancedOperator advanced)
      : steps_(std::move(steps)), advanced_(advanced) {}

  // Returns true if the entity matches.
  bool matches(const Entity& entity) const;
  // The only users that can match, so that look-ups replace a scan; nullopt if any user might.
  std::optional<NamedUsers> named_users() const;
  // The first operator of an advanced query.
  AdvancedOperator advanced_operator() const { return advanced_; }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
  AdvancedOperator advanced_;
};

// Parses a decoded $filter. 400 with the position of the first text that does not fit; for a property that the type
// does not have or that cannot be compared so; for an id that is not a GUID; if a limit is exceeded.
Result<DirectoryFilter> parse_directory_filter(const EntityType& type, std::string_view filter);
// The same for a decoded $search.
Result<DirectoryFilter> parse_directory_search(const EntityType& type, std::string_view search);

}  // namespace porchlight::graph
