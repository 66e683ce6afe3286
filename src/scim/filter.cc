// Parser and evaluation of filters and paths. The parser makes a tree, which is evaluated on each resource.
#include "scim/filter.h"

#include <algorithm>
#include <functional>
#include <span>

#include "base/filter_lexer.h"
#include "base/json.h"
#include "base/text.h"
#include "scim/schema.h"

namespace porchlight::scim {
namespace {

constexpr std::pair<std::string_view, Compare> kOperators[] = {
    {"eq", Compare::kEq}, {"ne", Compare::kNe}, {"co", Compare::kCo},
    {"sw", Compare::kSw}, {"ew", Compare::kEw}, {"gt", Compare::kGt},
    {"ge", Compare::kGe}, {"lt", Compare::kLt}, {"le", Compare::kLe},
};

bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '$' || c == '.' || c == ':';
}

// The URN of a schema before an attribute, spelled as in schema.h if known, and the rest of the word after its colon.
struct Qualified {
  std::string_view urn;
  std::string_view rest;
};
Qualified split_urn(std::string_view word) {
  for (const Schema& schema : schemas()) {
    if (word.size() < schema.urn.size() || !equals_ignore_case(word.substr(0, schema.urn.size()), schema.urn))
      continue;
    const std::string_view rest = word.substr(schema.urn.size());
    if (rest.empty() || rest.front() == ':') return {schema.urn, rest.substr(rest.empty() ? 0 : 1)};
  }
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos) return {{}, word};
  return {word.substr(0, colon), word.substr(colon + 1)};
}

// Returns nullopt if the word is not the name of an attribute.
// "urn:…:User:name.givenName" gives name, givenName; "urn:…:enterprise:2.0:User:department" gives the URN, department.
std::optional<AttributePath> read_steps(std::string_view word) {
  const auto [urn, rest] = split_urn(word);
  if (!urn.empty() && rest.empty() && urn != kEnterpriseUrn) return std::nullopt;
  AttributePath steps;
  if (!urn.empty() && urn != kUserUrn && urn != kGroupUrn) steps.emplace_back(urn);
  std::string_view names = rest;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find('.'));
    const bool more = name.size() < names.size();
    names.remove_prefix(name.size() + more);
    if (name.empty() || !(is_letter(name.front()) || name.front() == '$') || (more && names.empty()) ||
        name.find(':') != std::string_view::npos)
      return std::nullopt;
    steps.emplace_back(name);
  }
  if (steps.empty() || steps.size() > kStepsMax) return std::nullopt;
  return steps;
}

// A syntax error. The caller makes it an invalidFilter or an invalidPath.
using ParseError = std::unexpected<std::string_view>;
template <typename T>
using Parsed = std::expected<T, std::string_view>;

constexpr std::string_view kOperatorExpected = "An operator such as eq was expected.";

Filter node_of(Filter::NodeType kind, std::vector<Filter> inner) {
  Filter node;
  node.kind = kind;
  node.inner = std::move(inner);
  return node;
}
Filter negated(Filter inner) { return node_of(Filter::NodeType::kNot, {std::move(inner)}); }
Filter where(AttributePath steps, Filter inner) {
  Filter node = node_of(Filter::NodeType::kWhere, {std::move(inner)});
  node.steps = std::move(steps);
  return node;
}

// `emails[inner].value eq "…"` is `emails[inner and value eq "…"]`. With `ne` and with `eq null` it is the negation of
// the opposite, as it is without a bracket: no value of an element that matches `inner` may equal the literal.
Filter where_part(AttributePath steps, Filter inner, Filter comparison) {
  const bool is_null = comparison.literal.empty();
  const bool negative = comparison.kind == Filter::NodeType::kCompare &&
                        comparison.compare == (is_null ? Compare::kEq : Compare::kNe);
  if (negative) comparison.compare = is_null ? Compare::kNe : Compare::kEq;
  Filter both = node_of(Filter::NodeType::kAnd, {std::move(inner), std::move(comparison)});
  Filter found = where(std::move(steps), std::move(both));
  return negative ? negated(std::move(found)) : found;
}

