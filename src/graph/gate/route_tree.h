// The route table as a tree of segments: a lookup looks only at routes that agree with the path so far.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/call/route.h"
#include "graph/wire/path.h"

namespace porchlight::graph {

// A segment of a RoutePattern.
struct PatternSegment {
  enum class Kind : std::uint8_t { kLiteral, kVersion, kId, kItem, kSize, kAction, kFunction, kArguments };

  // From its text in the pattern.
  static PatternSegment of(std::string_view pattern);
  // Whether a segment of a path matches. Only an id and a size can be keys. Most literals differ in their length.
  bool matches(std::string_view segment, bool is_key) const {
    return (kind != Kind::kLiteral || name.size() == segment.size()) && matches_text(segment, is_key);
  }
  friend bool operator==(const PatternSegment&, const PatternSegment&) = default;

  Kind kind;
  std::string_view name;  // of a literal, an action or a function; empty for others

 private:
  bool matches_text(std::string_view segment, bool is_key) const;
};

// The name and the arguments of `name(arguments)`; nullopt for another form.
std::optional<std::pair<std::string_view, std::string_view>> split_arguments(std::string_view segment);

// A route, and the segments of its path that the operation reads.
struct PlacedRoute {
  explicit PlacedRoute(const Route& its_route);
  const Route* route;
  bool has_version = false;  // in the first segment
  std::optional<std::size_t> id, item, arguments;
};

// Immutable after construction: any thread.
class RouteTree {
 public:
  // The result of a lookup.
  struct RouteLookup {
    const PlacedRoute* route = nullptr;  // the first route of the table with the path and the method
    const PlacedRoute* of_other_method = nullptr;  // the first with the path
    std::size_t deepest = 0;                       // the most leading segments that some route accepts
  };

  // `routes` must outlive the tree.
  explicit RouteTree(std::span<const Route> routes);
  // HEAD is served as GET.
  RouteLookup find(const RequestPath& path, http::Method method) const;

 private:
  struct Branch {
    PatternSegment segment{};
    std::vector<Branch> children;
    std::vector<PlacedRoute> routes;  // that end here, in the order of the table
  };
  static void visit(const Branch& branch, std::size_t depth, const RequestPath& path, http::Method method,
                    RouteLookup& found);
  Branch root_;
};

}  // namespace porchlight::graph
