// for_each_option() calls OptionReader once for each option; the first error ends the parse.
#include "graph/wire/directory_query.h"

#include <fmt/format.h>

#include <charconv>

#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

// Passes the parsed value to `set`, or returns the parser's error.
template <typename T, typename Setter>
Result<void> pass_parsed(Result<T> parsed, Setter set) {
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  set(*std::move(parsed));
  return {};
}

// Parses $top. The directory has an error of its own for a number out of range (spec protocol §9.1).
Result<std::size_t> parse_page_size(std::string_view value) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
  if (error == std::errc::invalid_argument || end != value.data() + value.size()) {
    return std::unexpected(invalid_query(
        "$top",
        fmt::format("Invalid value '{}' for $top query option found. The $top query option requires a "
                    "non-negative integer value.",
                    truncated(value))));
  }
  if (error != std::errc() || size < 1 || size > kTopMax) {
    return std::unexpected(unsupported_query(
        "$top", fmt::format("Invalid page size specified: '{}'. Must be between 1 and {} inclusive.",
                            truncated(value), kTopMax)));
  }
  return size;
}

Error sorting_unsupported() {
  return unsupported_query("$orderby", "Sorting not supported for current query.");
}

// Parses $orderby: a property, and "asc" or "desc". Several properties are not supported.
Result<Ordering> parse_ordering(const EntityType& type, std::string_view value) {
  if (value.contains(',')) return std::unexpected(sorting_unsupported());
  const auto [name, rest] = split_once(trimmed(value), ' ');
  const std::string_view direction = trimmed(rest);
  const Property* property = find_property(type, name);
  if (property == nullptr) {
    return std::unexpected(invalid_query(
        "$orderby",
        fmt::format("Could not find a property named '{}' on type '{}'.", truncated(name), type.name)));
  }
  const bool descending = equals_ignore_case(direction, "desc");
  if (!descending && !direction.empty() && !equals_ignore_case(direction, "asc")) {
    return std::unexpected(invalid_query("$orderby",
                                         "Invalid value for $orderby: a property is expected, "
                                         "and then asc or desc."));
  }
  if (!property->sortable) return std::unexpected(sorting_unsupported());
  return Ordering{property, descending};
}

// The error of $expand: its first name that the type does not have, or that none of them can be expanded. Options of a
// property, in parentheses, are skipped.
Error expand_error(const EntityType& type, std::string_view value) {
  std::size_t depth = 0;
  std::string name;
  const auto is_known = [&] { return equals_ignore_case(trimmed(name), type.related) || name == "*"; };
  for (const char c : value) {
    if (c == ',' && depth == 0) {
      if (!is_known()) break;
      name.clear();
      continue;
    }
    if (c == '(') ++depth;
    if (depth == 0) name += c;
    if (c == ')' && depth > 0) --depth;
  }
  return is_known() ? unsupported_option("expand") : property_not_found("$expand", trimmed(name), type.name);
}

// Collects the options of one query string.
class OptionReader {
 public:
  OptionReader(const EntityType& type, DirectoryOptions allowed) : type_(type), allowed_(allowed) {}

  Result<void> on_option(std::string_view option, std::string value) {
    if (allowed_ != DirectoryOptions::kCount) {
      if (option == "select") return add_selected(type_, value, query.selection);
      if (option == "expand") return std::unexpected(expand_error(type_, value));
    }
    if (allowed_ != DirectoryOptions::kOne) {
      if (option == "filter")
        return pass_parsed(parse_directory_filter(type_, value),
                           [&](DirectoryFilter filter) { query.filter = std::move(filter); });
      if (option == "search")
        return pass_parsed(parse_directory_search(type_, value),
                           [&](DirectoryFilter filter) { query.search = std::move(filter); });
    }
    if (allowed_ == DirectoryOptions::kList) return on_list_option(option, std::move(value));
    return std::unexpected(unsupported_option(option));
  }

  DirectoryQuery query;

 private:
  Result<void> on_list_option(std::string_view option, std::string value) {
    if (option == "top")
      return pass_parsed(parse_page_size(value), [&](std::size_t top) { query.top = top; });
    if (option == "count") return pass_parsed(parse_count(value), [&](bool count) { query.count = count; });
    if (option == "orderby")
      return pass_parsed(parse_ordering(type_, value), [&](Ordering order) { query.order = order; });
    if (option != "skiptoken") return std::unexpected(unsupported_option(option));
    query.skip_token = std::move(value);
    return {};
  }

  const EntityType& type_;
  DirectoryOptions allowed_;
};

std::string operator_message(AdvancedOperator op) {
  if (op == AdvancedOperator::kNotEquals) return "Filter operator 'NotEqualsMatch' is not supported.";
  return fmt::format(
      "Operator '{}' is not supported because the required parameters might be missing. Try adding "
      "$count=true query parameter and ConsistencyLevel:eventual header. Refer to "
      "https://aka.ms/graph-docs/advanced-queries for more information",
      op == AdvancedOperator::kNot ? "not" : "endsWith");
}

}  // namespace

Result<DirectoryQuery> parse_directory_query(std::string_view query, const EntityType& type,
                                             DirectoryOptions options) {
  OptionReader reader(type, options);
  const auto on_option = [&](std::string_view option, std::string value) {
    return reader.on_option(option, std::move(value));
  };
  if (auto done = for_each_option(query, on_option); !done) return std::unexpected(std::move(done.error()));
  if (options == DirectoryOptions::kCount) reader.query.count = true;
  return std::move(reader.query);
}

Result<void> check_advanced_query(const DirectoryQuery& query, bool eventual) {
  if (query.search && !eventual) {
    return std::unexpected(unsupported_query("$search",
                                             "Request with $search query parameter only works through "
                                             "MSGraph with a special request header: "
                                             "'ConsistencyLevel: eventual'"));
  }
  if (!query.filter || (eventual && query.count)) return {};
  if (query.order) return std::unexpected(sorting_unsupported());
  const AdvancedOperator op = query.filter->advanced_operator();
  if (op == AdvancedOperator::kNone) return {};
  return std::unexpected(unsupported_query("$filter", operator_message(op)));
}

}  // namespace porchlight::graph
