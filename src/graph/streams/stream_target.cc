// Names are resolved when the target is made: a target holds ids, so a later change of a userPrincipalName does not
// change what a stream follows.
#include "graph/streams/stream_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sorted.h"
#include "base/split.h"
#include "base/text.h"
#include "graph/call/authorization.h"
#include "graph/wire/characters.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

// The parts of a comma-separated list, without empty ones.
std::vector<std::string_view> split_list(std::string_view list) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : split(list, ',')) {
    const std::string_view name = trimmed(part);
    if (!name.empty()) parts.push_back(name);
  }
  return parts;
}

Result<WatchTarget> users_target(const Services& services, const identity::Caller& caller,
                                 std::string_view list) {
  auto users = resolve_users(services, caller, split_list(list));
  if (!users) return std::unexpected(std::move(users.error()));
  if (users->empty()) return std::unexpected(invalid_query("users", "The parameter 'users' has no id."));
  return WatchTarget{.ids = *std::move(users)};
}

Result<WatchTarget> me_target(const identity::Caller& caller) {
  if (!caller.user) return std::unexpected(me_requires_user());
  return WatchTarget{.ids = {*caller.user}};
}

}  // namespace

Result<std::vector<Guid>> resolve_users(const Services& services, const identity::Caller& caller,
                                        std::span<const std::string_view> names) {
  if (names.size() > kStreamUsersMax) {
    return std::unexpected(invalid_argument(
        "users",
        fmt::format("{} people are named; at most {} are accepted.", names.size(), kStreamUsersMax)));
  }
  std::vector<Guid> users;
  for (const std::string_view name : names) {
    auto id = parse_guid(name);
    if (!id) id = services.view.find_user_by_upn(caller.tenant, name);
    if (!id) return std::unexpected(resource_not_found(truncated(name)));
    users.push_back(*id);
  }
  sort_unique(users);
  return users;
}

Result<WatchTarget> resolve_group(const Services& services, const identity::Caller& caller,
                                  std::string_view id) {
  const auto group = parse_guid(id);
  if (!group) return std::unexpected(invalid_object_id(truncated(id)));
  if (!services.view.find_group(caller.tenant, *group))
    return std::unexpected(resource_not_found(to_string(*group)));
  return WatchTarget{.kind = TargetKind::kGroup, .ids = {*group}};
}

Result<std::optional<WatchTarget>> parse_watch_target(const Services& services,
                                                      const identity::Caller& caller,
                                                      std::string_view query) {
  std::optional<WatchTarget> target;
  for (const std::string_view name : {"users", "group", "tenant", "me"}) {
    const auto value = find_parameter(query, name);
    if (!value) return std::unexpected(value.error());
    if (!*value) continue;
    if (target)
      return std::unexpected(invalid_query(name, "Only one of users, group, tenant and me can be given."));
    auto read = name == "users"   ? users_target(services, caller, **value)
                : name == "group" ? resolve_group(services, caller, **value)
                : name == "me"    ? me_target(caller)
                                  : WatchTarget{.kind = TargetKind::kTenant, .ids = {}};
    if (!read) return std::unexpected(std::move(read.error()));
    target = *std::move(read);
  }
  return target;
}

void charge_people(const Services& services, const identity::Caller& caller, std::size_t people) {
  if (people <= kStreamUsersMax) return;
  services.quota.charge(caller.app, caller.tenant, throttle::RequestKind::kRead,
                        static_cast<std::uint32_t>((people - 1) / kStreamUsersMax), services.clock.steady());
}

Result<void> authorize(const Access& access, const identity::Caller& caller, const WatchTarget& target) {
  const bool own = target.kind == TargetKind::kPeople && caller.delegated() &&
                   std::ranges::all_of(target.ids, [&](const Guid& user) { return user == caller.user; });
  return authorize(access, caller, own ? caller.user : std::nullopt);
}

}  // namespace porchlight::graph