// Recursive descent over the grammar of filter.h. kFilterDepthMax bounds the recursion, so that a filter of the maximum
// length cannot exhaust the stack of a thread.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Parsed<Filter> whole() {
    auto filter = disjunction();
    if (filter && !lexer_.at_end()) return ParseError("The filter has text after its end.");
    return filter;
  }

  Parsed<PatchPath> path() {
    PatchPath path;
    auto steps = attribute();
    if (!steps) return ParseError(steps.error());
    path.steps = *std::move(steps);
    if (accept('[')) {
      auto where = bracketed();
      if (!where) return ParseError(where.error());
      path.where = *std::move(where);
      if (accept('.')) {
        auto part = part_name();
        if (!part) return ParseError(part.error());
        path.part = *std::move(part);
      }
    }
    if (!lexer_.at_end()) return ParseError("The path has text after its end.");
    return path;
  }

 private:
  Parsed<Filter> disjunction() {
    return joined("or", Filter::NodeType::kOr, [this] { return conjunction(); });
  }
  Parsed<Filter> conjunction() {
    return joined("and", Filter::NodeType::kAnd, [this] { return term(); });
  }

  // operand { word operand }
  // A node is made only if the operator occurs, so that a single operand has no parent.
  template <typename Operand>
  Parsed<Filter> joined(std::string_view between, Filter::NodeType kind, Operand operand) {
    auto first = operand();
    if (!first || !accept_word(between)) return first;
    Filter all = node_of(kind, {*std::move(first)});
    do {
      auto next = operand();
      if (!next) return next;
      all.inner.push_back(*std::move(next));
    } while (accept_word(between));
    return all;
  }

  // A word "not" is the operator only at this place; an attribute cannot have that name.
  Parsed<Filter> term() {
    lexer_.skip_spaces();
    if (accept('(')) return nested(')');
    const std::size_t begin = lexer_.position();
    if (equals_ignore_case(lexer_.word(), "not")) {
      lexer_.skip_spaces();
      if (!accept('(')) return ParseError("not is followed by a parenthesis.");
      auto inner = nested(')');
      if (!inner) return inner;
      return negated(*std::move(inner));
    }
    lexer_.rewind(begin);
    return attribute_term();
  }

  Parsed<Filter> attribute_term() {
    auto steps = attribute();
    if (!steps) return ParseError(steps.error());
    if (accept('[')) return element_term(*std::move(steps));
    auto comparison = comparison_of(*std::move(steps));
    if (!comparison) return ParseError(comparison.error());
    if (!*comparison) return ParseError(kOperatorExpected);
    return **std::move(comparison);
  }

  // `emails[type eq "work"]`, and behind it a comparison or none. Without a name, the comparison is of `value`.
  Parsed<Filter> element_term(AttributePath steps) {
    auto inner = bracketed();
    if (!inner) return inner;
    std::string name = "value";
    const bool named = accept('.');
    if (named) {
      auto part = part_name();
      if (!part) return ParseError(part.error());
      name = *std::move(part);
    }
    auto comparison = comparison_of({name});
    if (!comparison) return ParseError(comparison.error());
    if (named && !*comparison) return ParseError(kOperatorExpected);
    return *comparison ? where_part(std::move(steps), *std::move(inner), **std::move(comparison))
                       : where(std::move(steps), *std::move(inner));
  }

  // `pr`, or an operator and a value. Returns nullopt if neither follows; the position is then unchanged.
  Parsed<std::optional<Filter>> comparison_of(AttributePath steps) {
    Filter filter;
    filter.steps = std::move(steps);
    const std::size_t begin = lexer_.position();
    lexer_.skip_spaces();
    const std::string_view name = lexer_.word();
    if (equals_ignore_case(name, "pr")) return filter;
    const auto op =
        std::ranges::find_if(kOperators, [name](const auto& o) { return equals_ignore_case(o.first, name); });
    if (op == std::end(kOperators)) {
      lexer_.rewind(begin);
      return std::nullopt;
    }
    filter.kind = Filter::NodeType::kCompare;
    filter.compare = op->second;
    lexer_.skip_spaces();
    auto value = literal();
    if (!value) return ParseError(value.error());
    filter.literal = *std::move(value);
    return filter;
  }

  // The name of the sub-attribute behind a bracket.
  Parsed<std::string> part_name() {
    const std::string_view name = lexer_.word();
    if (name.empty() || name.find_first_of(".:") != std::string_view::npos)
      return ParseError("The path after the bracket is not the name of a sub-attribute.");
    return std::string(name);
  }

  // Brackets do not nest.
  Parsed<Filter> bracketed() {
    if (bracketed_) return ParseError("A bracket stands in another.");
    bracketed_ = true;
    auto inner = nested(']');
    bracketed_ = false;
    return inner;
  }

  // A filter in parentheses or brackets, after the opening one.
  Parsed<Filter> nested(char end) {
    if (depth_ == kFilterDepthMax) return ParseError("It is nested too deeply.");
    ++depth_;
    auto inner = disjunction();
    --depth_;
    lexer_.skip_spaces();
    if (inner && !accept(end)) return ParseError("A parenthesis or bracket is not closed.");
    return inner;
  }

  Parsed<AttributePath> attribute() {
    auto steps = read_steps(lexer_.word());
    if (!steps) return ParseError("The name of an attribute was expected.");
    return *std::move(steps);
  }

  // A JSON value other than an object or array: a string, true, false, null or a number.
  Parsed<Value> literal() {
    const std::size_t begin = lexer_.position();
    if (accept('"')) {
      if (!lexer_.skip_json_string()) return ParseError("A quote is not closed.");
    } else {
      lexer_.run([](char c) { return is_word(c) || c == '+'; });
    }
    JsonReader reader;
    const auto root = reader.parse(lexer_.since(begin));
    if (!root) return ParseError("A value was expected: a text in quotes, true, false, null or a number.");
    return to_value(*root);
  }

  bool accept(char expected) { return lexer_.accept(expected); }
  bool accept_word(std::string_view expected) { return lexer_.accept_word(expected); }

  FilterLexer<is_word> lexer_;
  std::size_t depth_ = 0;
  bool bracketed_ = false;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Returns true if `predicate` is true for a value at the path. A list on the way is searched element by element, so
