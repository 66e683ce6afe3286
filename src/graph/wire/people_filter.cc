// Users have two texts, the display name and the userPrincipalName. The other properties that clients filter on have no
// value in the directory: terms on them are accepted and match no user.
#include "graph/wire/people_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/filter_lexer.h"
#include "base/sorted.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

using Field = TextTerm::Field;
using Operator = TextTerm::Operator;

// A property that may stand in a term, and the text that it stands for.
struct TextField {
  std::string_view name;
  Field field;
};
constexpr TextField kTextFields[] = {
    {"displayName", Field::kName},  {"userPrincipalName", Field::kUpn}, {"mail", Field::kUpn},
    {"givenName", Field::kUnset},   {"surname", Field::kUnset},         {"jobTitle", Field::kUnset},
    {"department", Field::kUnset},  {"officeLocation", Field::kUnset},  {"mobilePhone", Field::kUnset},
    {"companyName", Field::kUnset}, {"mailNickname", Field::kUnset},
};

// The property with this name, in any letter case; nullptr if it cannot be filtered on.
const TextField* find_text_field(std::string_view name) {
  const auto found =
      std::ranges::find_if(kTextFields, [&](const TextField& t) { return equals_ignore_case(t.name, name); });
  return found == std::end(kTextFields) ? nullptr : found;
}

bool starts_with_ignore_case(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && equals_ignore_case(text.substr(0, with.size()), with);
}

// Takes the next word, up to a space, off the text; empty at the end.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool has_word_starting(std::string_view text, std::string_view with) {
  while (!text.empty())
    if (starts_with_ignore_case(next_word(text), with)) return true;
  return false;
}

// Returns true if each of `words` is the beginning of a word of the text, as people pickers search: "an li" finds "Ana
// Lindqvist".
bool words_start(std::string_view text, std::string_view words) {
  for (std::string_view word = next_word(words); !word.empty(); word = next_word(words))
    if (!has_word_starting(text, word)) return false;
  return true;
}

bool term_matches(const TextTerm& term, std::string_view upn, std::string_view name) {
  if (term.field == Field::kUnset) return false;
  const std::string_view text = term.field == Field::kName ? name : upn;
  switch (term.op) {
    case Operator::kEquals:
      return equals_ignore_case(text, term.text);
    case Operator::kStartsWith:
      return starts_with_ignore_case(text, term.text);
    case Operator::kWordsStartWith:
      return words_start(text, term.text);
  }
  return false;
}

bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

// A recursive-descent parser. Each function takes what it reads off the text; the first failure ends the parse and its
// position is reported. Parentheses are only counted: a term may have any number in front, and as many must close.
class UserFilterParser {
 public:
  UserFilterParser(std::string_view option, std::string_view text) : option_(option), lexer_(text) {}

  Result<PeopleFilter> filter() {
    while (true) {
      std::size_t open = 0;
      while (accept('(')) ++open;
      if (auto read = term(); !read) return std::unexpected(std::move(read.error()));
      depth_ += open;
      while (depth_ > 0 && accept(')')) --depth_;
      if (!accept_word("or")) break;
    }
    if (depth_ != 0 || !at_end()) return fail();
    sort_unique(filter_.ids);
    return std::move(filter_);
  }

  Result<PeopleFilter> search() {
    do {
      if (auto read = clause(); !read) return std::unexpected(std::move(read.error()));
    } while (accept_word("or"));
    if (!at_end()) return fail();
    return std::move(filter_);
  }

 private:
  bool at_end() {
    lexer_.skip_spaces();
    return lexer_.at_end();
  }
  bool accept(char expected) { return lexer_.accept_token(expected); }
  bool accept_word(std::string_view expected) { return lexer_.accept_word(expected); }
  // A run of letters after spaces; may be empty.
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

  Result<void> term() {
    const std::size_t begin = lexer_.position();
    if (accept_word("startswith")) return starts_with();
    const std::string_view property = name();
    if (equals_ignore_case(property, "id")) return id_term();
    const TextField* text = find_text_field(property);
    if (text == nullptr || !accept_word("eq")) return fail_at(begin);
    return text_term(text->field, Operator::kEquals, literal());
  }

