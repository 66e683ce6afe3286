// A filter is reduced while it is parsed: terms on states to a set of pairs, terms on ids to one list, so that a list
// of presences tests one bit per user.
#include "graph/wire/presence_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/filter_lexer.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

// The pairs whose availability or activity, as `part` selects, is one of `texts`.
StateSet states_with(std::string_view (presence::State::*part)() const,
                     const std::vector<std::string>& texts) {
  StateSet states = 0;
  for (const presence::State state : presence::documented_states()) {
    const std::string_view name = (state.*part)();
    if (std::ranges::any_of(texts, [&](const std::string& text) { return equals_ignore_case(text, name); }))
      states |= state_bit(state);
  }
  return states;
}

// The distinct ids in the order of `texts`. 400 if a text is not a GUID.
Result<std::vector<Guid>> to_ids(const std::vector<std::string>& texts) {
  std::vector<Guid> ids;
  std::unordered_set<Guid> seen;
  for (const std::string& text : texts) {
    const auto id = parse_guid(text);
    if (!id)
      return std::unexpected(
          invalid_argument("$filter", fmt::format("The id '{}' is not a GUID.", truncated(text))));
    if (seen.insert(*id).second) ids.push_back(*id);
  }
  return ids;
}

// A word ends only where the grammar allows its end: `id,` is one word, and unknown.
bool is_word_character(char c) { return c != ' ' && c != '(' && c != '\''; }

// A recursive-descent parser. Each function takes what it reads off the text; the first failure ends the parse.
class PresenceFilterParser {
 public:
  explicit PresenceFilterParser(std::string_view text) : lexer_(text) {}

  Result<PresenceFilter> read() {
    do {
      if (auto done = term(); !done) return std::unexpected(std::move(done.error()));
    } while (accept_word("and"));
    lexer_.skip_spaces();
    if (!lexer_.at_end()) return fail();
    return std::move(filter_);
  }

 private:
  Result<void> term() {
    if (accept_word("id")) return id_term();
    const bool availability = accept_word("availability");
    if (!availability && !accept_word("activity")) return fail();
    const auto texts = values();
    if (!texts) return std::unexpected(texts.error());
    filter_.states &=
        states_with(availability ? &presence::State::availability : &presence::State::activity, *texts);
    return {};
  }

  // Several terms on ids are joined by "and", so only ids in all of them remain.
  Result<void> id_term() {
    const auto texts = values();
    if (!texts) return std::unexpected(texts.error());
    auto ids = to_ids(*texts);
    if (!ids) return std::unexpected(std::move(ids.error()));
    if (!filter_.ids) {
      filter_.ids = std::move(*ids);
    } else {
      const std::unordered_set<Guid> both(ids->begin(), ids->end());
      std::erase_if(*filter_.ids, [&](const Guid& id) { return !both.contains(id); });
    }
    return {};
  }

  // The values after a property: one after "eq", or a list after "in".
  Result<std::vector<std::string>> values() {
    std::vector<std::string> texts;
    const bool one = accept_word("eq");
    if (!one && (!accept_word("in") || !accept('('))) return fail();
    do {
      auto text = literal();
      if (!text) return std::unexpected(std::move(text.error()));
      texts.push_back(std::move(*text));
      if (++count_ > kFilterIdsMax) {
        return std::unexpected(invalid_query(
            "$filter", fmt::format("At most {} values are accepted in $filter.", kFilterIdsMax)));
      }
    } while (!one && accept(','));
    if (!one && !accept(')')) return fail();
    return texts;
  }

  Result<std::string> literal() {
    if (!accept('\'')) return fail();
    auto text = lexer_.quoted();
    if (!text) return fail_at(lexer_.position());
    return *std::move(text);
  }

  bool accept(char expected) { return lexer_.accept_token(expected); }
  bool accept_word(std::string_view expected) { return lexer_.accept_word(expected); }

  // The 400 for the next token.
  std::unexpected<Error> fail() {
    lexer_.skip_spaces();
    return fail_at(lexer_.position());
  }
  std::unexpected<Error> fail_at(std::size_t position) const {
    return std::unexpected(invalid_query(
        "$filter",
        fmt::format("Invalid filter clause: unexpected text at position {} of '{}'. Supported are "
                    "\"eq '…'\" and \"in ('…','…')\" on id, availability and activity, joined with "
                    "\"and\".",
                    position, truncated(lexer_.text()))));
  }

  FilterLexer<is_word_character> lexer_;
  std::size_t count_ = 0;
  PresenceFilter filter_;
};

}  // namespace

Result<PresenceFilter> parse_presence_filter(std::string_view filter) {
  return PresenceFilterParser(filter).read();
}

}  // namespace porchlight::graph
