#include "graph/directory_query.h"

#include "base/text.h"

namespace porchlight::graph {
namespace {

Result<bool> read_flag(std::string_view value) {
  if (same_text(value, "true")) return true;
  if (same_text(value, "false")) return false;
  return std::unexpected(query_refused("$count", "Invalid value for $count: true or false is expected."));
}

// Hands on what a parser gave.
template <typename T, typename Taker>
Result<void> give(Result<T> parsed, Taker to) {
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  to(*std::move(parsed));
  return {};
}

class Options {
 public:
  Options(const EntityType& type, DirectoryOptions taken) : type_(type), taken_(taken) {}

  Result<void> take(std::string_view option, std::string value) {
    if (option == "select") return add_selected(type_, value, query.selection);
    if (taken_ != DirectoryOptions::kOne) {
      if (option == "top") return give(parse_top(value), [&](std::size_t top) { query.top = top; });
      if (option == "count") return give(read_flag(value), [&](bool count) { query.count = count; });
      if (option == "skiptoken") {
        query.skip_token = std::move(value);
        return {};
      }
    }
    const auto add = [&](PeopleFilter filter) { query.filters.push_back(std::move(filter)); };
    if (taken_ == DirectoryOptions::kSearch) {
      if (option == "filter") return give(parse_people_filter(value), add);
      if (option == "search") return give(parse_people_search(value), add);
    }
    return std::unexpected(option_unsupported(option));
  }

  DirectoryQuery query;

 private:
  const EntityType& type_;
  DirectoryOptions taken_;
};

}  // namespace

Result<DirectoryQuery> parse_directory_query(std::string_view query, const EntityType& type,
                                             DirectoryOptions options) {
  Options read(type, options);
  const auto take = [&](std::string_view option, std::string value) {
    return read.take(option, std::move(value));
  };
  if (auto done = read_options(query, take); !done) return std::unexpected(std::move(done.error()));
  return std::move(read.query);
}

}  // namespace porchlight::graph
