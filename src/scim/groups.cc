// Group operations: the directory has the group and its active members, the store the rest.
#include "scim/groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sorted.h"
#include "base/text.h"
#include "scim/directory_write.h"

namespace porchlight::scim {
namespace {

std::string group_key(const Guid& tenant, const Guid& group) { return row_key("group", tenant, group); }
std::string rejoined_by_prefix(const Guid& tenant, const Guid& group) {
  return row_key("away", tenant, group) + '/';
}

}  // namespace

// The members of a group: users in the directory and deactivated users. Both sorted by id.
struct Groups::Split {
  std::vector<Guid> active;
  std::vector<Guid> deactivated;
};

// Active members in order of id, then deactivated ones. These have no display name: the directory does not know them.
ScimResult<ValueList> Groups::members_of(const Guid& tenant, const directory::Group& group) const {
  ValueList members;
  for (const Guid& id : group.members) {
    const auto user = view_.find_user({tenant, id});
    if (!user) continue;  // is being removed
    members.push_back({ValueMap{{"value", {to_string(id)}}, {"display", {user->name}}, {"type", {"User"}}}});
  }
  const auto deactivated = ids_under(store_, rejoined_by_prefix(tenant, group.id));
  if (!deactivated) return std::unexpected(deactivated.error());
  for (const Guid& id : *deactivated)
    if (!std::ranges::binary_search(group.members, id))
      members.push_back({ValueMap{{"value", {to_string(id)}}, {"type", {"User"}}}});
  return members;
}

// The group's attributes without its members.
ScimResult<ValueMap> Groups::outline(const Guid& tenant, const Guid& group, std::string_view name) const {
  const auto row = read_row(store_, group_key(tenant, group));
  if (!row) return std::unexpected(row.error());
  ValueMap shown;
  put(shown, "id", {to_string(group)});
  if (*row) shown.insert(shown.end(), (*row)->attributes.begin(), (*row)->attributes.end());
  put(shown, "displayName", {std::string(name)});
  put(shown, "meta", {meta_of("Group", *row)});
  return shown;
}

ScimResult<std::optional<ValueMap>> Groups::find(const Guid& tenant, const Guid& group,
                                                 MemberDetail members) const {
  const auto there = view_.find_group(tenant, group);
  if (!there) return std::nullopt;
  auto shown = outline(tenant, group, there->name);
  if (!shown || members == MemberDetail::kLeftOut) return shown;
  auto list = members_of(tenant, *there);
  if (!list) return std::unexpected(list.error());
  if (!list->empty()) put(*shown, "members", {*std::move(list)});
  return shown;
}

ScimResult<ResourcePage> Groups::list(const Guid& tenant, const Filter* filter, const PageWindow& window,
                                      MemberDetail members) const {
  ResourcePage page;
  const bool by_members = filter && mentions(*filter, "members");
  for (const auto& [id, name] : view_.list_groups(tenant, std::nullopt, SIZE_MAX)) {
    // Members are read only if the filter or the response needs them.
    const auto read = [&](MemberDetail wanted) -> ScimResult<std::optional<ValueMap>> {
      if (wanted == MemberDetail::kShown) return find(tenant, id, wanted);
      return outline(tenant, id, name);
    };
    if (filter) {
      const auto group = read(by_members ? MemberDetail::kShown : MemberDetail::kLeftOut);
      if (!group) return std::unexpected(group.error());
      if (!*group || !matches(*filter, **group)) continue;
    }
    if (!window.contains(++page.total)) continue;
    auto group = read(members);
    if (!group) return std::unexpected(group.error());
    if (*group) page.resources.push_back(**std::move(group));
  }
  return page;
}

// Sorts the members of a request into active and deactivated users. Errors: invalidValue for an id that is neither, and
// for too many members.
ScimResult<Groups::Split> Groups::split_members(const Guid& tenant, const ValueMap& attributes) const {
  Split split;
  const Value* const listed = scim::find(attributes, "members");
  for (const Value& member : listed ? *listed->list() : ValueList{}) {
    const auto id = parse_guid(text_of(*member.map(), "value"));
    if (!id) return invalid_value("A member's value is not the id of a user.");
    if (view_.find_user({tenant, *id})) {
      split.active.push_back(*id);
      continue;
    }
    const auto row = read_row(store_, row_key("user", tenant, *id));
    if (!row) return std::unexpected(row.error());
    if (!*row || (*row)->state != RowState::kDeactivated)
      return invalid_value("A member is no user of this tenant.");
    split.deactivated.push_back(*id);
  }
  sort_unique(split.active);
  sort_unique(split.deactivated);
  if (split.active.size() + split.deactivated.size() > directory::kGroupMembersMax)
    return invalid_value(fmt::format("A group has at most {} members.", directory::kGroupMembersMax));
  return split;
}

// Group names are unique in a tenant. A linear scan: groups are few, and writes to them rare.
ScimResult<void> Groups::check(const Guid& tenant, const Guid& group, const ValueMap& attributes) const {
  const std::string_view name = text_of(attributes, "displayName");
  if (const auto fault = directory::name_fault(name))
    return invalid_value(fmt::format("displayName {}.", *fault));
  if (auto good = check_external_id(attributes); !good) return good;
  for (const auto& other : view_.list_groups(tenant, std::nullopt, SIZE_MAX))
    if (other.id != group && equals_ignore_case(other.name, name))
      return uniqueness("Another group has this displayName.");
  return {};
}

ScimResult<ValueMap> Groups::create(const Guid& tenant, const ValueMap& attributes, Time now) {
  return save(tenant, secure_random_guid(), attributes, now);
}

ScimResult<ValueMap> Groups::replace(const Guid& tenant, const Guid& group, const ValueMap& attributes,
                                     Time now) {
  if (!view_.find_group(tenant, group)) return not_found();
  return save(tenant, group, attributes, now);
}

// Writes the row and the marks of deactivated members, then the directory. If the server stops between the two, the
// group of the directory is still the old one, or absent: find() reads the directory first, so a row alone is not a
// group. Unlike users, groups need no pending mark: the next PUT or PATCH of the identity provider repairs the row.
ScimResult<ValueMap> Groups::save(const Guid& tenant, const Guid& group, const ValueMap& attributes,
                                  Time now) {
  if (auto good = check(tenant, group, attributes); !good) return std::unexpected(good.error());
  auto split = split_members(tenant, attributes);
  if (!split) return std::unexpected(split.error());
  const auto old = read_row(store_, group_key(tenant, group));
  if (!old) return std::unexpected(old.error());
  const auto deactivated = ids_under(store_, rejoined_by_prefix(tenant, group));
  if (!deactivated) return std::unexpected(deactivated.error());
  StoredRow row{RowState::kActive, *old ? (*old)->created : now, now, {}};
  if (const auto id = text_of(attributes, "externalId"); !id.empty())
    put(row.attributes, "externalId", {std::string(id)});
  storage::KvBatch mutations = {{group_key(tenant, group), print_row(row)}};
  const auto mark = [&](const Guid& user, const std::optional<std::string>& value) {
    mutations.push_back({row_key("away", tenant, group, user), value});
    mutations.push_back({row_key("back", tenant, user, group), value});
  };
  for (const Guid& user : *deactivated) mark(user, std::nullopt);
  for (const Guid& user : split->deactivated) mark(user, "");
  if (auto written = store_.write(mutations); !written) return std::unexpected(written.error());
  std::string name(text_of(attributes, "displayName"));
  if (view_.find_group(tenant, group) != directory::Group{group, name, split->active}) {
    auto made = write_directory(
        writer_, {{tenant, group, directory::GroupPut{std::move(name), std::move(split->active)}}}, now);
    if (!made) return std::unexpected(made.error());
  }
  auto shown = find(tenant, group, MemberDetail::kShown);
  if (!shown) return std::unexpected(shown.error());
  if (!*shown) return unavailable();
  return **std::move(shown);
}

// The directory first: a row without a group is invisible, and is overwritten if the id is used again.
ScimResult<void> Groups::remove(const Guid& tenant, const Guid& group, Time now) {
  if (!view_.find_group(tenant, group)) return not_found();
  const auto deactivated = ids_under(store_, rejoined_by_prefix(tenant, group));
  if (!deactivated) return std::unexpected(deactivated.error());
  if (auto removed = write_directory(writer_, {{tenant, group, directory::GroupRemoved{}}}, now); !removed)
    return removed;
  storage::KvBatch mutations = {{group_key(tenant, group), std::nullopt}};
  for (const Guid& user : *deactivated) {
    mutations.push_back({row_key("away", tenant, group, user), std::nullopt});
    mutations.push_back({row_key("back", tenant, user, group), std::nullopt});
  }
  return store_.write(mutations);
}

}  // namespace porchlight::scim
