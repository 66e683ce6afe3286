// for_each_option() calls OptionReader once for each option; the first error ends the parse.
#include "graph/wire/directory_query.h"

namespace porchlight::graph {
namespace {

// Passes the parsed value to `set`, or returns the parser's error.
template <typename T, typename Setter>
Result<void> pass_parsed(Result<T> parsed, Setter set) {
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  set(*std::move(parsed));
  return {};
}

// Collects the options of one query string.
class OptionReader {
 public:
  OptionReader(const EntityType& type, DirectoryOptions allowed) : type_(type), allowed_(allowed) {}

  Result<void> on_option(std::string_view option, std::string value) {
    if (option == "select") return add_selected(type_, value, query.selection);
    if (allowed_ != DirectoryOptions::kOne) {
      if (option == "top") return pass_parsed(parse_top(value), [&](std::size_t top) { query.top = top; });
      if (option == "count") return pass_parsed(parse_count(value), [&](bool count) { query.count = count; });
      if (option == "skiptoken") {
        query.skip_token = std::move(value);
        return {};
      }
    }
    const auto add = [&](PeopleFilter filter) { query.filters.push_back(std::move(filter)); };
    if (allowed_ == DirectoryOptions::kSearch) {
      if (option == "filter") return pass_parsed(parse_people_filter(value), add);
      if (option == "search") return pass_parsed(parse_people_search(value), add);
    }
    return std::unexpected(unsupported_option(option));
  }

  DirectoryQuery query;

 private:
  const EntityType& type_;
  DirectoryOptions allowed_;
};

}  // namespace

Result<DirectoryQuery> parse_directory_query(std::string_view query, const EntityType& type,
                                             DirectoryOptions options) {
  OptionReader reader(type, options);
  const auto on_option = [&](std::string_view option, std::string value) {
    return reader.on_option(option, std::move(value));
  };
  if (auto done = for_each_option(query, on_option); !done) return std::unexpected(std::move(done.error()));
  return std::move(reader.query);
}

}  // namespace porchlight::graph
