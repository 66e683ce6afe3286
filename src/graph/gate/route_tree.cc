// A lookup visits every branch that matches, since a literal and an {id} may match the same segment; of several routes,
// the first of the table counts.
#include "graph/gate/route_tree.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::graph {
namespace {

using Kind = PatternSegment::Kind;

constexpr std::string_view kNamespace = "microsoft.graph.";

// "v1.0" and "beta" are the same API.
bool is_version(std::string_view segment) {
  return equals_ignore_case(segment, "v1.0") || equals_ignore_case(segment, "beta");
}

// The size of a photo, such as "48x48".
bool is_size(std::string_view segment) {
  const std::size_t by = segment.find('x');
  return by != segment.npos && by != 0 && by + 1 < segment.size() &&
         std::ranges::all_of(segment.substr(0, by), is_digit) &&
         std::ranges::all_of(segment.substr(by + 1), is_digit);
}

std::string_view without_namespace(std::string_view name) {
  if (equals_ignore_case(name.substr(0, kNamespace.size()), kNamespace))
    name.remove_prefix(kNamespace.size());
  return name;
}

bool accepts_method(const Route& route, http::Method method) {
  return method == route.method || (route.method == http::Method::kGet && method == http::Method::kHead);
}

// Rows of one table: their addresses are in its order.
const PlacedRoute* first_of(const PlacedRoute* a, const PlacedRoute& b) {
  return a != nullptr && a->route < b.route ? a : &b;
}

}  // namespace

PatternSegment PatternSegment::of(std::string_view pattern) {
  if (pattern == "{version}") return {Kind::kVersion, {}};
  if (pattern == "{id}") return {Kind::kId, {}};
  if (pattern == "{item}") return {Kind::kItem, {}};
  if (pattern == "{size}") return {Kind::kSize, {}};
  const std::size_t colon = pattern.find(':');
  if (colon == pattern.npos) return {Kind::kLiteral, pattern};
  const std::string_view kind = pattern.substr(0, colon), name = pattern.substr(colon + 1);
  return {kind == "action" ? Kind::kAction : kind == "function" ? Kind::kFunction : Kind::kArguments, name};
}

std::optional<std::pair<std::string_view, std::string_view>> split_arguments(std::string_view segment) {
  const std::size_t open = segment.find('(');
  if (open == segment.npos || !segment.ends_with(')')) return std::nullopt;
  return std::pair(segment.substr(0, open), segment.substr(open + 1, segment.size() - open - 2));
}

bool PatternSegment::matches_text(std::string_view segment, bool is_key) const {
  switch (kind) {
    case Kind::kId:
    case Kind::kItem:
      return true;
    case Kind::kSize:
      return is_size(segment);
    case Kind::kVersion:
      return !is_key && is_version(segment);
    case Kind::kLiteral:
      return !is_key && equals_ignore_case(name, segment);
    case Kind::kAction:
      return !is_key && equals_ignore_case(name, without_namespace(segment));
    case Kind::kFunction:
      if (segment.ends_with("()")) segment.remove_suffix(2);
      return !is_key && equals_ignore_case(name, without_namespace(segment));
    case Kind::kArguments:
      const auto called = split_arguments(segment);
      return !is_key && called && equals_ignore_case(name, without_namespace(called->first));
  }
  return false;
}

PlacedRoute::PlacedRoute(const Route& its_route) : route(&its_route) {
  for (std::size_t i = 0; i < route->pattern.size(); ++i) {
    const Kind kind = PatternSegment::of(route->pattern[i]).kind;
    if (kind == Kind::kVersion) has_version = true;
    if (kind == Kind::kId) id = i;
    if (kind == Kind::kItem) item = i;
    if (kind == Kind::kArguments) arguments = i;
  }
}

RouteTree::RouteTree(std::span<const Route> routes) {
  for (const Route& route : routes) {
    Branch* branch = &root_;
    for (const std::string_view pattern : route.pattern) {
      const PatternSegment segment = PatternSegment::of(pattern);
      auto child = std::ranges::find(branch->children, segment, &Branch::segment);
      if (child == branch->children.end()) child = branch->children.insert(child, Branch{segment, {}, {}});
      branch = &*child;
    }
    branch->routes.emplace_back(route);
  }
}

RouteTree::RouteLookup RouteTree::find(const RequestPath& path, http::Method method) const {
  RouteLookup found;
  visit(root_, 0, path, method, found);
  return found;
}

void RouteTree::visit(const Branch& branch, std::size_t depth, const RequestPath& path, http::Method method,
                      RouteLookup& found) {
  found.deepest = std::max(found.deepest, depth);
  if (depth < path.size()) {
    const std::string_view segment = path[depth];
    const bool is_key = path.is_key(depth);
    for (const Branch& child : branch.children)
      if (child.segment.matches(segment, is_key)) visit(child, depth + 1, path, method, found);
    return;
  }
  for (const PlacedRoute& route : branch.routes) {
    const PlacedRoute*& kept = accepts_method(*route.route, method) ? found.route : found.of_other_method;
    kept = first_of(kept, route);
  }
}

}  // namespace porchlight::graph
