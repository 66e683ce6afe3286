#include "graph/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "base/text.h"
#include "graph/path.h"

namespace porchlight::graph {
namespace {

// Every system query option of OData 4.01; the '$' may be left out (spec protocol §9).
constexpr std::array<std::string_view, 13> kOptions = {
    "select", "filter", "expand",    "orderby", "top",        "skip", "count",
    "search", "format", "skiptoken", "compute", "deltatoken", "apply"};

std::optional<std::string_view> option_name(std::string_view name) {
  const bool dollar = name.starts_with('$');
  if (dollar) name.remove_prefix(1);
  const auto found = std::ranges::find_if(kOptions, [&](std::string_view o) { return same_text(o, name); });
  if (found != kOptions.end()) return *found;
  if (dollar) return name;  // unknown, but claims to be OData's: refused below
  return std::nullopt;
}

Result<std::size_t> parse_top(std::string_view text) {
  std::size_t top = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), top);
  if (error != std::errc() || end != text.data() + text.size() || top < 1 || top > kTopMax) {
    return std::unexpected(query_refused(
        "$top",
        fmt::format("Invalid value '{}' for $top: a whole number from 1 to {} is expected.", text, kTopMax)));
  }
  return top;
}

Error unsupported(std::string_view option) {
  Error error =
      query_refused(fmt::format("${}", option),
                    fmt::format("The query option '${}' is not supported by this resource.", option));
  if (option == "expand") error.code = "ExpandNotSupported";
  return error;
}

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

Result<void> take_option(Query& query, std::string_view option, std::string value, QueryKind kind) {
  if (option == "format") {
    if (same_text(value, "json") || same_text(value, "application/json")) return {};
    return std::unexpected(not_acceptable());
  }
  if (kind != QueryKind::kList) return std::unexpected(unsupported(option));
  if (option == "top") {
    auto top = parse_top(value);
    if (!top) return std::unexpected(std::move(top.error()));
    query.top = *top;
    return {};
  }
  if (option == "skiptoken") {
    query.skip_token = std::move(value);
    return {};
  }
  if (option == "filter") {
    auto ids = parse_id_filter(value);
    if (!ids) return std::unexpected(std::move(ids.error()));
    query.filter_ids = std::move(*ids);
    return {};
  }
  return std::unexpected(unsupported(option));
}

}  // namespace

Result<std::vector<Guid>> parse_id_filter(std::string_view filter) { return FilterReader(filter).read(); }

Result<Query> parse_query(std::string_view text, QueryKind kind) {
  Query query;
  std::unordered_set<std::string_view> seen;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    std::string name, value;
    if (!percent_decode(part.substr(0, equals), true, name) ||
        !percent_decode(part.substr(std::min(equals + 1, part.size())), true, value)) {
      return std::unexpected(
          query_refused("query", "The query string is not well formed: broken percent-encoding."));
    }
    const auto option = option_name(name);
    if (!option) continue;
    const auto known = std::ranges::find(kOptions, *option);
    if (known == kOptions.end()) return std::unexpected(unsupported(*option));
    if (!seen.insert(*known).second) {
      return std::unexpected(query_refused(fmt::format("${}", *option),
                                           fmt::format("The query option '${}' is given twice.", *option)));
    }
    if (auto taken = take_option(query, *known, std::move(value), kind); !taken) {
      return std::unexpected(std::move(taken.error()));
    }
  }
  return query;
}

}  // namespace porchlight::graph
