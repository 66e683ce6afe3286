// Tests of the routes that are found without the tree: a known route is what find_route() returns, and nothing else is
// known.
#include "graph/gate/known_routes.h"

#include <gtest/gtest.h>

#include "graph/call/handlers.h"
#include "graph/gate/route_tree.h"
#include "graph/gate/routes.h"

namespace porchlight::graph {
namespace {

const std::string kOne = "a0000000-0000-4000-8000-00000000000a";
const std::string kOther = "B0000000-0000-4000-8000-00000000000b";

// Keeps the route of a path.
void keep(KnownRoutes& known, std::string_view text, http::Method method) {
  const auto path = RequestPath::parse(text);
  ASSERT_TRUE(path) << text;
  const auto match = find_route(*path, method);
  ASSERT_TRUE(match) << text;
  known.keep(text, method, *match);
}

// A path of the route, with that id.
std::string path_of(const Route& route, std::string_view id) {
  std::string path;
  for (const std::string_view pattern : route.pattern) {
    const PatternSegment segment = PatternSegment::of(pattern);
    using Kind = PatternSegment::Kind;
    path += '/';
    path += segment.kind == Kind::kVersion     ? "beta"
            : segment.kind == Kind::kId        ? id
            : segment.kind == Kind::kItem      ? "item"
            : segment.kind == Kind::kSize      ? "48x48"
            : segment.kind == Kind::kArguments ? "occurrencesView(a)"
                                               : segment.name;
  }
  return path;
}

TEST(KnownRoutes, AreThoseOfTheTree) {
  std::size_t known_count = 0;
  for (const Route& route : routes()) {
    KnownRoutes known;
    keep(known, path_of(route, kOne), route.method);
    const std::string text = path_of(route, kOther);
    const auto path = RequestPath::parse(text);
    const auto expected = find_route(*path, route.method);
    const RouteMatch* const found = known.find(text, route.method);
    if (found == nullptr) continue;
    ++known_count;
    EXPECT_EQ(found->route, expected->route) << text;
    EXPECT_EQ(found->version, expected->version) << text;
    EXPECT_EQ(found->id, kOther) << text;
    EXPECT_EQ(found->guid, parse_guid(kOther)) << text;
    EXPECT_TRUE(found->allowed) << text;
  }
  EXPECT_GT(known_count, 30u);
}

// What the comparison relies on.
TEST(KnownRoutes, NoSegmentTellsGuidsApart) {
  for (const Route& route : routes())
    for (const std::string_view pattern : route.pattern) {
      const PatternSegment segment = PatternSegment::of(pattern);
      EXPECT_EQ(segment.matches(kOne, false), segment.matches(kOther, false)) << pattern;
    }
}

TEST(KnownRoutes, AnotherPathIsNotKnown) {
  KnownRoutes known;
  keep(known, "/v1.0/users/" + kOne + "/presence", http::Method::kGet);
  EXPECT_TRUE(known.find("/v1.0/users/" + kOther + "/presence", http::Method::kGet));
  EXPECT_FALSE(known.find("/v1.0/users/" + kOther + "/presence", http::Method::kPost));
  for (const char* path : {"/beta/users/b0000000-0000-4000-8000-00000000000b/presence",
                           "/v1.0/users/b0000000-0000-4000-8000-00000000000b/presencE",
                           "/v1.0/users/b0000000-0000-4000-8000-00000000000b/presence/",
                           "/v1.0/users/b0000000-0000-4000-8000-00000000000b", "/", "",
                           "/v1.0/users/b0000000-0000-4000-8000-0000000000%62/presence",
                           "/v1.0/users/b0000000-0000-4000-8000-00000000000/b/presence",
                           "/v1.0/users/b0000000-0000-4000-8000-00000000000x/presence"})
    EXPECT_FALSE(known.find(path, http::Method::kGet)) << path;
}

TEST(KnownRoutes, OnlyPathsWithAPlainGuidAreKept) {
  for (const std::string& path :
       {std::string("/v1.0/me/presence"), "/v1.0/users('" + kOne + "')/presence",
        "/v1.0/users/%61" + kOne.substr(1) + "/presence", std::string("/v1.0/users/ana@contoso.com/presence"),
        "/v1.0/users/" + kOne + "/settings/workHoursAndLocations/recurrences/y"}) {
    KnownRoutes known;
    keep(known, path, http::Method::kGet);
    EXPECT_FALSE(known.find(path, http::Method::kGet)) << path;
  }
}

TEST(KnownRoutes, LongPathsAreNotKept) {
  const std::string end = "/v1.0/users/" + kOne + "/presence";
  for (const std::size_t bytes : {kKnownPathBytesMax, kKnownPathBytesMax + 1}) {
    const std::string path = std::string(bytes - end.size(), '/') + end;
    KnownRoutes known;
    keep(known, path, http::Method::kGet);
    EXPECT_EQ(known.find(path, http::Method::kGet) != nullptr, bytes == kKnownPathBytesMax);
  }
}

}  // namespace
}  // namespace porchlight::graph
