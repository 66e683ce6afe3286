#include "graph/routes.h"

#include <array>

#include "base/text.h"

namespace porchlight::graph {
namespace {

using identity::Permission;

constexpr std::uint16_t any_of(auto... permissions) {
  return (static_cast<std::uint16_t>(permissions) | ... | 0);
}

constexpr std::uint16_t kAppRead = any_of(Permission::kAppReadAll, Permission::kAppReadWriteAll);

// Presence.ReadWrite reads oneself too: seen, though in no table of the documentation (spec presence §5.1).
constexpr Access kReadOne = {.self = any_of(Permission::kDelegatedRead, Permission::kDelegatedReadAll,
                                            Permission::kDelegatedReadWrite),
                             .others = any_of(Permission::kDelegatedReadAll),
                             .app = kAppRead};
constexpr Access kReadList = {.self = any_of(Permission::kDelegatedRead, Permission::kDelegatedReadAll),
                              .others = any_of(Permission::kDelegatedReadAll),
                              .app = kAppRead};
constexpr Access kWrite = {.self = any_of(Permission::kDelegatedReadWrite),
                           .others = any_of(Permission::kDelegatedReadWrite),
                           .app = any_of(Permission::kAppReadWriteAll),
                           .others_unauthorized = true};
constexpr Access kAdmin = {.app = any_of(Permission::kAppAdmin)};

template <std::size_t N>
using Pattern = std::array<std::string_view, N>;

constexpr std::string_view kVersion = "{version}", kId = "{id}",
                           kAction = "action:", kNamespace = "microsoft.graph.";

constexpr Pattern<3> kMe = {kVersion, "me", "presence"};
constexpr Pattern<4> kUser = {kVersion, "users", kId, "presence"};
constexpr Pattern<4> kCommunications = {kVersion, "communications", "presences", kId};
constexpr Pattern<3> kList = {kVersion, "communications", "presences"};
constexpr Pattern<3> kClock = {"porchlight", "v1", "clock"};
constexpr Pattern<2> kWellKnown = {".well-known", "openid-configuration"};
constexpr Pattern<3> kJwks = {"discovery", "v2.0", "keys"};

template <std::size_t N>
constexpr Pattern<N + 1> with(const Pattern<N>& base, std::string_view action) {
  Pattern<N + 1> result;
  std::copy(base.begin(), base.end(), result.begin());
  result[N] = action;
  return result;
}

#define PORCHLIGHT_ACTION(name, text)                       \
  constexpr auto kMe##name = with(kMe, "action:" text);     \
  constexpr auto kUser##name = with(kUser, "action:" text); \
  constexpr auto kCommunications##name = with(kCommunications, "action:" text);
PORCHLIGHT_ACTION(Set, "setPresence")
PORCHLIGHT_ACTION(Clear, "clearPresence")
PORCHLIGHT_ACTION(Prefer, "setUserPreferredPresence")
PORCHLIGHT_ACTION(Unprefer, "clearUserPreferredPresence")
#undef PORCHLIGHT_ACTION

constexpr auto kGet = http::Method::kGet;
constexpr auto kPost = http::Method::kPost;
constexpr auto kRead = throttle::Kind::kRead;
constexpr auto kOther = throttle::Kind::kOther;

// The busiest first: matching goes from top to bottom.
constexpr Route kRoutes[] = {
    {kUser, kGet, Operation::kGetPresence, Target::kUser, &kReadOne, kRead},
    {kMe, kGet, Operation::kGetPresence, Target::kMe, &kReadOne, kRead},
    {kCommunications, kGet, Operation::kGetPresence, Target::kGuid, &kReadOne, kRead},
    {kList, kGet, Operation::kListPresences, Target::kNone, &kReadList, kRead},
    {kUserSet, kPost, Operation::kSetPresence, Target::kUser, &kWrite, kOther},
    {kMeSet, kPost, Operation::kSetPresence, Target::kMe, &kWrite, kOther},
    {kCommunicationsSet, kPost, Operation::kSetPresence, Target::kGuid, &kWrite, kOther},
    {kUserClear, kPost, Operation::kClearPresence, Target::kUser, &kWrite, kOther},
    {kMeClear, kPost, Operation::kClearPresence, Target::kMe, &kWrite, kOther},
    {kCommunicationsClear, kPost, Operation::kClearPresence, Target::kGuid, &kWrite, kOther},
    {kUserPrefer, kPost, Operation::kSetPreferred, Target::kUser, &kWrite, kOther},
    {kMePrefer, kPost, Operation::kSetPreferred, Target::kMe, &kWrite, kOther},
    {kCommunicationsPrefer, kPost, Operation::kSetPreferred, Target::kGuid, &kWrite, kOther},
    {kUserUnprefer, kPost, Operation::kClearPreferred, Target::kUser, &kWrite, kOther},
    {kMeUnprefer, kPost, Operation::kClearPreferred, Target::kMe, &kWrite, kOther},
    {kCommunicationsUnprefer, kPost, Operation::kClearPreferred, Target::kGuid, &kWrite, kOther},
    {kClock, kPost, Operation::kAdvanceClock, Target::kNone, &kAdmin, std::nullopt},
    {kWellKnown, kGet, Operation::kDiscovery, Target::kNone, nullptr, std::nullopt},
    {kJwks, kGet, Operation::kKeys, Target::kNone, nullptr, std::nullopt},
};

bool is_version(std::string_view segment) { return same_text(segment, "v1.0") || same_text(segment, "beta"); }

bool matches(std::string_view pattern, std::string_view segment) {
  if (pattern == kId) return true;
  if (pattern == kVersion) return is_version(segment);
  if (!pattern.starts_with(kAction)) return same_text(pattern, segment);
  pattern.remove_prefix(kAction.size());
  if (same_text(segment.substr(0, kNamespace.size()), kNamespace)) segment.remove_prefix(kNamespace.size());
  return same_text(pattern, segment);
}

// How many segments of the path agree with the pattern, from the left.
std::size_t depth(const Route& route, const Path& path) {
  const std::size_t end = std::min(route.pattern.size(), path.size());
  std::size_t i = 0;
  while (i < end && matches(route.pattern[i], path[i])) ++i;
  return i;
}

Match match(const Route& route, const Path& path) {
  Match result{.route = &route, .version = {}, .id = {}};
  if (route.pattern[0] == kVersion) result.version = same_text(path[0], "beta") ? "beta" : "v1.0";
  for (std::size_t i = 0; i < route.pattern.size(); ++i) {
    if (route.pattern[i] == kId) result.id = path[i];
  }
  return result;
}

}  // namespace

Result<Match> find_route(const Path& path) {
  std::size_t deepest = 0;
  for (const Route& route : kRoutes) {
    const std::size_t reached = depth(route, path);
    if (reached == route.pattern.size() && reached == path.size()) return match(route, path);
    deepest = std::max(deepest, reached);
  }
  if (path.size() == 0) return std::unexpected(segment_not_found(""));
  if (deepest == 0) return std::unexpected(invalid_version(path[0]));
  return std::unexpected(segment_not_found(path[std::min(deepest, path.size() - 1)]));
}

std::span<const Route> routes() { return kRoutes; }

std::string_view allowed_methods(const Route& route) {
  return route.method == http::Method::kGet ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

bool allows(const Route& route, http::Method method) {
  return method == route.method || (route.method == http::Method::kGet && method == http::Method::kHead);
}

}  // namespace porchlight::graph