// that `emails.value` means the value of any e-mail address.
template <typename Predicate>
bool any_at(const Value& value, std::span<const std::string> steps, const Predicate& predicate) {
  if (const ValueList* const list = value.list())
    return std::ranges::any_of(*list,
                               [&](const Value& element) { return any_at(element, steps, predicate); });
  if (steps.empty()) return !value.empty() && predicate(value);
  const ValueMap* const map = value.map();
  const Value* const next = map ? find(*map, steps.front()) : nullptr;
  return next && any_at(*next, steps.subspan(1), predicate);
}
template <typename Predicate>
bool any_at(const ValueMap& resource, const AttributePath& steps, const Predicate& predicate) {
  const Value* const first = find(resource, steps.front());
  return first && any_at(*first, std::span(steps).subspan(1), predicate);
}

// Compares two strings: negative, zero or positive. `exact`: letter case counts.
int order(std::string_view a, std::string_view b, bool exact) {
  if (exact) return a.compare(b);
  const std::size_t both = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < both; ++i) {
    const auto x = static_cast<unsigned char>(to_lower(a[i])), y = static_cast<unsigned char>(to_lower(b[i]));
    if (x != y) return x < y ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

// Quadratic in the worst case; both strings are at most kTextBytesMax long.
bool contains(std::string_view text, std::string_view piece, bool exact) {
  for (std::size_t at = 0; at + piece.size() <= text.size(); ++at)
    if (order(text.substr(at, piece.size()), piece, exact) == 0) return true;
  return false;
}

// kNe is the negation of kEq, which matches_comparison() applies after all elements of a list were compared.
bool compare_texts(std::string_view text, Compare compare, std::string_view wanted, bool exact) {
  const bool fits = text.size() >= wanted.size();
  switch (compare) {
    case Compare::kEq:
    case Compare::kNe:
      return order(text, wanted, exact) == 0;
    case Compare::kCo:
      return contains(text, wanted, exact);
    case Compare::kSw:
      return fits && order(text.substr(0, wanted.size()), wanted, exact) == 0;
    case Compare::kEw:
      return fits && order(text.substr(text.size() - wanted.size()), wanted, exact) == 0;
    case Compare::kGt:
      return order(text, wanted, exact) > 0;
    case Compare::kGe:
      return order(text, wanted, exact) >= 0;
    case Compare::kLt:
      return order(text, wanted, exact) < 0;
    case Compare::kLe:
      return order(text, wanted, exact) <= 0;
  }
  return false;
}

// Booleans, numbers and null can only be equal or not; the other operators are false for them.
bool compare_value(const Value& value, Compare compare, const Value& wanted, bool exact) {
  // A complex value is compared by its sub-attribute `value`: `emails co "@contoso.com"`.
  if (const ValueMap* const map = value.map()) {
    const Value* const inner = find(*map, "value");
    return inner && !inner->map() && compare_value(*inner, compare, wanted, exact);
  }
  if (value.text() && wanted.text()) return compare_texts(*value.text(), compare, *wanted.text(), exact);
  const bool equals = compare == Compare::kEq || compare == Compare::kNe;
  // Some identity providers write booleans as strings.
  if (value.flag() && wanted.text())
    return equals && equals_ignore_case(*value.flag() ? "true" : "false", *wanted.text());
  return equals && value == wanted;
}

// `ne` is true if no value equals the literal, so for a list it means "none of them", and it is true for a missing
// attribute. `eq null` is true if the attribute is missing.
bool matches_comparison(const Filter& filter, const ValueMap& resource) {
  const auto something = [](const Value&) { return true; };
  const bool negative = filter.compare == Compare::kNe;
  if (filter.literal.empty()) {
    const bool null = !any_at(resource, filter.steps, something);
    return filter.compare == Compare::kEq ? null : negative && !null;
  }
  const bool exact = equals_ignore_case(filter.steps.front(), "externalId");
  const bool found = any_at(resource, filter.steps, [&](const Value& value) {
    return compare_value(value, filter.compare, filter.literal, exact);
  });
  return found != negative;
}

}  // namespace

