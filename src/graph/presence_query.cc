#include "graph/presence_query.h"

#include "base/text.h"
#include "graph/characters.h"
#include "graph/presence_select.h"

namespace porchlight::graph {
namespace {

// There is one order. True, for somebody asked for it.
Result<bool> parse_order(std::string_view value) {
  const std::string_view order = trimmed(value);
  const std::size_t space = std::min(order.find(' '), order.size());
  const std::string_view direction = trimmed(order.substr(space));
  if (same_text(order.substr(0, space), "id") && (direction.empty() || same_text(direction, "asc")))
    return true;
  return std::unexpected(
      query_refused("$orderby", "Invalid value for $orderby: presences are in the order of id, ascending."));
}

// Puts what a parser gave where it belongs.
template <typename T, typename Place>
Result<void> take_into(Result<T> parsed, Place& place) {
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  place = *std::move(parsed);
  return {};
}

Result<void> take_list_option(PresenceQuery& query, std::string_view option, std::string value) {
  if (option == "count") return take_into(parse_count(value), query.count);
  if (option == "orderby") return take_into(parse_order(value), query.ordered);
  if (option == "top") return take_into(parse_top(value), query.top);
  if (option == "skiptoken") return take_into(Result<std::string>(std::move(value)), query.skip_token);
  return std::unexpected(option_unsupported(option));
}

}  // namespace

Result<PresenceQuery> parse_presence_query(std::string_view text, PresenceRead read) {
  PresenceQuery query;
  if (text.empty()) return query;
  Properties selected = 0;
  const auto take = [&](std::string_view option, std::string value) -> Result<void> {
    if (option == "select" && read != PresenceRead::kCount) return add_selected(value, selected);
    if (option == "filter" && read != PresenceRead::kNamed)
      return take_into(parse_presence_filter(value), query.filter);
    if (read == PresenceRead::kList) return take_list_option(query, option, std::move(value));
    return std::unexpected(option_unsupported(option));
  };
  if (auto done = read_options(text, take); !done) return std::unexpected(std::move(done.error()));
  if (selected != 0) query.select = selected;
  return query;
}

}  // namespace porchlight::graph
