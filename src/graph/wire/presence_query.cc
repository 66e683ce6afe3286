// for_each_option() calls back once for each option; the first error ends the parse.
#include "graph/wire/presence_query.h"

#include <fmt/format.h>

#include <array>

#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

// The names of the properties, by bit.
constexpr std::array<std::string_view, 7> kPropertyNames = {
    "id",          "availability", "activity", "statusMessage", "outOfOfficeSettings", "sequenceNumber",
    "workLocation"};
static_assert(kPropertiesAll == (1 << kPropertyNames.size()) - 1);

// The property with this name, or all properties for "*"; 0 if a presence has no such property.
PropertySet find_presence_properties(std::string_view name) {
  if (name == "*") return kPropertiesAll;
  for (std::size_t i = 0; i < kPropertyNames.size(); ++i)
    if (equals_ignore_case(kPropertyNames[i], name)) return static_cast<PropertySet>(1 << i);
  return 0;
}

// The only order is by id, ascending: returns true, or the 400 for any other order.
Result<bool> parse_order(std::string_view value) {
  const std::string_view order = trimmed(value);
  const std::size_t space = std::min(order.find(' '), order.size());
  const std::string_view direction = trimmed(order.substr(space));
  if (equals_ignore_case(order.substr(0, space), "id") &&
      (direction.empty() || equals_ignore_case(direction, "asc")))
    return true;
  return std::unexpected(
      invalid_query("$orderby", "Invalid value for $orderby: presences are in the order of id, ascending."));
}

// Assigns the parsed value to `member`, or returns the parser's error.
template <typename T, typename Member>
Result<void> assign_parsed(Result<T> parsed, Member& member) {
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  member = *std::move(parsed);
  return {};
}

// The options that only lists accept.
Result<void> apply_list_option(PresenceQuery& query, std::string_view option, std::string value) {
  if (option == "count") return assign_parsed(parse_count(value), query.count);
  if (option == "orderby") return assign_parsed(parse_order(value), query.ordered);
  if (option == "top") return assign_parsed(parse_top(value), query.top);
  if (option == "skiptoken") return assign_parsed(Result<std::string>(std::move(value)), query.skip_token);
  return std::unexpected(unsupported_option(option));
}

}  // namespace

Result<void> add_selected(std::string_view names, PropertySet& selection) {
  for (const std::string_view part : split(names, ',')) {
    const std::string_view name = trimmed(part);
    const PropertySet named = find_presence_properties(name);
    if (named == 0) return std::unexpected(property_not_found("$select", name, "microsoft.graph.presence"));
    selection |= named;
  }
  return {};
}

void append_selection(std::string& out, PropertySet selection) {
  if (selection == kPropertiesAll) return;
  char before = '(';
  for (std::size_t i = 0; i < kPropertyNames.size(); ++i) {
    if ((selection & 1 << i) == 0) continue;
    out += before;
    out += kPropertyNames[i];
    before = ',';
  }
  out += ')';
}

Result<PresenceQuery> parse_presence_query(std::string_view text, PresenceRead read) {
  PresenceQuery query;
  if (text.empty()) return query;
  PropertySet selected = 0;
  const auto on_option = [&](std::string_view option, std::string value) -> Result<void> {
    if (option == "select" && read != PresenceRead::kCount) return add_selected(value, selected);
    if (option == "filter" && read != PresenceRead::kNamed)
      return assign_parsed(parse_presence_filter(value), query.filter);
    if (read == PresenceRead::kList) return apply_list_option(query, option, std::move(value));
    return std::unexpected(unsupported_option(option));
  };
  if (auto done = for_each_option(text, on_option); !done) return std::unexpected(std::move(done.error()));
  if (selected != 0) query.select = selected;
  return query;
}

}  // namespace porchlight::graph
