// User operations: rows, index rows and pending marks in the store, then the directory.
#include "scim/users.h"

#include <fmt/format.h>

#include <algorithm>

#include "scim/directory_write.h"

namespace porchlight::scim {
namespace {

constexpr std::size_t kIdsPerStep = 1000;

std::string user_key(const Guid& tenant, const Guid& user) { return row_key("user", tenant, user); }
std::string pending_key(const Guid& tenant, const Guid& user) { return row_key("todo", tenant, user); }
std::string upn_prefix(const Guid& tenant, std::string_view upn) {
  return fmt::format("{}{}/", row_key("upn", tenant), directory::fold_upn(upn));
}

// The display name in the directory for these attributes: displayName, or the parts of `name`, or userName.
std::string shown_name(const ValueMap& attributes) {
  if (const auto name = text_of(attributes, "displayName"); !name.empty()) return std::string(name);
  if (const Value* const name = find(attributes, "name")) {
    const ValueMap& parts = *name->map();
    if (const auto whole = text_of(parts, "formatted"); !whole.empty()) return std::string(whole);
    const auto given = text_of(parts, "givenName"), family = text_of(parts, "familyName");
    if (!given.empty() || !family.empty())
      return fmt::format("{}{}{}", given, given.empty() || family.empty() ? "" : " ", family);
  }
  return std::string(text_of(attributes, "userName"));
}

directory::User user_of(const Guid& user, const ValueMap& attributes) {
  return {user, std::string(text_of(attributes, "userName")), shown_name(attributes)};
}

bool is_active(const ValueMap& shown) { return *find(shown, "active")->flag(); }

// The index rows of a user: to be put if `present`, else to be removed.
storage::KvBatch index_of(const Guid& tenant, const Guid& user, const StoredRow& row, bool present) {
  const auto put = [present](std::string key) {
    return storage::KvMutation{std::move(key), present ? std::optional<std::string>("") : std::nullopt};
  };
  storage::KvBatch mutations;
  if (const auto id = text_of(row.attributes, "externalId"); !id.empty())
    mutations.push_back(put(external_key(tenant, id) + to_string(user)));
  if (row.state == RowState::kActive) return mutations;
  mutations.push_back(put(row_key("off", tenant, user)));
  mutations.push_back(put(upn_prefix(tenant, text_of(row.attributes, "userName")) + to_string(user)));
  return mutations;
}

void append(storage::KvBatch& mutations, storage::KvBatch more) {
  std::ranges::move(more, std::back_inserter(mutations));
}

}  // namespace

// Combines the row and the directory. The directory's names replace those of the row if an administrator has changed
// them. A row whose user is missing in the directory is a user only if it is deactivated: otherwise the user was
// removed there.
ScimResult<std::optional<ValueMap>> Users::find(const Guid& tenant, const Guid& user) const {
  const auto row = read_row(store_, user_key(tenant, user));
  if (!row) return std::unexpected(row.error());
  const auto in_directory = view_.find_user({tenant, user});
  if (!in_directory && (!*row || (*row)->state != RowState::kDeactivated)) return std::nullopt;
  ValueMap shown;
  put(shown, "id", {to_string(user)});
  if (*row) shown.insert(shown.end(), (*row)->attributes.begin(), (*row)->attributes.end());
  if (in_directory) {
    put(shown, "userName", {in_directory->upn});
    if (shown_name(shown) != in_directory->name) put(shown, "displayName", {in_directory->name});
  }
  put(shown, "active", {in_directory.has_value()});
  put(shown, "meta", {meta_of("User", *row)});
  return shown;
}

// --- lists

// The users that can match, from an index; nullopt if the filter fixes no indexed attribute.
ScimResult<std::optional<std::vector<Guid>>> Users::candidates(const Guid& tenant,
                                                               const Filter* filter) const {
  if (!filter) return std::nullopt;
  if (const auto text = required_text(*filter, "id")) {
    const auto id = parse_guid(*text);
    return id ? std::vector{*id} : std::vector<Guid>{};
  }
  if (const auto upn = required_text(*filter, "userName")) {
    auto ids = ids_under(store_, upn_prefix(tenant, *upn));
    if (!ids) return std::unexpected(ids.error());
    if (const auto id = view_.find_user_by_upn(tenant, *upn);
        id && std::ranges::find(*ids, *id) == ids->end())
      ids->insert(ids->begin(), *id);
    return *std::move(ids);
  }
  if (const auto id = required_text(*filter, "externalId")) {
    auto ids = ids_under(store_, external_key(tenant, *id));
    if (!ids) return std::unexpected(ids.error());
    return *std::move(ids);
  }
  return std::nullopt;
}

// Reads the directory in steps of kIdsPerStep and holds no lock between them: users that are added or removed meanwhile
// may be visited or not, every other user is visited once.
ScimResult<void> Users::for_each_id(const Guid& tenant, const std::function<bool(const Guid&)>& visit) const {
  std::optional<Guid> after;
  while (true) {
    const auto ids = view_.list_users(tenant, after, kIdsPerStep);
    for (const Guid& id : ids)
      if (!visit(id)) return {};
    if (ids.size() < kIdsPerStep) break;
    after = ids.back();
  }
  const auto deactivated = ids_under(store_, row_key("off", tenant));
  if (!deactivated) return std::unexpected(deactivated.error());
  for (const Guid& id : *deactivated)
    // A user that an administrator has added again was visited above.
    if (!view_.find_user({tenant, id}) && !visit(id)) return {};
  return {};
}

// One pass over the candidates counts the matches and collects those of the page.
ScimResult<ResourcePage> Users::list(const Guid& tenant, const Filter* filter,
                                     const PageWindow& window) const {
  ResourcePage page;
  ScimResult<void> fault;
  const auto visit = [&](const Guid& id) {
    // Without a filter, users outside the page are only counted and not read.
    if (!filter && !window.contains(page.total + 1)) {
      ++page.total;
      return true;
    }
    auto person = find(tenant, id);
    if (!person) {
      fault = std::unexpected(person.error());
      return false;
    }
    if (!*person || (filter && !matches(*filter, **person))) return true;
    if (window.contains(++page.total)) page.resources.push_back(**std::move(person));
    return true;
  };
  const auto some = candidates(tenant, filter);
  if (!some) return std::unexpected(some.error());
  if (*some) {
    for (const Guid& id : **some)
      if (!visit(id)) break;
  } else if (auto all = for_each_id(tenant, visit); !all) {
    return std::unexpected(all.error());
  }
  if (!fault) return std::unexpected(fault.error());
  return page;
}

// --- writes

// The rules of the directory for names, and uniqueness of userName among active and deactivated users of the tenant.
ScimResult<void> Users::check(const Guid& tenant, const Guid& user, const ValueMap& attributes) const {
  const directory::User wanted = user_of(user, attributes);
  if (const auto fault = directory::upn_fault(wanted.upn))
    return invalid_value(fmt::format("userName {}.", *fault));
  if (const auto fault = directory::name_fault(wanted.name))
    return invalid_value(fmt::format("The name to show {}.", *fault));
  if (auto good = check_external_id(attributes); !good) return good;
  std::string json;
  append_json(json, attributes);
  if (json.size() > kResourceBytesMax) return invalid_value("The resource is too long.");
  const auto deactivated = ids_under(store_, upn_prefix(tenant, wanted.upn));
  if (!deactivated) return std::unexpected(deactivated.error());
  const auto holder = view_.find_user_by_upn(tenant, wanted.upn);
  const auto another = [&user](const Guid& id) { return id != user; };
  if ((holder && another(*holder)) || std::ranges::any_of(*deactivated, another))
    return uniqueness("Another user has this userName.");
  return {};
}

ScimResult<ValueMap> Users::create(const Guid& tenant, ValueMap attributes, Time now) {
  return save(tenant, secure_random_guid(), std::nullopt, std::move(attributes), now);
}

ScimResult<ValueMap> Users::replace(const Guid& tenant, const Guid& user, ValueMap attributes, Time now) {
  const auto before = find(tenant, user);
  if (!before) return std::unexpected(before.error());
  if (!*before) return not_found();
  return save(tenant, user, *before, std::move(attributes), now);
}

// Without `active` the user's state does not change: leaving it out does not activate a user. Index rows of the old
// attributes, those of the new ones, the row and the pending mark are a single write.
ScimResult<ValueMap> Users::save(const Guid& tenant, const Guid& user, const std::optional<ValueMap>& before,
                                 ValueMap attributes, Time now) {
  if (auto good = check(tenant, user, attributes); !good) return std::unexpected(good.error());
  const auto old = read_row(store_, user_key(tenant, user));
  if (!old) return std::unexpected(old.error());
  const Value* const requested = scim::find(attributes, "active");
  const bool active = requested ? *requested->flag() : !before || is_active(*before);
  unset(attributes, "active");
  const StoredRow row{active ? RowState::kActive : RowState::kDeactivated, *old ? (*old)->created : now, now,
                      std::move(attributes)};
  storage::KvBatch mutations;
  if (*old) append(mutations, index_of(tenant, user, **old, false));
  append(mutations, index_of(tenant, user, row, true));
  mutations.push_back({user_key(tenant, user), print_row(row)});
  mutations.push_back({pending_key(tenant, user), ""});
  if (auto written = store_.write(mutations); !written) return std::unexpected(written.error());
  if (auto settled = apply_pending_for(tenant, user, row, now); !settled)
    return std::unexpected(settled.error());
  auto shown = find(tenant, user);
  if (!shown) return std::unexpected(shown.error());
  if (!*shown) return unavailable();
  return **std::move(shown);
}

// The row stays as kDeleting until the directory has removed the user, so that an interrupted deletion is completed.
ScimResult<void> Users::remove(const Guid& tenant, const Guid& user, Time now) {
  const auto before = find(tenant, user);
  if (!before) return std::unexpected(before.error());
  if (!*before) return not_found();
  auto row = read_row(store_, user_key(tenant, user));
  if (!row) return std::unexpected(row.error());
  StoredRow gone = row->value_or(StoredRow{RowState::kActive, now, now, {}});
  storage::KvBatch mutations = index_of(tenant, user, gone, false);
  gone.state = RowState::kDeleting;
  mutations.push_back({user_key(tenant, user), print_row(gone)});
  mutations.push_back({pending_key(tenant, user), ""});
  if (auto written = store_.write(mutations); !written) return written;
  return apply_pending_for(tenant, user, gone, now);
}

// --- applying rows to the directory

// Marks are collected first: applying one writes to the store.
ScimResult<void> Users::apply_pending(Time now) {
  std::vector<std::pair<Guid, Guid>> open;
  const auto visited = store_.for_each("todo/", [&](std::string_view key, std::string_view) {
    key.remove_prefix(std::string_view("todo/").size());
    const auto tenant = parse_guid(key.substr(0, kGuidChars));
    const auto user = parse_guid(key.substr(std::min(kGuidChars + 1, key.size())));
    if (tenant && user) open.emplace_back(*tenant, *user);
    return true;
  });
  if (!visited) return visited;
  for (const auto& [tenant, user] : open) {
    const auto row = read_row(store_, user_key(tenant, user));
    if (!row) return std::unexpected(row.error());
    auto settled = *row ? apply_pending_for(tenant, user, **row, now)
                        : store_.write({{pending_key(tenant, user), std::nullopt}}, storage::SyncMode::kNo);
    if (!settled) return settled;
  }
  return {};
}

// Brings the directory into the state that the row describes.
ScimResult<void> Users::apply_pending_for(const Guid& tenant, const Guid& user, const StoredRow& row,
                                          Time now) {
  auto done = row.state == RowState::kActive ? add_to_directory(tenant, user, row, now)
                                             : remove_from_directory(tenant, user, row, now);
  if (!done) return done;
  // Not synced: if a crash restores the mark, the same change is applied again without effect.
  return store_.write({{pending_key(tenant, user), std::nullopt}}, storage::SyncMode::kNo);
}

// Adds or renames the user in the directory, and adds them to the groups that they were removed from on deactivation.
// Rejoin marks are removed only after the groups are written.
ScimResult<void> Users::add_to_directory(const Guid& tenant, const Guid& user, const StoredRow& row,
                                         Time now) {
  const directory::User wanted = user_of(user, row.attributes);
  const auto holder = view_.find_user_by_upn(tenant, wanted.upn);
  if (holder && *holder != user) return {};  // an administrator gave the name to another user
  if (view_.find_user({tenant, user}) != wanted) {
    auto put = write_directory(writer_, {{tenant, user, directory::UserPut{wanted.upn, wanted.name}}}, now);
    if (!put) return put;
  }
  const auto groups = ids_under(store_, row_key("back", tenant, user) + '/');
  if (!groups) return std::unexpected(groups.error());
  std::vector<state::DirectoryCommand> commands;
  storage::KvBatch mutations;
  for (const Guid& id : *groups) {
    mutations.push_back({row_key("back", tenant, user, id), std::nullopt});
    mutations.push_back({row_key("away", tenant, id, user), std::nullopt});
    auto group = view_.find_group(tenant, id);
    if (!group) continue;
    const auto place = std::ranges::lower_bound(group->members, user);
    if (place != group->members.end() && *place == user) continue;
    group->members.insert(place, user);
    commands.push_back({tenant, id, directory::GroupPut{group->name, std::move(group->members)}});
  }
  if (mutations.empty()) return {};
  if (auto put = write_directory(writer_, std::move(commands), now); !put) return put;
  return store_.write(mutations);
}

// Removes the user from their groups and then from the directory. For a deactivation the groups are stored first, so
// that add_to_directory() can restore the memberships. Tokens and credentials go first: if that fails, nothing is done.
ScimResult<void> Users::remove_from_directory(const Guid& tenant, const Guid& user, const StoredRow& row,
                                              Time now) {
  const bool for_good = row.state == RowState::kDeleting;
  if (!end_of_user_.revoke_tokens(tenant, user)) return unavailable();
  if (for_good && !end_of_user_.forget_credentials(tenant, user)) return unavailable();
  std::vector<Guid> all;
  for (const auto& group : view_.list_groups(tenant, std::nullopt, SIZE_MAX)) all.push_back(group.id);
  std::vector<state::DirectoryCommand> commands;
  storage::KvBatch mutations;
  for (const Guid& id : view_.groups_with(tenant, user, all)) {
    auto group = view_.find_group(tenant, id);
    if (!group) continue;
    std::erase(group->members, user);
    commands.push_back({tenant, id, directory::GroupPut{group->name, std::move(group->members)}});
    mutations.push_back({row_key("back", tenant, user, id), ""});
    mutations.push_back({row_key("away", tenant, id, user), ""});
  }
  if (!for_good && !mutations.empty()) {
    if (auto written = store_.write(mutations); !written) return written;
  }
  if (auto written = write_directory(writer_, std::move(commands), now); !written) return written;
  if (auto written = write_directory(writer_, {{tenant, user, directory::UserRemoved{}}}, now); !written)
    return written;
  return for_good ? remove_stored(tenant, user) : ScimResult<void>{};
}

// Also removes the marks of groups to rejoin, in both directions.
ScimResult<void> Users::remove_stored(const Guid& tenant, const Guid& user) {
  const auto row = read_row(store_, user_key(tenant, user));
  if (!row) return std::unexpected(row.error());
  const auto groups = ids_under(store_, row_key("back", tenant, user) + '/');
  if (!groups) return std::unexpected(groups.error());
  storage::KvBatch mutations;
  if (*row) mutations = index_of(tenant, user, **row, false);
  mutations.push_back({user_key(tenant, user), std::nullopt});
  mutations.push_back({pending_key(tenant, user), std::nullopt});
  for (const Guid& id : *groups) {
    mutations.push_back({row_key("back", tenant, user, id), std::nullopt});
    mutations.push_back({row_key("away", tenant, id, user), std::nullopt});
  }
  return store_.write(mutations);
}

}  // namespace porchlight::scim
