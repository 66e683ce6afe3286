#include "graph/routes.h"

#include "base/text.h"
#include "graph/handlers.h"

namespace porchlight::graph {
namespace {

using identity::Permission;

constexpr identity::Permissions any_of(auto... permissions) {
  return (static_cast<identity::Permissions>(permissions) | ... | 0);
}

constexpr auto kAppRead = any_of(Permission::kAppReadAll, Permission::kAppReadWriteAll);

// Presence.ReadWrite reads oneself too: seen, though in no table of the documentation (spec presence §5.1).
constexpr Access kReadOne = {.self = any_of(Permission::kDelegatedRead, Permission::kDelegatedReadAll,
                                            Permission::kDelegatedReadWrite),
                             .others = any_of(Permission::kDelegatedReadAll),
                             .app = kAppRead};
constexpr Access kReadList = {.self = any_of(Permission::kDelegatedRead, Permission::kDelegatedReadAll),
                              .others = any_of(Permission::kDelegatedReadAll),
                              .app = kAppRead};
// Even of oneself alone (spec presence §5.5).
constexpr Access kReadMany = {.self = any_of(Permission::kDelegatedReadAll),
                              .others = any_of(Permission::kDelegatedReadAll),
                              .app = kAppRead};
constexpr Access kWrite = {.self = any_of(Permission::kDelegatedReadWrite),
                           .others = any_of(Permission::kDelegatedReadWrite),
                           .app = any_of(Permission::kAppReadWriteAll),
                           .others_unauthorized = true};
// Locations are one's own: no application sets them, nor one person another's (spec presence §4, §5.11).
constexpr Access kWriteOwn = {.self = any_of(Permission::kDelegatedReadWrite)};
constexpr Access kReadOwn = {.self = any_of(Permission::kDelegatedReadWrite),
                             .app = any_of(Permission::kAppReadWriteAll)};
// Whoever has a token: each step of a batch has the access of its own route.
constexpr Access kAnybody = {};
constexpr auto kReadPeople = any_of(Permission::kDelegatedUserReadBasicAll, Permission::kDelegatedUserReadAll,
                                    Permission::kDelegatedDirectoryReadAll);
constexpr Access kPeople = {.self = any_of(Permission::kDelegatedUserRead) | kReadPeople,
                            .others = kReadPeople,
                            .app = any_of(Permission::kAppUserReadBasicAll, Permission::kAppUserReadAll,
                                          Permission::kAppDirectoryReadAll),
                            .of_directory = true};
constexpr auto kReadGroups = any_of(Permission::kDelegatedMemberReadAll, Permission::kDelegatedGroupReadAll,
                                    Permission::kDelegatedDirectoryReadAll);
constexpr Access kGroups = {.self = kReadGroups,
                            .others = kReadGroups,
                            .app = any_of(Permission::kAppMemberReadAll, Permission::kAppGroupReadAll,
                                          Permission::kAppDirectoryReadAll),
                            .of_directory = true};
// To which of them one may do it is the subscription's own matter (spec notifications §3).
constexpr Access kSubscribe = {.self = any_of(Permission::kDelegatedReadAll),
                               .others = any_of(Permission::kDelegatedReadAll),
                               .app = any_of(Permission::kAppReadAll)};
constexpr Access kReadSubscriptions = {
    .self = any_of(Permission::kDelegatedReadAll, Permission::kDelegatedSubscriptionReadAll),
    .others = any_of(Permission::kDelegatedReadAll, Permission::kDelegatedSubscriptionReadAll),
    .app = any_of(Permission::kAppReadAll, Permission::kAppSubscriptionReadAll)};
constexpr Access kAdmin = {.app = any_of(Permission::kAppAdmin)};

constexpr std::string_view kVersion = "{version}", kId = "{id}", kSize = "{size}",
                           kAction = "action:", kFunction = "function:", kNamespace = "microsoft.graph.";

constexpr auto kGet = http::Method::kGet;
constexpr auto kPost = http::Method::kPost;
constexpr auto kPut = http::Method::kPut;
constexpr auto kPatch = http::Method::kPatch;
constexpr auto kDelete = http::Method::kDelete;
constexpr auto kRead = throttle::Kind::kRead;
constexpr auto kOther = throttle::Kind::kOther;
constexpr auto kGeneral = throttle::Kind::kGeneral;

constexpr Pattern kMe = "{version}/me/presence";
constexpr Pattern kUser = "{version}/users/{id}/presence";
constexpr Pattern kCommunications = "{version}/communications/presences/{id}";

// The actions that are bound to a presence: each is reached in three ways.
struct Action {
  std::string_view name;
  decltype(Route::handler) handler;
  const Access* access;
};
constexpr Action kActions[] = {
    {"action:setPresence", set_presence, &kWrite},
    {"action:clearPresence", clear_presence, &kWrite},
    {"action:setUserPreferredPresence", set_preferred, &kWrite},
    {"action:clearUserPreferredPresence", clear_preferred, &kWrite},
    {"action:setStatusMessage", set_status_message, &kWrite},
    {"action:setManualLocation", set_manual_location, &kWriteOwn},
    {"action:setAutomaticLocation", set_automatic_location, &kWriteOwn},
    {"action:clearAutomaticLocation", clear_automatic_location, &kWriteOwn},
    {"action:clearLocation", clear_location, &kWriteOwn},
};

constexpr Route kPlain[] = {
    {kUser, kGet, get_presence, Target::kUser, &kReadOne, kRead},
    {kMe, kGet, get_presence, Target::kMe, &kReadOne, kRead},
    {"{version}/communications/presences/$count", kGet, count_presences, Target::kNone, &kReadList, kRead,
     false},
    {"{version}/communications/presences/function:delta", kGet, presences_delta, Target::kNone, &kReadMany,
     kRead},
    {kCommunications, kGet, get_presence, Target::kGuid, &kReadOne, kRead},
    {"{version}/communications/action:getPresencesByUserId", kPost, get_presences_by_user_id, Target::kNone,
     &kReadMany, kRead},
    {"{version}/communications/presences", kGet, list_presences, Target::kNone, &kReadList, kRead},
    {"{version}/$batch", kPost, run_batch, Target::kNone, &kAnybody, std::nullopt},
    {"porchlight/v1/users/{id}/presence/explain", kGet, explain_presence, Target::kUser, &kReadOne, kRead},
    {"porchlight/v1/me/presence/explain", kGet, explain_presence, Target::kMe, &kReadOne, kRead},
    {"porchlight/v1/users/{id}/outOfOffice", kPut, set_out_of_office, Target::kUser, &kWrite, kOther},
    {"porchlight/v1/users/{id}/outOfOffice", kDelete, clear_out_of_office, Target::kUser, &kWrite, kOther},
    {"porchlight/v1/me/outOfOffice", kPut, set_out_of_office, Target::kMe, &kWrite, kOther},
    {"porchlight/v1/me/outOfOffice", kDelete, clear_out_of_office, Target::kMe, &kWrite, kOther},
    {"porchlight/v1/users/{id}/scheduledLocation", kPut, set_scheduled_location, Target::kUser, &kWrite,
     kOther},
    {"porchlight/v1/users/{id}/scheduledLocation", kDelete, clear_scheduled_location, Target::kUser, &kWrite,
     kOther},
    {"porchlight/v1/waitFor", kPost, wait_for, Target::kNone, &kReadList, kRead},
    {"porchlight/v1/stream", kGet, open_stream, Target::kNone, &kReadList, kRead, false},
    {"porchlight/v1/streamTicket", kPost, issue_stream_ticket, Target::kNone, &kAnybody, kRead},
    {"porchlight/v1/groups/{id}/presences", kGet, list_group_presences, Target::kNone, &kReadMany, kRead},
    {"{version}/subscriptions", kPost, create_subscription, Target::kNone, &kSubscribe, kGeneral},
    {"{version}/subscriptions", kGet, list_subscriptions, Target::kNone, &kReadSubscriptions, kGeneral},
    {"{version}/subscriptions/{id}", kGet, get_subscription, Target::kNone, &kReadSubscriptions, kGeneral},
    {"{version}/subscriptions/{id}", kPatch, update_subscription, Target::kNone, &kSubscribe, kGeneral},
    {"{version}/subscriptions/{id}", kDelete, delete_subscription, Target::kNone, &kSubscribe, kGeneral},
    {"{version}/subscriptions/{id}/action:reauthorize", kPost, reauthorize_subscription, Target::kNone,
     &kSubscribe, kGeneral},
    {"porchlight/v1/deadLetters", kGet, list_dead_letters, Target::kNone, &kAdmin, kGeneral},
    {"porchlight/v1/deadLetters/replay", kPost, replay_dead_letters, Target::kNone, &kAdmin, kGeneral},
    {"{version}/me", kGet, get_user, Target::kMe, &kPeople, kGeneral},
    {"{version}/users", kGet, list_users, Target::kNone, &kPeople, kGeneral},
    {"{version}/users/{id}", kGet, get_user, Target::kUser, &kPeople, kGeneral},
    {"{version}/me/photo", kGet, get_photo, Target::kMe, &kPeople, kGeneral, false},
    {"{version}/me/photo/$value", kGet, get_photo, Target::kMe, &kPeople, kGeneral, false},
    {"{version}/me/photos/{size}/$value", kGet, get_photo, Target::kMe, &kPeople, kGeneral, false},
    {"{version}/users/{id}/photo", kGet, get_photo, Target::kUser, &kPeople, kGeneral, false},
    {"{version}/users/{id}/photo/$value", kGet, get_photo, Target::kUser, &kPeople, kGeneral, false},
    {"{version}/users/{id}/photos/{size}/$value", kGet, get_photo, Target::kUser, &kPeople, kGeneral, false},
    {"{version}/groups", kGet, list_groups, Target::kNone, &kGroups, kGeneral},
    {"{version}/groups/{id}", kGet, get_group, Target::kNone, &kGroups, kGeneral},
    {"{version}/groups/{id}/members", kGet, list_members, Target::kNone, &kGroups, kGeneral},
    {"porchlight/v1/users/{id}/calendar", kPut, set_calendar, Target::kUser, &kWrite, kOther, true,
     Content::kCalendar},
    {"porchlight/v1/users/{id}/calendar", kGet, get_calendar, Target::kUser, &kReadOwn, kRead},
    {"porchlight/v1/users/{id}/calendar", kDelete, clear_calendar, Target::kUser, &kWrite, kOther},
    {"porchlight/v1/me/calendar", kPut, set_calendar, Target::kMe, &kWrite, kOther, true, Content::kCalendar},
    {"porchlight/v1/me/calendar", kGet, get_calendar, Target::kMe, &kReadOwn, kRead},
    {"porchlight/v1/me/calendar", kDelete, clear_calendar, Target::kMe, &kWrite, kOther},
    {"porchlight/v1/users/{id}/visibility", kPut, set_visibility, Target::kUser, &kWrite, kOther},
    {"porchlight/v1/users/{id}/visibility", kGet, get_visibility, Target::kUser, &kReadOwn, kRead},
    {"porchlight/v1/me/visibility", kPut, set_visibility, Target::kMe, &kWrite, kOther},
    {"porchlight/v1/me/visibility", kGet, get_visibility, Target::kMe, &kReadOwn, kRead},
    {"porchlight/v1/users/{id}/presence/history", kGet, get_history, Target::kUser, &kReadOne, kRead},
    {"porchlight/v1/me/presence/history", kGet, get_history, Target::kMe, &kReadOne, kRead},
    {"porchlight/v1/clock", kPost, advance_clock, Target::kNone, &kAdmin, std::nullopt},
    {"porchlight/v1/openapi.json", kGet, open_api, Target::kNone, nullptr, std::nullopt},
    {"{version}", kGet, service_document, Target::kNone, nullptr, std::nullopt},
    {"{version}/$metadata", kGet, metadata, Target::kNone, nullptr, std::nullopt, false},
    {".well-known/openid-configuration", kGet, discovery, Target::kNone, nullptr, std::nullopt},
    {"discovery/v2.0/keys", kGet, keys, Target::kNone, nullptr, std::nullopt},
};

// The busiest first: matching goes from top to bottom.
constexpr auto kRoutes = [] {
  std::array<Route, std::size(kPlain) + 3 * std::size(kActions)> all{};
  std::size_t n = 0;
  for (const Route& route : kPlain) all[n++] = route;
  for (const Action& action : kActions) {
    all[n++] = {kUser.with(action.name), kPost, action.handler, Target::kUser, action.access, kOther};
    all[n++] = {kMe.with(action.name), kPost, action.handler, Target::kMe, action.access, kOther};
    all[n++] = {
        kCommunications.with(action.name), kPost, action.handler, Target::kGuid, action.access, kOther};
  }
  return all;
}();

bool is_version(std::string_view segment) { return same_text(segment, "v1.0") || same_text(segment, "beta"); }

// "48x48"
bool is_size(std::string_view segment) {
  const std::size_t by = segment.find('x');
  return by != segment.npos && by != 0 && by + 1 < segment.size() &&
         std::ranges::all_of(segment.substr(0, by), is_digit) &&
         std::ranges::all_of(segment.substr(by + 1), is_digit);
}

bool matches(std::string_view pattern, std::string_view segment) {
  if (pattern == kId) return true;
  if (pattern == kSize) return is_size(segment);
  if (pattern == kVersion) return is_version(segment);
  const bool function = pattern.starts_with(kFunction);
  if (!function && !pattern.starts_with(kAction)) return same_text(pattern, segment);
  pattern.remove_prefix(function ? kFunction.size() : kAction.size());
  if (function && segment.ends_with("()")) segment.remove_suffix(2);
  if (same_text(segment.substr(0, kNamespace.size()), kNamespace)) segment.remove_prefix(kNamespace.size());
  return same_text(pattern, segment);
}

// How many segments of the path agree with the pattern, from the left.
std::size_t depth(const Pattern& pattern, const Path& path) {
  const std::size_t end = std::min(pattern.size(), path.size());
  std::size_t i = 0;
  while (i < end && matches(pattern[i], path[i])) ++i;
  return i;
}

Match match(const Route& route, const Path& path, bool allowed) {
  Match result{.route = &route, .version = {}, .id = {}, .allowed = allowed};
  if (route.pattern[0] == kVersion) result.version = same_text(path[0], "beta") ? "beta" : "v1.0";
  for (std::size_t i = 0; i < route.pattern.size(); ++i) {
    if (route.pattern[i] == kId) result.id = path[i];
  }
  return result;
}

bool takes(const Route& route, http::Method method) {
  return method == route.method || (route.method == kGet && method == http::Method::kHead);
}

bool same_path(const Pattern& a, const Pattern& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string_view method_name(http::Method method) {
  switch (method) {
    case http::Method::kGet:
      return "GET, HEAD, ";
    case http::Method::kPut:
      return "PUT, ";
    case http::Method::kPatch:
      return "PATCH, ";
    case http::Method::kDelete:
      return "DELETE, ";
    default:
      return "POST, ";
  }
}

}  // namespace

Result<Match> find_route(const Path& path, http::Method method) {
  std::size_t deepest = 0;
  const Route* of_other_method = nullptr;
  for (const Route& route : kRoutes) {
    const std::size_t reached = depth(route.pattern, path);
    deepest = std::max(deepest, reached);
    if (reached != route.pattern.size() || reached != path.size()) continue;
    if (takes(route, method)) return match(route, path, true);
    if (of_other_method == nullptr) of_other_method = &route;
  }
  if (of_other_method != nullptr) return match(*of_other_method, path, false);
  if (path.size() == 0) return std::unexpected(segment_not_found(""));
  if (deepest == 0) return std::unexpected(invalid_version(path[0]));
  return std::unexpected(segment_not_found(path[std::min(deepest, path.size() - 1)]));
}

std::span<const Route> routes() { return kRoutes; }

std::string allowed_methods(const Route& route) {
  std::string methods;
  for (const Route& other : kRoutes)
    if (same_path(other.pattern, route.pattern)) methods += method_name(other.method);
  return methods + "OPTIONS";
}

}  // namespace porchlight::graph
