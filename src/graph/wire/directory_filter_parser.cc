// A recursive-descent parser. Each function takes what it reads off the text and appends its steps; the first failure
// ends the parse and its position is reported.
#include <fmt/format.h>

#include <algorithm>

#include "base/filter_lexer.h"
#include "base/sorted.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/directory_filter.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

using Connective = DirectoryFilter::Connective;
using IdTerm = DirectoryFilter::IdTerm;
using Operator = TextTerm::Operator;
using Source = Property::Source;
using Step = DirectoryFilter::Step;

bool is_name_character(char c) { return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c); }

bool is_text(const Property& property) {
  return property.source != Source::kId && property.source != Source::kEmpty &&
         property.source != Source::kFalse && property.source != Source::kTrue;
}

class DirectoryFilterParser {
 public:
  DirectoryFilterParser(const EntityType& type, std::string_view option, std::string_view text)
      : type_(type), option_(option), lexer_(text) {}

  Result<DirectoryFilter> parse() {
    if (auto read = any_of(0); !read) return std::unexpected(std::move(read.error()));
    lexer_.skip_spaces();
    if (!lexer_.at_end()) return fail();
    return DirectoryFilter(std::move(steps_), advanced_);
  }

 private:
  bool is_search() const { return option_ == "$search"; }
  bool accept(char expected) { return lexer_.accept_token(expected); }
  bool accept_word(std::string_view expected) { return lexer_.accept_word(expected); }
  // A run of letters and digits after spaces; may be empty.
  std::string_view name() {
    lexer_.skip_spaces();
    return lexer_.word();
  }
  // A string in single quotes. The error of a string that is not closed is at the end of the text.
  std::optional<std::string> literal() {
    if (!accept('\'')) return std::nullopt;
    auto value = lexer_.quoted();
    if (!value) lexer_.move_to_end();
    return value;
  }

  // Ids of a chain of "or" become one term, so that many of them cost as much as one.
  Result<void> any_of(std::size_t depth) {
    IdTerm ids;
    std::size_t operands = 0;
    do {
      const std::size_t before = steps_.size();
      if (auto read = all_of(depth); !read) return read;
      if (steps_.size() == before + 1 && std::holds_alternative<IdTerm>(steps_.back())) {
        std::ranges::move(std::get<IdTerm>(steps_.back()), std::back_inserter(ids));
        steps_.pop_back();
      } else if (++operands > 1) {
        steps_.emplace_back(Connective::kOr);
      }
    } while (accept_word("or"));
    if (ids.empty()) return {};
    sort_unique(ids);
    steps_.emplace_back(std::move(ids));
    if (operands > 0) steps_.emplace_back(Connective::kOr);
    return {};
  }

  Result<void> all_of(std::size_t depth) {
    if (auto read = factor(depth); !read) return read;
    while (accept_word("and")) {
      if (auto read = factor(depth); !read) return read;
      steps_.emplace_back(Connective::kAnd);
    }
    return {};
  }

  Result<void> factor(std::size_t depth) {
    const bool is_negated = !is_search() && accept_word("not");
    if (!is_negated && !accept('(')) return is_search() ? clause() : term();
    if (depth == kFilterDepthMax) {
      return std::unexpected(invalid_query(
          option_,
          fmt::format("{} is nested too deeply: at most {} levels are accepted.", option_, kFilterDepthMax)));
    }
    if (is_negated) return negated(depth + 1);
    if (auto read = any_of(depth + 1); !read) return read;
    return accept(')') ? Result<void>() : fail();
  }

  Result<void> negated(std::size_t depth) {
    if (auto read = factor(depth); !read) return read;
    negate(AdvancedOperator::kNot);
    return {};
  }

  void negate(AdvancedOperator by) {
    steps_.emplace_back(Connective::kNot);
    require(by);
  }

  void require(AdvancedOperator advanced) {
    if (advanced_ == AdvancedOperator::kNone) advanced_ = advanced;
  }

  Result<void> term() {
    if (accept_word("startswith")) return function(Operator::kStartsWith);
    if (accept_word("endswith")) {
      require(AdvancedOperator::kEndsWith);
      return function(Operator::kEndsWith);
    }
    const auto found = property();
    if (!found) return std::unexpected(found.error());
    const Property& property = **found;
    if (lexer_.accept('/')) return lambda(property);
    if (accept_word("eq")) return equals(property);
    if (accept_word("in")) return in(property);
    if (accept_word("ne")) {
      if (auto read = equals(property); !read) return read;
      negate(AdvancedOperator::kNotEquals);
      return {};
    }
    if (accept_word("ge")) return compares(property, Operator::kAtLeast);
    if (accept_word("le")) return compares(property, Operator::kAtMost);
    return fail();
  }

  Result<const Property*> property() {
    lexer_.skip_spaces();
    const std::size_t begin = lexer_.position();
    const std::string_view word = lexer_.word();
    if (word.empty()) return fail_at(begin);
    if (const Property* found = find_property(type_, word)) return found;
    return std::unexpected(
        invalid_query(option_, fmt::format("Invalid {} clause: Could not find a property named '{}' on type "
                                           "'{}'.",
                                           option_.substr(1), truncated(word), type_.name)));
  }

  Result<void> function(Operator op) {
    if (!accept('(')) return fail();
    const auto found = property();
    if (!found) return std::unexpected(found.error());
    if (!accept(',')) return fail();
    auto value = literal();
    if (!value || !accept(')')) return fail();
    return text_term(**found, op, *std::move(value));
  }