ScimResult<Filter> parse_filter(std::string_view text) {
  if (text.size() > kFilterBytesMax) return invalid_filter("The filter is too long.");
  auto filter = Parser(trimmed(text)).whole();
  if (!filter) return invalid_filter(std::string(filter.error()));
  return *std::move(filter);
}

ScimResult<PatchPath> parse_path(std::string_view text) {
  if (text.size() > kFilterBytesMax) return invalid_path("The path is too long.");
  auto path = Parser(trimmed(text)).path();
  if (!path) return invalid_path(std::string(path.error()));
  return *std::move(path);
}

bool matches(const Filter& filter, const ValueMap& resource) {
  switch (filter.kind) {
    case Filter::NodeType::kPresent:
      return any_at(resource, filter.steps, [](const Value&) { return true; });
    case Filter::NodeType::kCompare:
      return matches_comparison(filter, resource);
    case Filter::NodeType::kAnd:
      return std::ranges::all_of(filter.inner, [&](const Filter& f) { return matches(f, resource); });
    case Filter::NodeType::kOr:
      return std::ranges::any_of(filter.inner, [&](const Filter& f) { return matches(f, resource); });
    case Filter::NodeType::kNot:
      return !matches(filter.inner[0], resource);
    case Filter::NodeType::kWhere:
      return any_at(resource, filter.steps, [&](const Value& element) {
        return element.map() && matches(filter.inner[0], *element.map());
      });
  }
  return false;
}

std::optional<std::string_view> required_text(const Filter& filter, std::string_view attribute) {
  if (filter.kind == Filter::NodeType::kAnd) {
    for (const Filter& inner : filter.inner)
      if (const auto text = required_text(inner, attribute)) return text;
    return std::nullopt;
  }
  if (filter.kind != Filter::NodeType::kCompare || filter.compare != Compare::kEq || !filter.literal.text() ||
      filter.steps.size() != 1 || !equals_ignore_case(filter.steps.front(), attribute))
    return std::nullopt;
  return *filter.literal.text();
}

bool mentions(const Filter& filter, std::string_view attribute) {
  if (!filter.steps.empty() && equals_ignore_case(filter.steps.front(), attribute)) return true;
  if (filter.kind == Filter::NodeType::kWhere) return false;
  return std::ranges::any_of(filter.inner, [&](const Filter& f) { return mentions(f, attribute); });
}

}  // namespace porchlight::scim
