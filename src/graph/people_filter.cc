#include "graph/people_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "graph/characters.h"
#include "graph/query.h"

namespace porchlight::graph {
namespace {

using Of = TextTerm::Of;
using How = TextTerm::How;

struct NamedText {
  std::string_view name;
  Of of;
};
constexpr NamedText kTexts[] = {
    {"displayName", Of::kName},    {"userPrincipalName", Of::kUpn},  {"mail", Of::kUpn},
    {"givenName", Of::kNothing},   {"surname", Of::kNothing},        {"jobTitle", Of::kNothing},
    {"department", Of::kNothing},  {"officeLocation", Of::kNothing}, {"mobilePhone", Of::kNothing},
    {"companyName", Of::kNothing}, {"mailNickname", Of::kNothing},
};

const NamedText* find_text(std::string_view name) {
  const auto found =
      std::ranges::find_if(kTexts, [&](const NamedText& t) { return same_text(t.name, name); });
  return found == std::end(kTexts) ? nullptr : found;
}

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && same_text(text.substr(0, with.size()), with);
}

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool has_word_beginning(std::string_view text, std::string_view with) {
  while (!text.empty())
    if (begins(take_word(text), with)) return true;
  return false;
}

bool words_begin(std::string_view text, std::string_view words) {
  for (std::string_view word = take_word(words); !word.empty(); word = take_word(words))
    if (!has_word_beginning(text, word)) return false;
  return true;
}

bool holds(const TextTerm& term, std::string_view upn, std::string_view name) {
  if (term.of == Of::kNothing) return false;
  const std::string_view text = term.of == Of::kName ? name : upn;
  switch (term.how) {
    case How::kIs:
      return same_text(text, term.text);
    case How::kBegins:
      return begins(text, term.text);
    case How::kWordsBegin:
      return words_begin(text, term.text);
  }
  return false;
}

// Reads from left to right; the first text that does not fit is the fault.
class Reader {
 public:
  Reader(std::string_view option, std::string_view text) : option_(option), text_(text) {}

  Result<PeopleFilter> filter() {
    while (true) {
      std::size_t open = 0;
      while (mark('(')) ++open;
      if (auto read = term(); !read) return std::unexpected(std::move(read.error()));
      depth_ += open;
      while (depth_ > 0 && mark(')')) --depth_;
      if (!word("or")) break;
    }
    if (depth_ != 0 || !at_end()) return fail();
    std::ranges::sort(filter_.ids);
    filter_.ids.erase(std::unique(filter_.ids.begin(), filter_.ids.end()), filter_.ids.end());
    return std::move(filter_);
  }