  // property "eq" value
  Result<void> equals(const Property& property) {
    if (property.source == Source::kId) return id_term([&] { return id(); });
    const std::size_t begin = lexer_.position();
    if (auto value = literal()) return text_term(property, Operator::kEquals, *std::move(value));
    const std::string_view word = name();
    if (equals_ignore_case(word, "null")) return constant(property.source == Source::kNull);
    const bool is_true = equals_ignore_case(word, "true");
    if (!is_true && !equals_ignore_case(word, "false")) return fail_at(begin);
    if (property.source != Source::kTrue && property.source != Source::kFalse)
      return std::unexpected(unsupported_clause(property));
    return constant(is_true == (property.source == Source::kTrue));
  }

  // property "in (" text ("," text)* ")"
  Result<void> in(const Property& property) {
    if (!accept('(')) return fail();
    if (property.source == Source::kId) {
      return id_term([&]() -> Result<void> {
        do {
          if (auto read = id(); !read) return read;
        } while (accept(','));
        return accept(')') ? Result<void>() : fail();
      });
    }
    for (std::size_t count = 1;; ++count) {
      auto value = literal();
      if (!value) return fail();
      if (auto added = text_term(property, Operator::kEquals, *std::move(value)); !added) return added;
      if (count > 1) steps_.emplace_back(Connective::kOr);
      if (!accept(',')) break;
    }
    return accept(')') ? Result<void>() : fail();
  }

  Result<void> compares(const Property& property, Operator op) {
    auto value = literal();
    if (!value) return fail();
    return text_term(property, op, *std::move(value));
  }

  // property "/any(" name ":" condition ")". The collections of a user and a group are empty, so no element fits.
  Result<void> lambda(const Property& property) {
    if (property.source != Source::kEmpty) return std::unexpected(unsupported_clause(property));
    if (!accept_word("any") || !accept('(')) return fail();
    const std::string_view variable = name();
    if (variable.empty() || !accept(':')) return fail();
    const bool is_function = accept_word("startswith");
    if (is_function && !accept('(')) return fail();
    if (!accept_word(variable) || !(is_function ? accept(',') : accept_word("eq")) || !literal())
      return fail();
    if (is_function && !accept(')')) return fail();
    if (!accept(')')) return fail();
    return constant(false);
  }

  // Appends a term of the ids that `read` passes to id().
  template <typename Read>
  Result<void> id_term(const Read& read) {
    steps_.emplace_back(IdTerm());
    if (auto done = read(); !done) return done;
    sort_unique(std::get<IdTerm>(steps_.back()));
    return {};
  }

  Result<void> id() {
    const auto value = literal();
    if (!value) return fail();
    const auto parsed = parse_guid(*value);
    if (!parsed) return std::unexpected(invalid_object_id(*value));
    if (++ids_ > kFilterIdsMax) {
      return std::unexpected(
          invalid_query("$filter", fmt::format("At most {} ids are accepted in $filter.", kFilterIdsMax)));
    }
    std::get<IdTerm>(steps_.back()).push_back(*parsed);
    return {};
  }

  Result<void> clause() {
    if (!accept('"')) return fail();
    const auto found = property();
    if (!found) return std::unexpected(found.error());
    if (!accept(':')) return fail();
    std::string value(trimmed(lexer_.until('"')));
    if (value.empty() || !accept('"')) return fail();
    const bool has_words = (*found)->source == Source::kName;
    return text_term(**found, has_words ? Operator::kWordsStartWith : Operator::kStartsWith,
                     std::move(value));
  }

  Result<void> text_term(const Property& property, Operator op, std::string value) {
    if (!is_text(property)) return std::unexpected(unsupported_clause(property));
    return add(TextTerm{&property, op, std::move(value)});
  }

  Result<void> constant(bool value) { return add(value); }

  template <typename Term>
  Result<void> add(Term term) {
    if (++terms_ > kFilterTermsMax) {
      return std::unexpected(invalid_query(
          option_,
          fmt::format("Too many clauses in {}: at most {} are accepted.", option_, kFilterTermsMax)));
    }
    steps_.emplace_back(std::move(term));
    return {};
  }

  Error unsupported_clause(const Property& property) const {
    return unsupported_query(
        option_, fmt::format("Unsupported or invalid query {} clause specified for property '{}' of resource "
                             "'{}'.",
                             option_.substr(1), property.name, type_.resource));
  }

  std::unexpected<Error> fail() {
    lexer_.skip_spaces();
    return fail_at(lexer_.position());
  }
  std::unexpected<Error> fail_at(std::size_t at) {
    constexpr std::string_view kFilterHelp =
        "\"startswith(displayName,'…')\", \"displayName eq '…'\", \"id in ('…','…')\", "
        "\"accountEnabled eq true\", joined by \"and\", \"or\" and \"not\"";
    constexpr std::string_view kSearchHelp =
        "\"displayName:…\" and \"mail:…\" in double quotes, joined by AND and OR";
    return std::unexpected(invalid_query(
        option_, fmt::format("Invalid {} clause: unexpected text at position {}. Supported are {}.",
                             option_.substr(1), at, is_search() ? kSearchHelp : kFilterHelp)));
  }

  const EntityType& type_;
  const std::string_view option_;
  FilterLexer<is_name_character> lexer_;
  std::vector<Step> steps_;
  std::size_t terms_ = 0;  // beside those on ids
  std::size_t ids_ = 0;
  AdvancedOperator advanced_ = AdvancedOperator::kNone;
};

}  // namespace

Result<DirectoryFilter> parse_directory_filter(const EntityType& type, std::string_view filter) {
  return DirectoryFilterParser(type, "$filter", filter).parse();
}

Result<DirectoryFilter> parse_directory_search(const EntityType& type, std::string_view search) {
  return DirectoryFilterParser(type, "$search", search).parse();
}

}  // namespace porchlight::graph
