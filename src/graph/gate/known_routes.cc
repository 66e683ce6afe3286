// A path and one that was kept have the same route, because the route tree tells two GUIDs apart nowhere: each segment
// of a pattern matches all of them or none.
#include "graph/gate/known_routes.h"

#include <functional>

namespace porchlight::graph {
namespace {

// Whether `part` is a view into `whole`.
bool is_within(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> before;
  return before(whole.data(), part.data()) && before(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

KnownRoutes::KnownRoutes() {
  for (KnownRoute& known : routes_) known.path.reserve(kKnownPathBytesMax);
}

const RouteMatch* KnownRoutes::find(std::string_view path, http::Method method) {
  KnownRoute& known = routes_[place_of(path)];
  if (!known.match || known.method != method || known.path.size() != path.size()) return nullptr;
  const std::string_view kept = known.path;
  const std::size_t after = known.id_at + kGuidChars;
  if (!path.starts_with(kept.substr(0, known.id_at)) || !path.ends_with(kept.substr(after))) return nullptr;
  const std::string_view id = path.substr(known.id_at, kGuidChars);
  const auto guid = parse_guid(id);
  if (!guid) return nullptr;
  known.match->id = id;
  known.match->guid = guid;
  return &*known.match;
}

void KnownRoutes::keep(std::string_view path, http::Method method, const RouteMatch& match) {
  if (!match.guid || !is_within(match.id, path) || path.size() > kKnownPathBytesMax) return;
  if (!match.item.empty() || !match.arguments.empty()) return;
  KnownRoute& known = routes_[place_of(path)];
  known.path = path;
  known.method = method;
  known.id_at = static_cast<std::size_t>(match.id.data() - path.data());
  known.match = match;
}

}  // namespace porchlight::graph
