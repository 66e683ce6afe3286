// Where several rows match a path, the first counts: literals come before {id}.
#include "graph/gate/routes.h"

#include <algorithm>

#include "base/text.h"
#include "graph/call/access.h"
#include "graph/call/handlers.h"
#include "graph/gate/admin_routes.h"
#include "graph/gate/route_tree.h"

namespace porchlight::graph {
namespace {

using identity::Permission;

constexpr auto kAppRead = set_of(Permission::kAppReadAll, Permission::kAppReadWriteAll);

// Presence.ReadWrite also reads oneself: observed, although not documented (spec presence §5.1).
constexpr Access kReadOne = {.self = set_of(Permission::kDelegatedRead, Permission::kDelegatedReadAll,
                                            Permission::kDelegatedReadWrite),
                             .others = set_of(Permission::kDelegatedReadAll),
                             .app = kAppRead};
constexpr Access kReadList = {.self = set_of(Permission::kDelegatedRead, Permission::kDelegatedReadAll),
                              .others = set_of(Permission::kDelegatedReadAll),
                              .app = kAppRead};
// Also for oneself only (spec presence §5.5).
constexpr Access kReadMany = {.self = set_of(Permission::kDelegatedReadAll),
                              .others = set_of(Permission::kDelegatedReadAll),
                              .app = kAppRead};
// Users set their own location; applications and other users cannot (spec presence §4, §5.11).
constexpr Access kWriteOwn = {.self = set_of(Permission::kDelegatedReadWrite)};
constexpr Access kReadOwn = {.self = set_of(Permission::kDelegatedReadWrite),
                             .app = set_of(Permission::kAppReadWriteAll)};
// Any token. Each step of a batch needs the access of its own route.
constexpr Access kAnyToken = {};
// The permissions of users, groups, members and photos (spec protocol §4.1).
constexpr auto kReadPeople =
    set_of(Permission::kDelegatedUserReadBasicAll, Permission::kDelegatedUserReadAll,
           Permission::kDelegatedDirectoryReadAll, Permission::kDelegatedUserReadWriteAll,
           Permission::kDelegatedDirectoryReadWriteAll);
constexpr Access kPeople = {
    .self = set_of(Permission::kDelegatedUserRead, Permission::kDelegatedUserReadWrite) | kReadPeople,
    .others = kReadPeople,
    .app = set_of(Permission::kAppUserReadBasicAll, Permission::kAppUserReadAll,
                  Permission::kAppDirectoryReadAll, Permission::kAppUserReadWriteAll,
                  Permission::kAppDirectoryReadWriteAll),
    .of_directory = true};
// Also the other permissions that read people: older pages list them, and clients have asked for them since.
constexpr auto kReadPhotos =
    kReadPeople | set_of(Permission::kDelegatedPhotoReadAll, Permission::kDelegatedPhotoReadWriteAll);
constexpr Access kPhotos = {
    .self = kPeople.self | kReadPhotos,
    .others = kReadPhotos,
    .app = kPeople.app | set_of(Permission::kAppPhotoReadAll, Permission::kAppPhotoReadWriteAll),
    .of_directory = true};
constexpr auto kReadGroups =
    set_of(Permission::kDelegatedGroupReadBasicAll, Permission::kDelegatedMemberReadAll,
           Permission::kDelegatedGroupReadAll, Permission::kDelegatedGroupReadWriteAll,
           Permission::kDelegatedDirectoryReadAll, Permission::kDelegatedDirectoryReadWriteAll);
constexpr Access kGroups = {
    .self = kReadGroups,
    .others = kReadGroups,
    .app = set_of(Permission::kAppGroupReadBasicAll, Permission::kAppMemberReadAll,
                  Permission::kAppGroupReadAll, Permission::kAppGroupReadWriteAll,
                  Permission::kAppDirectoryReadAll, Permission::kAppDirectoryReadWriteAll),
    .of_directory = true};
constexpr auto kReadMembers =
    set_of(Permission::kDelegatedMemberReadBasicAll, Permission::kDelegatedGroupReadBasicAll,
           Permission::kDelegatedMemberReadAll, Permission::kDelegatedGroupReadAll,
           Permission::kDelegatedMemberReadWriteAll, Permission::kDelegatedGroupReadWriteAll,
           Permission::kDelegatedDirectoryReadAll);
constexpr Access kMembers = {
    .self = kReadMembers,
    .others = kReadMembers,
    .app = set_of(Permission::kAppMemberReadBasicAll, Permission::kAppGroupReadBasicAll,
                  Permission::kAppMemberReadAll, Permission::kAppGroupReadAll,
                  Permission::kAppMemberReadWriteAll, Permission::kAppGroupReadWriteAll,
                  Permission::kAppDirectoryReadAll),
    .of_directory = true};
// To which of them one may do it is the subscription's own matter (spec notifications §3).
constexpr Access kSubscribe = {.self = set_of(Permission::kDelegatedReadAll),
                               .others = set_of(Permission::kDelegatedReadAll),
                               .app = set_of(Permission::kAppReadAll)};
constexpr Access kReadSubscriptions = {
    .self = set_of(Permission::kDelegatedReadAll, Permission::kDelegatedSubscriptionReadAll),
    .others = set_of(Permission::kDelegatedReadAll, Permission::kDelegatedSubscriptionReadAll),
    .app = set_of(Permission::kAppReadAll, Permission::kAppSubscriptionReadAll)};
// Work plans (spec presence §9). Users have access to their own, applications to everyone's.
constexpr auto kCalendarsWrite = set_of(Permission::kDelegatedCalendarsReadWrite);
constexpr auto kCalendarsRead = kCalendarsWrite | set_of(Permission::kDelegatedCalendarsRead);
constexpr auto kAppCalendarsWrite = set_of(Permission::kAppCalendarsReadWriteAll);
constexpr auto kAppCalendarsRead = kAppCalendarsWrite | set_of(Permission::kAppCalendarsReadAll);
constexpr Access kReadWorkSetting = {.self = kCalendarsRead | set_of(Permission::kDelegatedMailboxRead,
                                                                     Permission::kDelegatedMailboxReadWrite),
                                     .app = kAppCalendarsRead};
constexpr Access kWriteWorkSetting = {
    .self = kCalendarsWrite | set_of(Permission::kDelegatedMailboxReadWrite), .app = kAppCalendarsWrite};
constexpr Access kReadWorkPlan = {.self = kCalendarsRead, .app = kAppCalendarsRead};
constexpr Access kWriteWorkPlan = {.self = kCalendarsWrite, .app = kAppCalendarsWrite};
constexpr Access kWriteCurrentLocation = {.self = kCalendarsWrite};
constexpr Access kAdmin = {.app = set_of(Permission::kAppAdmin)};

constexpr std::string_view kItem = "{item}";

constexpr auto kGet = http::Method::kGet;
constexpr auto kPost = http::Method::kPost;
constexpr auto kPut = http::Method::kPut;
constexpr auto kPatch = http::Method::kPatch;
constexpr auto kDelete = http::Method::kDelete;
constexpr auto kRead = throttle::RequestKind::kRead;
constexpr auto kOther = throttle::RequestKind::kOther;
constexpr auto kGeneral = throttle::RequestKind::kGeneral;

constexpr RoutePattern kMe = "{version}/me/presence";
constexpr RoutePattern kUser = "{version}/users/{id}/presence";
constexpr RoutePattern kUserPlan = "{version}/users/{id}/settings/workHoursAndLocations";
constexpr RoutePattern kMyPlan = "{version}/me/settings/workHoursAndLocations";
constexpr RoutePattern kCommunications = "{version}/communications/presences/{id}";

// The actions that are bound to a presence: each has a route on each of the three paths of a presence.
struct Action {
  std::string_view name;
  const RouteOperation* operation;
  const Access* access;
};
constexpr Action kActions[] = {
    {"action:setPresence", &set_presence, &kWriteAccess},
    {"action:clearPresence", &clear_presence, &kWriteAccess},
    {"action:setUserPreferredPresence", &set_preferred, &kWriteAccess},
    {"action:clearUserPreferredPresence", &clear_preferred, &kWriteAccess},
    {"action:setStatusMessage", &set_status_message, &kWriteAccess},
    {"action:setManualLocation", &set_manual_location, &kWriteOwn},
    {"action:setAutomaticLocation", &set_automatic_location, &kWriteOwn},
    {"action:clearAutomaticLocation", &clear_automatic_location, &kWriteOwn},
    {"action:clearLocation", &clear_location, &kWriteOwn},
};

// A GET of users or groups, and what it costs (spec protocol §6.1). A path that ends in $count answers plain text.
consteval Route of_directory(RoutePattern path, const RouteOperation& operation, const Access& access,
                             int resource_units, RouteTarget target = RouteTarget::kNone) {
  return {.pattern = path,
          .method = kGet,
          .operation = &operation,
          .target = target,
          .access = &access,
          .budget = kGeneral,
          .json = path[path.size() - 1] != "$count",
          .resource_units = resource_units};
}

constexpr Route kPlainRoutes[] = {
    // Reads of presence (spec presence §5.1-5.5).
    {kUser, kGet, &get_presence, RouteTarget::kUser, &kReadOne, kRead},
    {kMe, kGet, &get_presence, RouteTarget::kMe, &kReadOne, kRead},
    {"{version}/communications/presences/$count", kGet, &count_presences, RouteTarget::kNone, &kReadList,
     kRead, false},
    {"{version}/communications/presences/function:delta", kGet, &presences_delta, RouteTarget::kNone,
     &kReadMany, kRead},
    {kCommunications, kGet, &get_presence, RouteTarget::kGuid, &kReadOne, kRead},
    {"{version}/communications/action:getPresencesByUserId", kPost, &get_presences_by_user_id,
     RouteTarget::kNone, &kReadMany, kRead},
    {"{version}/communications/presences", kGet, &list_presences, RouteTarget::kNone, &kReadList, kRead},
    // Several requests in one (spec protocol §10).
    {"{version}/$batch", kPost, &execute_batch, RouteTarget::kNone, &kAnyToken, std::nullopt},
    // Ours: why a presence is what it is, and what Graph cannot set.
    {"porchlight/v1/users/{id}/presence/explain", kGet, &explain_presence, RouteTarget::kUser, &kReadOne,
     kRead},
    {"porchlight/v1/me/presence/explain", kGet, &explain_presence, RouteTarget::kMe, &kReadOne, kRead},
    {"porchlight/v1/users/{id}/outOfOffice", kPut, &set_out_of_office, RouteTarget::kUser, &kWriteAccess,
     kOther},
    {"porchlight/v1/users/{id}/outOfOffice", kDelete, &clear_out_of_office, RouteTarget::kUser, &kWriteAccess,
     kOther},
    {"porchlight/v1/me/outOfOffice", kPut, &set_out_of_office, RouteTarget::kMe, &kWriteAccess, kOther},
    {"porchlight/v1/me/outOfOffice", kDelete, &clear_out_of_office, RouteTarget::kMe, &kWriteAccess, kOther},
    {"porchlight/v1/users/{id}/scheduledLocation", kPut, &set_scheduled_location, RouteTarget::kUser,
     &kWriteAccess, kOther},
    {"porchlight/v1/users/{id}/scheduledLocation", kDelete, &clear_scheduled_location, RouteTarget::kUser,
     &kWriteAccess, kOther},
    // Ours: waiting, streams, groups (docs/waiting.md, docs/streams.md).
    {"porchlight/v1/waitFor", kPost, &wait_for, RouteTarget::kNone, &kReadList, kRead},
    {"porchlight/v1/stream", kGet, &open_stream, RouteTarget::kNone, &kReadList, kRead, false},
    {"porchlight/v1/streamTicket", kPost, &issue_stream_ticket, RouteTarget::kNone, &kAnyToken, kRead},
    {"porchlight/v1/groups/{id}/presences", kGet, &list_group_presences, RouteTarget::kNone, &kReadMany,
     kRead},
    // Change notifications (spec notifications §3).
    {"{version}/subscriptions", kPost, &create_subscription, RouteTarget::kNone, &kSubscribe, kGeneral},
    {"{version}/subscriptions", kGet, &list_subscriptions, RouteTarget::kNone, &kReadSubscriptions, kGeneral},
    {"{version}/subscriptions/{id}", kGet, &get_subscription, RouteTarget::kNone, &kReadSubscriptions,
     kGeneral},
    {"{version}/subscriptions/{id}", kPatch, &update_subscription, RouteTarget::kNone, &kSubscribe, kGeneral},
    {"{version}/subscriptions/{id}", kDelete, &delete_subscription, RouteTarget::kNone, &kSubscribe,
     kGeneral},
    {"{version}/subscriptions/{id}/action:reauthorize", kPost, &reauthorize_subscription, RouteTarget::kNone,
     &kSubscribe, kGeneral},
    {"porchlight/v1/deadLetters", kGet, &list_dead_letters, RouteTarget::kNone, &kAdmin, kGeneral},
    {"porchlight/v1/deadLetters/replay", kPost, &replay_dead_letters, RouteTarget::kNone, &kAdmin, kGeneral},
    // The directory (spec clients 7).
    of_directory("{version}/me", get_user, kPeople, 1, RouteTarget::kMe),
    of_directory("{version}/users", list_users, kPeople, 2),
    of_directory("{version}/users/$count", count_users, kPeople, 1),
    of_directory("{version}/users/{id}", get_user, kPeople, 1, RouteTarget::kUser),
    {"{version}/me/photo", kGet, &get_photo, RouteTarget::kMe, &kPhotos, kGeneral, false},
    {"{version}/me/photo/$value", kGet, &get_photo, RouteTarget::kMe, &kPhotos, kGeneral, false},
    {"{version}/me/photos/{size}/$value", kGet, &get_photo, RouteTarget::kMe, &kPhotos, kGeneral, false},
    {"{version}/users/{id}/photo", kGet, &get_photo, RouteTarget::kUser, &kPhotos, kGeneral, false},
    {"{version}/users/{id}/photo/$value", kGet, &get_photo, RouteTarget::kUser, &kPhotos, kGeneral, false},
    {"{version}/users/{id}/photos/{size}/$value", kGet, &get_photo, RouteTarget::kUser, &kPhotos, kGeneral,
     false},
    of_directory("{version}/groups", list_groups, kGroups, 1),
    of_directory("{version}/groups/$count", count_groups, kGroups, 1),
    of_directory("{version}/groups/{id}", get_group, kGroups, 1),
    of_directory("{version}/groups/{id}/members", list_members, kMembers, 3),
    of_directory("{version}/groups/{id}/members/$count", count_members, kMembers, 1),
    // Ours: calendars, visibility, history (docs/calendars.md, docs/visibility.md, docs/history.md).
    {"porchlight/v1/users/{id}/calendar", kPut, &set_calendar, RouteTarget::kUser, &kWriteAccess, kOther,
     true, BodyFormat::kCalendar},
    {"porchlight/v1/users/{id}/calendar", kGet, &get_calendar, RouteTarget::kUser, &kReadOwn, kRead},
    {"porchlight/v1/users/{id}/calendar", kDelete, &clear_calendar, RouteTarget::kUser, &kWriteAccess,
     kOther},
    {"porchlight/v1/me/calendar", kPut, &set_calendar, RouteTarget::kMe, &kWriteAccess, kOther, true,
     BodyFormat::kCalendar},
    {"porchlight/v1/me/calendar", kGet, &get_calendar, RouteTarget::kMe, &kReadOwn, kRead},
    {"porchlight/v1/me/calendar", kDelete, &clear_calendar, RouteTarget::kMe, &kWriteAccess, kOther},
    {"porchlight/v1/users/{id}/visibility", kPut, &set_visibility, RouteTarget::kUser, &kWriteAccess, kOther},
    {"porchlight/v1/users/{id}/visibility", kGet, &get_visibility, RouteTarget::kUser, &kReadOwn, kRead},
    {"porchlight/v1/me/visibility", kPut, &set_visibility, RouteTarget::kMe, &kWriteAccess, kOther},
    {"porchlight/v1/me/visibility", kGet, &get_visibility, RouteTarget::kMe, &kReadOwn, kRead},
    {"porchlight/v1/users/{id}/presence/badge.svg", kGet, &get_badge, RouteTarget::kNone, nullptr,
     std::nullopt, false},
    {"porchlight/v1/users/{id}/presence/history", kGet, &get_history, RouteTarget::kUser, &kReadOne, kRead},
    {"porchlight/v1/me/presence/history", kGet, &get_history, RouteTarget::kMe, &kReadOne, kRead},
    // Ours, for tests; then the documents that need no token.
    {"porchlight/v1/clock", kPost, &advance_clock, RouteTarget::kNone, &kAdmin, std::nullopt},
    {"porchlight/v1/openapi.json", kGet, &get_openapi, RouteTarget::kNone, nullptr, std::nullopt},
    {"porchlight/v1/graph.openapi.json", kGet, &get_graph_openapi, RouteTarget::kNone, nullptr, std::nullopt},
    {"{version}", kGet, &get_service_document, RouteTarget::kNone, nullptr, std::nullopt},
    {"{version}/$metadata", kGet, &get_metadata, RouteTarget::kNone, nullptr, std::nullopt, false},
    {".well-known/openid-configuration", kGet, &get_discovery, RouteTarget::kNone, nullptr, std::nullopt},
    {"discovery/v2.0/keys", kGet, &get_keys, RouteTarget::kNone, nullptr, std::nullopt},
};

// The routes of a work plan, each for a user and for the caller. Literals stand before {item}.
struct PlanRoute {
  std::string_view collection, item;  // segments; empty: none
  http::Method method;
  const RouteOperation* operation;
  const Access* access;
};
constexpr std::string_view kRecurrences = "recurrences", kOccurrences = "occurrences";
constexpr PlanRoute kPlanRoutes[] = {
    {"", "", kGet, &get_work_setting, &kReadWorkSetting},
    {"", "", kPatch, &update_work_setting, &kWriteWorkSetting},
    {kRecurrences, "", kGet, &list_recurrences, &kReadWorkPlan},
    {kRecurrences, "", kPost, &create_recurrence, &kWriteWorkPlan},
    {kRecurrences, kItem, kGet, &get_recurrence, &kReadWorkPlan},
    {kRecurrences, kItem, kPut, &update_recurrence, &kWriteWorkPlan},
    {kRecurrences, kItem, kPatch, &update_recurrence, &kWriteWorkPlan},
    {kRecurrences, kItem, kDelete, &delete_recurrence, &kWriteWorkPlan},
    {kOccurrences, "", kGet, &list_occurrences, &kReadWorkPlan},
    {kOccurrences, "", kPost, &create_occurrence, &kWriteWorkPlan},
    {kOccurrences, "action:setCurrentLocation", kPost, &set_current_location, &kWriteCurrentLocation},
    {kOccurrences, kItem, kGet, &get_occurrence, &kReadWorkPlan},
    {kOccurrences, kItem, kPut, &update_occurrence, &kWriteWorkPlan},
    {kOccurrences, kItem, kPatch, &update_occurrence, &kWriteWorkPlan},
    {kOccurrences, kItem, kDelete, &delete_occurrence, &kWriteWorkPlan},
    {"arguments:occurrencesView", "", kGet, &occurrences_view, &kReadWorkPlan},
};

constexpr Route make_plan_route(RoutePattern pattern, const PlanRoute& plan, RouteTarget target) {
  if (!plan.collection.empty()) pattern = pattern.with(plan.collection);
  if (!plan.item.empty()) pattern = pattern.with(plan.item);
  return {pattern, plan.method, plan.operation, target, plan.access, kGeneral};
}

constexpr Route make_admin_route(const AdminRouteRow& row) {
  RoutePattern pattern = "porchlight/v1/admin";
  for (const std::string_view segment : row.path) pattern = pattern.with(segment);
  return {.pattern = pattern,
          .method = row.method,
          .operation = &administer,
          .target = RouteTarget::kNone,
          .access = &kAdministrate,
          .budget = kOther,
          .administration = &row.route};
}

// All routes: those above, three for each action, two for each route of a work plan, and those of administration.
constexpr auto kRoutes = [] {
  std::array<Route, std::size(kPlainRoutes) + 3 * std::size(kActions) + 2 * std::size(kPlanRoutes) +
                        std::size(AdminRoutes::kRows)>
      all{};
  std::size_t n = 0;
  for (const Route& route : kPlainRoutes) all[n++] = route;
  for (const Action& action : kActions) {
    all[n++] = {kUser.with(action.name), kPost, action.operation, RouteTarget::kUser, action.access, kOther};
    all[n++] = {kMe.with(action.name), kPost, action.operation, RouteTarget::kMe, action.access, kOther};
    all[n++] = {kCommunications.with(action.name),
                kPost,
                action.operation,
                RouteTarget::kGuid,
                action.access,
                kOther};
  }
  for (const PlanRoute& plan : kPlanRoutes) {
    all[n++] = make_plan_route(kUserPlan, plan, RouteTarget::kUser);
    all[n++] = make_plan_route(kMyPlan, plan, RouteTarget::kMe);
  }
  for (const AdminRouteRow& row : AdminRoutes::kRows) all[n++] = make_admin_route(row);
  // Administration is counted as one: its routes would be a third of all series of metrics.
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i].number = static_cast<std::uint8_t>(std::min(i, all.size() - std::size(AdminRoutes::kRows)) + 1);
  return all;
}();
static_assert(kRoutes.back().number < http::kRoutesMax);

RouteMatch match(const PlacedRoute& placed, const RequestPath& path, bool allowed) {
  RouteMatch result{.route = placed.route,
                    .version = {},
                    .id = {},
                    .guid = {},
                    .item = {},
                    .arguments = {},
                    .allowed = allowed};
  if (placed.has_version) result.version = equals_ignore_case(path[0], "beta") ? "beta" : "v1.0";
  if (placed.id) {
    result.id = path[*placed.id];
    result.guid = parse_guid(result.id);
  }
  if (placed.item) result.item = path[*placed.item];
  if (placed.arguments) result.arguments = split_arguments(path[*placed.arguments])->second;
  return result;
}

bool same_path(const RoutePattern& a, const RoutePattern& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

Result<RouteMatch> find_route(const RequestPath& path, http::Method method) {
  static const RouteTree kTree(kRoutes);
  const RouteTree::RouteLookup found = kTree.find(path, method);
  if (found.route != nullptr) return match(*found.route, path, true);
  if (found.of_other_method != nullptr) return match(*found.of_other_method, path, false);
  // The error names the first segment at which every route fails.
  if (path.size() == 0) return std::unexpected(segment_not_found(""));
  if (found.deepest == 0) return std::unexpected(invalid_version());
  return std::unexpected(segment_not_found(path[std::min(found.deepest, path.size() - 1)]));
}

std::span<const Route> routes() { return kRoutes; }

std::string allowed_methods(const Route& route) {
  std::string methods;
  for (const Route& other : kRoutes) {
    if (!same_path(other.pattern, route.pattern)) continue;
    methods.append(http::method_name(other.method)).append(other.method == kGet ? ", HEAD, " : ", ");
  }
  return methods + "OPTIONS";
}

}  // namespace porchlight::graph
