// Tests of the route table: the spellings of each route, and the errors for unknown paths.
#include "graph/gate/routes.h"
#include "graph/call/handlers.h"

#include <gtest/gtest.h>

namespace porchlight::graph {
namespace {

TEST(Routes, AreFoundInAllSpellings) {
  struct Row {
    std::string_view path;
    const RouteOperation* operation;
    RouteTarget target;
    std::string_view id;
    http::Method method = http::Method::kGet;
  };
  const Row rows[] = {
      {"/v1.0/me/presence", &get_presence, RouteTarget::kMe, ""},
      {"/beta/me/presence", &get_presence, RouteTarget::kMe, ""},
      {"/V1.0/ME/Presence/", &get_presence, RouteTarget::kMe, ""},
      {"//v1.0/me/presence", &get_presence, RouteTarget::kMe, ""},
      {"/v1.0//me/presence", &get_presence, RouteTarget::kMe, ""},
      {"/v1.0//users//x///presence//", &get_presence, RouteTarget::kUser, "x"},
      {"/beta//subscriptions", &list_subscriptions, RouteTarget::kNone, ""},
      {"/v1.0//$metadata", &get_metadata, RouteTarget::kNone, ""},
      {"/v1.0/users/x/presence", &get_presence, RouteTarget::kUser, "x"},
      {"/v1.0/users('x')/presence", &get_presence, RouteTarget::kUser, "x"},
      {"/v1.0/Users('X')/Presence", &get_presence, RouteTarget::kUser, "X"},
      {"/v1.0/communications/presences/x", &get_presence, RouteTarget::kGuid, "x"},
      {"/v1.0/communications/presences('x')", &get_presence, RouteTarget::kGuid, "x"},
      {"/v1.0/communications/presences", &list_presences, RouteTarget::kNone, ""},
      {"/v1.0/communications/presences/$count", &count_presences, RouteTarget::kNone, ""},
      {"/beta/communications/presences/%24COUNT/", &count_presences, RouteTarget::kNone, ""},
      {"/v1.0", &get_service_document, RouteTarget::kNone, ""},
      {"/beta/", &get_service_document, RouteTarget::kNone, ""},
      {"/v1.0/$metadata", &get_metadata, RouteTarget::kNone, ""},
      {"/v1.0/communications/getpresencesbyuserid", &get_presences_by_user_id, RouteTarget::kNone, "",
       http::Method::kPost},
      {"/porchlight/v1/me/outOfOffice", &clear_out_of_office, RouteTarget::kMe, "", http::Method::kDelete},
      {"/v1.0/me/presence/setPresence", &set_presence, RouteTarget::kMe, "", http::Method::kPost},
      {"/v1.0/me/presence/setpresence", &set_presence, RouteTarget::kMe, "", http::Method::kPost},
      {"/v1.0/me/presence/microsoft.graph.setPresence", &set_presence, RouteTarget::kMe, "",
       http::Method::kPost},
      {"/v1.0/users/x/presence/clearPresence", &clear_presence, RouteTarget::kUser, "x", http::Method::kPost},
      {"/v1.0/communications/presences/x/setPresence", &set_presence, RouteTarget::kGuid, "x",
       http::Method::kPost},
      {"/v1.0/users/x/presence/setUserPreferredPresence", &set_preferred, RouteTarget::kUser, "x",
       http::Method::kPost},
      {"/v1.0/users/x/presence/clearUserPreferredPresence", &clear_preferred, RouteTarget::kUser, "x",
       http::Method::kPost},
      {"/v1.0/users", &list_users, RouteTarget::kNone, ""},
      {"/beta/users('x')", &get_user, RouteTarget::kUser, "x"},
      {"/v1.0/me", &get_user, RouteTarget::kMe, ""},
      {"/v1.0/me/photo", &get_photo, RouteTarget::kMe, ""},
      {"/v1.0/me/photo/%24value", &get_photo, RouteTarget::kMe, ""},
      {"/v1.0/users/x/photos/48x48/$value", &get_photo, RouteTarget::kUser, "x"},
      {"/v1.0/groups", &list_groups, RouteTarget::kNone, ""},
      {"/v1.0/groups('x')", &get_group, RouteTarget::kNone, "x"},
      {"/v1.0/groups/x/members", &list_members, RouteTarget::kNone, "x"},
      {"/porchlight/v1/groups/x/presences", &list_group_presences, RouteTarget::kNone, "x"},
      {"/v1.0/subscriptions", &list_subscriptions, RouteTarget::kNone, ""},
      {"/v1.0/subscriptions", &create_subscription, RouteTarget::kNone, "", http::Method::kPost},
      {"/beta/Subscriptions('x')", &get_subscription, RouteTarget::kNone, "x"},
      {"/v1.0/subscriptions/x", &update_subscription, RouteTarget::kNone, "x", http::Method::kPatch},
      {"/v1.0/subscriptions/x", &delete_subscription, RouteTarget::kNone, "x", http::Method::kDelete},
      {"/v1.0/subscriptions/x/reauthorize", &reauthorize_subscription, RouteTarget::kNone, "x",
       http::Method::kPost},
      {"/v1.0/subscriptions/x/microsoft.graph.reauthorize", &reauthorize_subscription, RouteTarget::kNone,
       "x", http::Method::kPost},
      {"/v1.0/me/settings/workHoursAndLocations", &get_work_setting, RouteTarget::kMe, ""},
      {"/beta/users/x/settings/WorkHoursAndLocations", &update_work_setting, RouteTarget::kUser, "x",
       http::Method::kPatch},
      {"/v1.0/users('x')/settings/workHoursAndLocations/recurrences('y')", &get_recurrence,
       RouteTarget::kUser, "x"},
      {"/v1.0/me/settings/workHoursAndLocations/occurrences/y", &delete_occurrence, RouteTarget::kMe, "",
       http::Method::kDelete},
      {"/v1.0/me/settings/workHoursAndLocations/occurrences/setCurrentLocation", &set_current_location,
       RouteTarget::kMe, "", http::Method::kPost},
      {"/v1.0/me/settings/workHoursAndLocations/occurrencesView(a)", &occurrences_view, RouteTarget::kMe, ""},
      {"/v1.0/me/settings/workHoursAndLocations/microsoft.graph.occurrencesView()", &occurrences_view,
       RouteTarget::kMe, ""},
      {"/v1.0/me/settings/workHoursAndLocations/OCCURRENCESVIEW%28a%29", &occurrences_view, RouteTarget::kMe,
       ""},
      {"/porchlight/v1/clock", &advance_clock, RouteTarget::kNone, "", http::Method::kPost},
      {"/.well-known/openid-configuration", &get_discovery, RouteTarget::kNone, ""},
      {"/discovery/v2.0/keys", &get_keys, RouteTarget::kNone, ""},
  };
  for (const Row& row : rows) {
    const auto path = RequestPath::parse(row.path);
    ASSERT_TRUE(path) << row.path;
    const auto match = find_route(*path, row.method);
    ASSERT_TRUE(match) << row.path;
    EXPECT_EQ(match->route->operation, row.operation) << row.path;
    EXPECT_EQ(match->route->target, row.target) << row.path;
    EXPECT_EQ(match->id, row.id) << row.path;
  }
}

TEST(Routes, ItemsAndArguments) {
  const std::string plan = "/v1.0/users/x/settings/workHoursAndLocations/";
  const std::pair<std::string, std::pair<std::string_view, std::string_view>> rows[] = {
      {"recurrences/y", {"y", ""}},
      {"recurrences('y')", {"y", ""}},
      {"occurrences/setCurrentLocation", {"setCurrentLocation", ""}},
      {"occurrencesView()", {"", ""}},
      {"occurrencesView(a='b',c='d')", {"", "a='b',c='d'"}},
      {"occurrencesView(a='b%20c')", {"", "a='b c'"}},
      {"occurrencesView(a=(b))", {"", "a=(b)"}},
  };
  for (const auto& [text, expected] : rows) {
    const std::string target = plan + text;
    const auto path = RequestPath::parse(target);
    ASSERT_TRUE(path) << text;
    const auto match = find_route(*path, http::Method::kGet);
    ASSERT_TRUE(match) << text;
    EXPECT_EQ(std::pair(match->item, match->arguments), expected) << text;
    EXPECT_EQ(match->id, "x");
  }
  for (const char* text :
       {"occurrencesView", "occurrencesView(a", "occurrencesViews(a)", "occurrencesView(a)b"}) {
    const std::string target = plan + text;
    const auto path = RequestPath::parse(target);
    ASSERT_TRUE(path) << text;
    EXPECT_FALSE(find_route(*path, http::Method::kGet)) << text;
  }
}

// A row and its operation agree about who may call and whether a user is named.
TEST(Routes, FitTheirOperations) {
  for (const Route& route : routes()) {
    std::string path;
    for (const std::string_view segment : route.pattern) path.append("/").append(segment);
    const Requirement required = route.operation->requirement();
    EXPECT_EQ(route.operation->has_target(), route.target != RouteTarget::kNone) << path;
    EXPECT_EQ(route.access == nullptr, required == Requirement::kNothing) << path;
    const bool any_token =
        route.access != nullptr && (route.access->self | route.access->others | route.access->app) == 0;
    EXPECT_EQ(any_token, required == Requirement::kToken) << path;
  }
}

TEST(Routes, UnknownSegmentsAreNamed) {
  struct Row {
    std::string_view path, message;
  };
  const Row rows[] = {
      {"/", "Resource not found for the segment ''."},
      {"/v2.0/me", "Invalid version."},
      {"/v1/me", "Invalid version."},
      {"/me", "Invalid version."},
      {"/me/presence", "Invalid version."},
      {"/users/x/presence", "Invalid version."},
      {"/$metadata", "Invalid version."},
      {"/$batch", "Invalid version."},
      {"/subscriptions", "Invalid version."},
      {"//me/presence", "Invalid version."},
      {"/v1.0.0/me", "Invalid version."},
      {"/scim/v1", "Invalid version."},
      {"/v1.0//you", "Resource not found for the segment 'you'."},
      {"/v1.0/you/presence", "Resource not found for the segment 'you'."},
      {"/v1.0/me/absence", "Resource not found for the segment 'absence'."},
      {"/v1.0/me/presence/setAbsence", "Resource not found for the segment 'setAbsence'."},
      {"/v1.0/me/microsoft.graph.presence", "Resource not found for the segment 'microsoft.graph.presence'."},
      {"/v1.0/users/x/manager", "Resource not found for the segment 'manager'."},
      {"/v1.0/me/photos/48/$value", "Resource not found for the segment '48'."},
      {"/v1.0/me/photos/x48/$value", "Resource not found for the segment 'x48'."},
      {"/v1.0/me/photos/48x/$value", "Resource not found for the segment '48x'."},
      {"/v1.0/me/photos/48x48x48/$value", "Resource not found for the segment '48x48x48'."},
      {"/v1.0/groups/x/owners", "Resource not found for the segment 'owners'."},
      {"/v1.0/me/presence/setPresence/more", "Resource not found for the segment 'more'."},
      {"/porchlight/v1/time", "Resource not found for the segment 'time'."},
  };
  for (const Row& row : rows) {
    const auto path = RequestPath::parse(row.path);
    ASSERT_TRUE(path) << row.path;
    const auto match = find_route(*path, http::Method::kGet);
    ASSERT_FALSE(match) << row.path;
    EXPECT_EQ(match.error().status, 400);
    EXPECT_EQ(match.error().code, "BadRequest");
    EXPECT_EQ(match.error().message.text(), row.message);
  }
}

}  // namespace
}  // namespace porchlight::graph
