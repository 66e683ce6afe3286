// A filter is evaluated on up to 20,000 entities for one request, so it is kept as a short list of steps for a stack of
// bits. The limits of terms and of depth bound both.
#include "graph/wire/directory_filter.h"

#include <algorithm>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/text.h"

namespace porchlight::graph {
namespace {

using Connective = DirectoryFilter::Connective;
using Operator = TextTerm::Operator;

bool starts_with_ignore_case(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && equals_ignore_case(text.substr(0, with.size()), with);
}

bool ends_with_ignore_case(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && equals_ignore_case(text.substr(text.size() - with.size()), with);
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

bool term_matches(const TextTerm& term, const Entity& entity) {
  const auto text = text_of(*term.property, entity);
  if (!text) return false;
  switch (term.op) {
    case Operator::kEquals:
      return equals_ignore_case(*text, term.text);
    case Operator::kStartsWith:
      return starts_with_ignore_case(*text, term.text);
    case Operator::kEndsWith:
      return ends_with_ignore_case(*text, term.text);
    case Operator::kAtLeast:
      return compare_ignore_case(*text, term.text) >= 0;
    case Operator::kAtMost:
      return compare_ignore_case(*text, term.text) <= 0;
    case Operator::kWordsStartWith:
      return words_start(*text, term.text);
  }
  return false;
}

// A stack of bits. Each level of depth adds two operands at most.
class BitStack {
 public:
  void push(bool value) { bits_ = bits_ << 1 | static_cast<std::uint64_t>(value); }
  bool pop() {
    const bool value = (bits_ & 1) != 0;
    bits_ >>= 1;
    return value;
  }

 private:
  static_assert(2 * kFilterDepthMax + 4 <= 64);
  std::uint64_t bits_ = 0;
};

// The only users that can match a term; nullopt if any might.
std::optional<NamedUsers> named_by(const TextTerm& term) {
  if (term.property->source == Property::Source::kNull) return NamedUsers{};
  if (term.property->source != Property::Source::kUpn || term.op != Operator::kEquals) return std::nullopt;
  return NamedUsers{{}, {term.text}};
}

NamedUsers united(NamedUsers a, NamedUsers b) {
  std::ranges::move(b.ids, std::back_inserter(a.ids));
  std::ranges::move(b.upns, std::back_inserter(a.upns));
  return a;
}

// The only users that can match two filters that are joined.
std::optional<NamedUsers> joined(Connective by, std::optional<NamedUsers> a, std::optional<NamedUsers> b) {
  if (by == Connective::kAnd) return a ? a : b;
  if (!a || !b) return std::nullopt;
  return united(*std::move(a), *std::move(b));
}

}  // namespace

bool DirectoryFilter::matches(const Entity& entity) const {
  BitStack stack;
  for (const Step& step : steps_) {
    std::visit(Overloaded{[&](bool value) { stack.push(value); },
                          [&](const TextTerm& term) { stack.push(term_matches(term, entity)); },
                          [&](const IdTerm& ids) { stack.push(std::ranges::binary_search(ids, entity.id)); },
                          [&](Connective connective) {
                            const bool right = stack.pop();
                            if (connective == Connective::kNot) return stack.push(!right);
                            const bool left = stack.pop();
                            stack.push(connective == Connective::kAnd ? left && right : left || right);
                          }},
               step);
  }
  return stack.pop();
}

std::optional<NamedUsers> DirectoryFilter::named_users() const {
  std::vector<std::optional<NamedUsers>> stack;
  const auto pop = [&] {
    auto top = std::move(stack.back());
    stack.pop_back();
    return top;
  };
  for (const Step& step : steps_) {
    std::visit(
        Overloaded{[&](bool value) { stack.push_back(value ? std::nullopt : std::optional(NamedUsers{})); },
                   [&](const TextTerm& term) { stack.push_back(named_by(term)); },
                   [&](const IdTerm& ids) {
                     stack.push_back(NamedUsers{ids, {}});
                   },
                   [&](Connective connective) {
                     auto right = pop();
                     if (connective == Connective::kNot) return stack.push_back(std::nullopt);
                     stack.push_back(joined(connective, pop(), std::move(right)));
                   }},
        step);
  }
  CHECK(stack.size() == 1);
  return pop();
}

}  // namespace porchlight::graph
