#include "graph/presence_query.h"

#include <fmt/format.h>

#include <unordered_set>

#include "base/text.h"
#include "graph/presence_select.h"

namespace porchlight::graph {
namespace {

// Reads `id in ('a','b')` from left to right.
class FilterReader {
 public:
  explicit FilterReader(std::string_view text) : text_(text) {}

  Result<std::vector<Guid>> read() {
    if (!word("id")) return fail();
    std::vector<Guid> ids;
    std::unordered_set<Guid> seen;
    const bool one = word("eq");
    if (!one && (!word("in") || !mark('('))) return fail();
    do {
      auto id = literal();
      if (!id) return std::unexpected(id.error());
      if (seen.insert(*id).second) ids.push_back(*id);
      if (++count_ > kFilterIdsMax) {
        return std::unexpected(
            query_refused("$filter", fmt::format("At most {} ids are accepted in $filter.", kFilterIdsMax)));
      }
    } while (!one && mark(','));
    if (!one && !mark(')')) return fail();
    skip_spaces();
    if (at_ != text_.size()) return fail();
    return ids;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool word(std::string_view expected) {
    skip_spaces();
    if (!same_text(text_.substr(at_, expected.size()), expected)) return false;
    const std::size_t end = at_ + expected.size();
    if (end < text_.size() && text_[end] != ' ' && text_[end] != '(' && text_[end] != '\'') return false;
    at_ = end;
    return true;
  }
  bool mark(char expected) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  Result<Guid> literal() {
    if (!mark('\'')) return fail();
    const std::size_t end = text_.find('\'', at_);
    if (end == std::string_view::npos) return fail();
    const std::string_view id = text_.substr(at_, end - at_);
    const auto guid = parse_guid(id);
    if (!guid)
      return std::unexpected(invalid_argument("$filter", fmt::format("The id '{}' is not a GUID.", id)));
    at_ = end + 1;
    return *guid;
  }
  std::unexpected<Error> fail() const {
    return std::unexpected(query_refused(
        "$filter", fmt::format("Invalid filter clause: unexpected text at position {} of '{}'. Supported are "
                               "\"id in ('…','…')\" and \"id eq '…'\".",
                               at_, text_)));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

// Puts what a parser gave where it belongs.
template <typename T, typename Place>
Result<void> put(Result<T> parsed, Place& place) {
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  place = *std::move(parsed);
  return {};
}

Result<void> take_list_option(PresenceQuery& query, std::string_view option, std::string value) {
  if (option == "filter") return put(parse_id_filter(value), query.filter_ids);
  if (option == "top") return put(parse_top(value), query.top);
  if (option == "skiptoken") return put(Result<std::string>(std::move(value)), query.skip_token);
  return std::unexpected(option_unsupported(option));
}

}  // namespace

Result<std::vector<Guid>> parse_id_filter(std::string_view filter) { return FilterReader(filter).read(); }

Result<PresenceQuery> parse_presence_query(std::string_view text, PresenceRead read) {
  PresenceQuery query;
  if (text.empty()) return query;
  Properties selected = 0;
  const auto take = [&](std::string_view option, std::string value) -> Result<void> {
    if (option == "select") return add_selected(value, selected);
    if (read == PresenceRead::kNamed) return std::unexpected(option_unsupported(option));
    return take_list_option(query, option, std::move(value));
  };
  if (auto done = read_options(text, take); !done) return std::unexpected(std::move(done.error()));
  if (selected != 0) query.select = selected;
  return query;
}

}  // namespace porchlight::graph
