// Routes of earlier paths. Most requests differ from an earlier one in the GUID of their path only: their route is
// found by comparing the rest of the path.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "graph/call/route.h"

namespace porchlight::graph {

// Longer paths are not kept.
inline constexpr std::size_t kKnownPathBytesMax = 128;

// Belongs to one handler. Allocates nothing after its construction.
class KnownRoutes {
 public:
  KnownRoutes();

  // What find_route() returns for the path and method, if a path that differs in its id only was kept; else null. The
  // match views `path`, and is valid until the next call.
  const RouteMatch* find(std::string_view path, http::Method method);
  // Keeps the match of a path, if its id is a GUID and a part of `path` as it stands there.
  void keep(std::string_view path, http::Method method, const RouteMatch& match);

 private:
  struct KnownRoute {
    std::string path;
    http::Method method = http::Method::kOther;
    std::size_t id_at = 0;  // the place of the id in `path`
    std::optional<RouteMatch> match;
  };
  // Paths of one route have the same length, and those of two routes rarely.
  static constexpr std::size_t kRoutesMax = 64;
  static std::size_t place_of(std::string_view path) { return path.size() % kRoutesMax; }

  std::array<KnownRoute, kRoutesMax> routes_;
};

}  // namespace porchlight::graph