  Result<PeopleFilter> search() {
    do {
      if (auto read = clause(); !read) return std::unexpected(std::move(read.error()));
    } while (word("or"));
    if (!at_end()) return fail();
    return std::move(filter_);
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool at_end() {
    skip_spaces();
    return at_ == text_.size();
  }
  bool mark(char expected) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  // A run of letters; empty where there is none.
  std::string_view name() {
    skip_spaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && to_lower(text_[at_]) >= 'a' && to_lower(text_[at_]) <= 'z') ++at_;
    return text_.substr(begin, at_ - begin);
  }
  bool word(std::string_view expected) {
    const std::size_t before = at_;
    if (same_text(name(), expected)) return true;
    at_ = before;
    return false;
  }
  // What stands in single quotes; one of them inside is written twice.
  std::optional<std::string> literal() {
    if (!mark('\'')) return std::nullopt;
    std::string value;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\'' && text_.substr(at_, 2) != "''") {
        ++at_;
        return value;
      }
      if (text_[at_] == '\'') ++at_;
      value += text_[at_];
    }
    return std::nullopt;
  }

  Result<void> term() {
    const std::size_t begin = at_;
    if (word("startswith")) return starts_with();
    const std::string_view property = name();
    if (same_text(property, "id")) return id_term();
    const NamedText* text = find_text(property);
    if (text == nullptr || !word("eq")) return fail_at(begin);
    return text_term(text->of, How::kIs, literal());
  }

  Result<void> starts_with() {
    if (!mark('(')) return fail();
    const std::size_t begin = at_;
    const NamedText* text = find_text(name());
    if (text == nullptr) return fail_at(begin);
    if (!mark(',')) return fail();
    auto value = literal();
    if (!value || !mark(')')) return fail();
    return text_term(text->of, How::kBegins, std::move(value));
  }

  Result<void> id_term() {
    if (word("eq")) return add_id();
    if (!word("in") || !mark('(')) return fail();
    do {
      if (auto added = add_id(); !added) return added;
    } while (mark(','));
    if (!mark(')')) return fail();
    return {};
  }

  Result<void> add_id() {
    const auto value = literal();
    if (!value) return fail();
    const auto id = parse_guid(*value);
    if (!id) {
      return std::unexpected(
          invalid_argument("$filter", fmt::format("The id '{}' is not a GUID.", clipped(*value))));
    }
    if (filter_.ids.size() == kFilterIdsMax) {
      return std::unexpected(
          query_refused("$filter", fmt::format("At most {} ids are accepted in $filter.", kFilterIdsMax)));
    }
    filter_.ids.push_back(*id);
    return {};
  }

  Result<void> clause() {
    if (!mark('"')) return fail();
    const std::size_t begin = at_;
    const NamedText* text = find_text(name());
    if (text == nullptr || !mark(':')) return fail_at(begin);
    const std::size_t end = std::min(text_.find('"', at_), text_.size());
    std::string value(trimmed(text_.substr(at_, end - at_)));
    at_ = end;
    if (value.empty() || !mark('"')) return fail();
    return text_term(text->of, text->of == Of::kName ? How::kWordsBegin : How::kBegins, std::move(value));
  }

  Result<void> text_term(Of of, How how, std::optional<std::string> value) {
    if (!value) return fail();
    if (filter_.texts.size() == kFilterTextsMax) {
      return std::unexpected(query_refused(
          option_,
          fmt::format("Too many clauses in {}: at most {} are accepted.", option_, kFilterTextsMax)));
    }
    filter_.texts.push_back({of, how, *std::move(value)});
    return {};
  }

  std::unexpected<Error> fail() { return fail_at(at_); }
  std::unexpected<Error> fail_at(std::size_t at) {
    constexpr std::string_view kFilterHelp =
        "\"startswith(displayName,'…')\", \"userPrincipalName eq '…'\", \"id eq '…'\" and \"id in "
        "('…','…')\", "
        "joined by \"or\"";
    constexpr std::string_view kSearchHelp =
        "\"displayName:…\" and \"mail:…\" in double quotes, joined by OR";
    return std::unexpected(query_refused(
        option_, fmt::format("Invalid {} clause: unexpected text at position {}. Supported are {}.",
                             option_.substr(1), at, option_ == "$filter" ? kFilterHelp : kSearchHelp)));
  }

  std::string_view option_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;  // parentheses that are open
  PeopleFilter filter_;
};

}  // namespace

bool PeopleFilter::matches(const Guid& id, std::string_view upn, std::string_view name) const {
  return std::ranges::any_of(texts, [&](const TextTerm& term) { return holds(term, upn, name); }) ||
         std::ranges::binary_search(ids, id);
}

bool PeopleFilter::is_of_names() const {
  return std::ranges::all_of(texts, [](const TextTerm& term) {
    return term.of == Of::kNothing || (term.of == Of::kUpn && term.how == How::kIs);
  });
}

Result<PeopleFilter> parse_people_filter(std::string_view filter) {
  return Reader("$filter", filter).filter();
}

Result<PeopleFilter> parse_people_search(std::string_view search) {
  return Reader("$search", search).search();
}

}  // namespace porchlight::graph