  Result<void> starts_with() {
    if (!accept('(')) return fail();
    const std::size_t begin = lexer_.position();
    const TextField* text = find_text_field(name());
    if (text == nullptr) return fail_at(begin);
    if (!accept(',')) return fail();
    auto value = literal();
    if (!value || !accept(')')) return fail();
    return text_term(text->field, Operator::kStartsWith, std::move(value));
  }

  Result<void> id_term() {
    if (accept_word("eq")) return add_id();
    if (!accept_word("in") || !accept('(')) return fail();
    do {
      if (auto added = add_id(); !added) return added;
    } while (accept(','));
    if (!accept(')')) return fail();
    return {};
  }

  Result<void> add_id() {
    const auto value = literal();
    if (!value) return fail();
    const auto id = parse_guid(*value);
    if (!id) {
      return std::unexpected(
          invalid_argument("$filter", fmt::format("The id '{}' is not a GUID.", truncated(*value))));
    }
    if (filter_.ids.size() == kFilterIdsMax) {
      return std::unexpected(
          invalid_query("$filter", fmt::format("At most {} ids are accepted in $filter.", kFilterIdsMax)));
    }
    filter_.ids.push_back(*id);
    return {};
  }

  Result<void> clause() {
    if (!accept('"')) return fail();
    const std::size_t begin = lexer_.position();
    const TextField* text = find_text_field(name());
    if (text == nullptr || !accept(':')) return fail_at(begin);
    std::string value(trimmed(lexer_.until('"')));
    if (value.empty() || !accept('"')) return fail();
    return text_term(text->field,
                     text->field == Field::kName ? Operator::kWordsStartWith : Operator::kStartsWith,
                     std::move(value));
  }

  Result<void> text_term(Field field, Operator op, std::optional<std::string> value) {
    if (!value) return fail();
    if (filter_.texts.size() == kFilterTextsMax) {
      return std::unexpected(invalid_query(
          option_,
          fmt::format("Too many clauses in {}: at most {} are accepted.", option_, kFilterTextsMax)));
    }
    filter_.texts.push_back({field, op, *std::move(value)});
    return {};
  }

  std::unexpected<Error> fail() { return fail_at(lexer_.position()); }
  std::unexpected<Error> fail_at(std::size_t at) {
    constexpr std::string_view kFilterHelp =
        "\"startswith(displayName,'…')\", \"userPrincipalName eq '…'\", \"id eq '…'\" and \"id in "
        "('…','…')\", "
        "joined by \"or\"";
    constexpr std::string_view kSearchHelp =
        "\"displayName:…\" and \"mail:…\" in double quotes, joined by OR";
    return std::unexpected(invalid_query(
        option_, fmt::format("Invalid {} clause: unexpected text at position {}. Supported are {}.",
                             option_.substr(1), at, option_ == "$filter" ? kFilterHelp : kSearchHelp)));
  }

  std::string_view option_;
  FilterLexer<is_letter> lexer_;
  std::size_t depth_ = 0;  // parentheses that are open
  PeopleFilter filter_;
};

}  // namespace

bool PeopleFilter::matches(const Guid& id, std::string_view upn, std::string_view name) const {
  return std::ranges::any_of(texts, [&](const TextTerm& term) { return term_matches(term, upn, name); }) ||
         std::ranges::binary_search(ids, id);
}

bool PeopleFilter::is_lookup() const {
  return std::ranges::all_of(texts, [](const TextTerm& term) {
    return term.field == Field::kUnset || (term.field == Field::kUpn && term.op == Operator::kEquals);
  });
}

Result<PeopleFilter> parse_people_filter(std::string_view filter) {
  return UserFilterParser("$filter", filter).filter();
}

Result<PeopleFilter> parse_people_search(std::string_view search) {
  return UserFilterParser("$search", search).search();
}

}  // namespace porchlight::graph
