#include "graph/following.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/characters.h"
#include "graph/query.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view part = trimmed(list.substr(0, comma));
    if (!part.empty()) parts.push_back(part);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

Result<Following> of_users(const Shared& shared, const identity::Caller& caller, std::string_view list) {
  auto users = find_users(shared, caller, split(list));
  if (!users) return std::unexpected(std::move(users.error()));
  if (users->empty()) return std::unexpected(query_refused("users", "The parameter 'users' names nobody."));
  return Following{.users = *std::move(users)};
}

Result<Following> of_me(const identity::Caller& caller) {
  if (!caller.user) return std::unexpected(me_needs_user());
  return Following{.users = {*caller.user}};
}

}  // namespace

Result<std::vector<Guid>> find_users(const Shared& shared, const identity::Caller& caller,
                                     std::span<const std::string_view> names) {
  if (names.size() > kStreamUsersMax) {
    return std::unexpected(invalid_argument(
        "users",
        fmt::format("{} people are named; at most {} are accepted.", names.size(), kStreamUsersMax)));
  }
  std::vector<Guid> users;
  for (const std::string_view name : names) {
    auto id = parse_guid(name);
    if (!id) id = shared.view.find_user_by_upn(caller.tenant, name);
    if (!id) return std::unexpected(user_unknown(clipped(name)));
    users.push_back(*id);
  }
  std::ranges::sort(users);
  const auto twice = std::ranges::unique(users);
  users.erase(twice.begin(), twice.end());
  return users;
}

Result<Following> find_group(const Shared& shared, const identity::Caller& caller, std::string_view id) {
  const auto group = parse_guid(id);
  if (!group) return std::unexpected(group_id_malformed(clipped(id)));
  if (!shared.view.find_group(caller.tenant, *group)) return std::unexpected(user_unknown(to_string(*group)));
  return Following{.of = Following::Of::kGroup, .users = {}, .group = *group};
}

Result<std::optional<Following>> read_following(const Shared& shared, const identity::Caller& caller,
                                                std::string_view query) {
  std::optional<Following> following;
  for (const std::string_view name : {"users", "group", "tenant", "me"}) {
    const auto value = read_parameter(query, name);
    if (!value) return std::unexpected(value.error());
    if (!*value) continue;
    if (following)
      return std::unexpected(query_refused(name, "Only one of users, group, tenant and me can be given."));
    auto read = name == "users"   ? of_users(shared, caller, **value)
                : name == "group" ? find_group(shared, caller, **value)
                : name == "me"    ? of_me(caller)
                                  : Following{.of = Following::Of::kTenant, .users = {}};
    if (!read) return std::unexpected(std::move(read.error()));
    following = *std::move(read);
  }
  return following;
}

Result<void> authorize(const Access& access, const identity::Caller& caller, const Following& following) {
  const bool own =
      following.of == Following::Of::kUsers && caller.delegated() &&
      std::ranges::all_of(following.users, [&](const Guid& user) { return user == caller.user; });
  return authorize(access, caller, own ? caller.user : std::nullopt);
}

std::optional<std::vector<Guid>> people_of(const Shared& shared, const Guid& tenant,
                                           const Following& following) {
  switch (following.of) {
    case Following::Of::kUsers:
      return following.users;
    case Following::Of::kGroup: {
      auto group = shared.view.find_group(tenant, following.group);
      if (!group) return std::nullopt;
      return std::move(group->members);
    }
    case Following::Of::kTenant:
      return shared.view.list_users(tenant, std::nullopt, shared.view.count_users(tenant));
  }
  return std::nullopt;
}

}  // namespace porchlight::graph
