// The route table: every spelling that leads to a route, and what is said of the others.
#include "graph/routes.h"

#include <gtest/gtest.h>

namespace porchlight::graph {
namespace {

Result<Match> find(const Path& path) { return find_route(path); }

TEST(Routes, Spellings) {
  struct Row {
    std::string_view path;
    Operation operation;
    Target target;
    std::string_view id;
  };
  const Row rows[] = {
      {"/v1.0/me/presence", Operation::kGetPresence, Target::kMe, ""},
      {"/beta/me/presence", Operation::kGetPresence, Target::kMe, ""},
      {"/V1.0/ME/Presence/", Operation::kGetPresence, Target::kMe, ""},
      {"/v1.0/users/x/presence", Operation::kGetPresence, Target::kUser, "x"},
      {"/v1.0/users('x')/presence", Operation::kGetPresence, Target::kUser, "x"},
      {"/v1.0/Users('X')/Presence", Operation::kGetPresence, Target::kUser, "X"},
      {"/v1.0/communications/presences/x", Operation::kGetPresence, Target::kGuid, "x"},
      {"/v1.0/communications/presences('x')", Operation::kGetPresence, Target::kGuid, "x"},
      {"/v1.0/communications/presences", Operation::kListPresences, Target::kNone, ""},
      {"/v1.0/me/presence/setPresence", Operation::kSetPresence, Target::kMe, ""},
      {"/v1.0/me/presence/setpresence", Operation::kSetPresence, Target::kMe, ""},
      {"/v1.0/me/presence/microsoft.graph.setPresence", Operation::kSetPresence, Target::kMe, ""},
      {"/v1.0/users/x/presence/clearPresence", Operation::kClearPresence, Target::kUser, "x"},
      {"/v1.0/communications/presences/x/setPresence", Operation::kSetPresence, Target::kGuid, "x"},
      {"/v1.0/users/x/presence/setUserPreferredPresence", Operation::kSetPreferred, Target::kUser, "x"},
      {"/v1.0/users/x/presence/clearUserPreferredPresence", Operation::kClearPreferred, Target::kUser, "x"},
      {"/porchlight/v1/clock", Operation::kAdvanceClock, Target::kNone, ""},
      {"/.well-known/openid-configuration", Operation::kDiscovery, Target::kNone, ""},
      {"/discovery/v2.0/keys", Operation::kKeys, Target::kNone, ""},
  };
  for (const Row& row : rows) {
    const auto path = Path::parse(row.path);
    ASSERT_TRUE(path) << row.path;
    const auto match = find(*path);
    ASSERT_TRUE(match) << row.path;
    EXPECT_EQ(match->route->operation, row.operation) << row.path;
    EXPECT_EQ(match->route->target, row.target) << row.path;
    EXPECT_EQ(match->id, row.id) << row.path;
  }
}

TEST(Routes, UnknownSegmentsAreNamed) {
  struct Row {
    std::string_view path, message;
  };
  const Row rows[] = {
      {"/", "Resource not found for the segment ''."},
      {"/v2.0/me", "Invalid version: v2.0"},
      {"/v1.0/you/presence", "Resource not found for the segment 'you'."},
      {"/v1.0/me/absence", "Resource not found for the segment 'absence'."},
      {"/v1.0/me/presence/setAbsence", "Resource not found for the segment 'setAbsence'."},
      {"/v1.0/me/microsoft.graph.presence", "Resource not found for the segment 'microsoft.graph.presence'."},
      {"/v1.0/users/x", "Resource not found for the segment 'x'."},
      {"/v1.0/me/presence/setPresence/more", "Resource not found for the segment 'more'."},
      {"/porchlight/v1/time", "Resource not found for the segment 'time'."},
  };
  for (const Row& row : rows) {
    const auto path = Path::parse(row.path);
    ASSERT_TRUE(path) << row.path;
    const auto match = find(*path);
    ASSERT_FALSE(match) << row.path;
    EXPECT_EQ(match.error().status, 400);
    EXPECT_EQ(match.error().code, "BadRequest");
    EXPECT_EQ(match.error().message, row.message);
  }
}

}  // namespace
}  // namespace porchlight::graph
