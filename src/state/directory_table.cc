// The tables are ordered maps by (tenant, id): what belongs to a tenant is one range of a map.
#include "state/directory_table.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::state {

namespace {

// The value of a key, copied, so that it can be returned after the lock is released.
template <typename Map, typename Key>
auto find_in(const Map& map, const Key& key) -> std::optional<typename Map::mapped_type> {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<DirectoryTable::Versioned<directory::Tenant>> DirectoryTable::find_tenant(
    const Guid& tenant) const {
  const MutexLock lock(mutex_);
  return find_in(tenants_, tenant);
}

std::optional<DirectoryTable::Versioned<directory::App>> DirectoryTable::find_app(const Guid& tenant,
                                                                                  const Guid& app) const {
  const MutexLock lock(mutex_);
  return find_in(apps_, DirectoryKey(tenant, app));
}

directory::SessionFlags DirectoryTable::session_flags(const Guid& tenant, const Guid& app) const {
  const MutexLock lock(mutex_);
  const auto found = apps_.find(DirectoryKey(tenant, app));
  if (found == apps_.end()) return {};
  return {found->second.value.client, found->second.value.priority};
}

bool DirectoryTable::has_app(const Guid& tenant, const Guid& app) const {
  const MutexLock lock(mutex_);
  return apps_.contains(DirectoryKey(tenant, app));
}

bool DirectoryTable::has_tenant(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  return tenants_.contains(tenant);
}

std::vector<directory::Tenant> DirectoryTable::tenants() const {
  const MutexLock lock(mutex_);
  std::vector<directory::Tenant> all;
  all.reserve(tenants_.size());
  for (const auto& [id, stored] : tenants_) all.push_back(stored.value);
  return all;
}

std::vector<Guid> DirectoryTable::tenant_ids() const {
  const MutexLock lock(mutex_);
  std::vector<Guid> ids;
  ids.reserve(tenants_.size());
  for (const auto& [id, stored] : tenants_) ids.push_back(id);
  return ids;
}

std::optional<Guid> DirectoryTable::find_tenant_named(std::string_view name) const {
  const MutexLock lock(mutex_);
  for (const auto& [id, stored] : tenants_)
    if (equals_ignore_case(stored.value.name, name)) return id;
  return std::nullopt;
}

template <typename T>
std::vector<T> DirectoryTable::of_tenant(const Table<T>& table, const Guid& tenant) const {
  std::vector<T> found;
  for (auto it = table.lower_bound(DirectoryKey(tenant, Guid{}));
       it != table.end() && it->first.first == tenant; ++it)
    found.push_back(it->second.value);
  return found;
}

std::vector<directory::App> DirectoryTable::apps(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  return of_tenant(apps_, tenant);
}

std::optional<DirectoryTable::Versioned<directory::Group>> DirectoryTable::find_group(
    const Guid& tenant, const Guid& group) const {
  const MutexLock lock(mutex_);
  return find_in(groups_, DirectoryKey(tenant, group));
}

std::vector<directory::Group> DirectoryTable::groups(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  return of_tenant(groups_, tenant);
}

std::vector<GroupName> DirectoryTable::list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                                   std::size_t limit) const {
  const MutexLock lock(mutex_);
  std::vector<GroupName> found;
  auto it = after ? groups_.upper_bound(DirectoryKey(tenant, *after))
                  : groups_.lower_bound(DirectoryKey(tenant, Guid{}));
  for (; it != groups_.end() && it->first.first == tenant && found.size() < limit; ++it)
    found.push_back({it->first.second, it->second.value.name});
  return found;
}

std::size_t DirectoryTable::count_groups(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  std::size_t count = 0;
  for (auto it = groups_.lower_bound(DirectoryKey(tenant, Guid{}));
       it != groups_.end() && it->first.first == tenant; ++it)
    ++count;
  return count;
}

std::vector<Guid> DirectoryTable::groups_with(const Guid& tenant, const Guid& user,
                                              const std::vector<Guid>& groups) const {
  const MutexLock lock(mutex_);
  std::vector<Guid> found;
  for (const Guid& group : groups) {
    const auto stored = groups_.find(DirectoryKey(tenant, group));
    if (stored == groups_.end()) continue;
    const std::vector<Guid>& members = stored->second.value.members;  // ascending
    if (std::binary_search(members.begin(), members.end(), user)) found.push_back(group);
  }
  return found;
}

std::vector<Guid> DirectoryTable::groups_of(const Guid& tenant, const Guid& user) const {
  const MutexLock lock(mutex_);
  std::vector<Guid> found;
  for (auto it = groups_.lower_bound(DirectoryKey(tenant, Guid{}));
       it != groups_.end() && it->first.first == tenant; ++it) {
    const std::vector<Guid>& members = it->second.value.members;
    if (std::binary_search(members.begin(), members.end(), user)) found.push_back(it->first.second);
  }
  return found;
}

// The epoch grows only if the table changed: callers keep conclusions while it is the same (View::directory_epoch).
template <typename Map, typename MapKey, typename Value>
void DirectoryTable::put_newer(Map& map, const MapKey& key, const Value& value, std::uint64_t version) {
  const auto found = map.find(key);
  if (found != map.end() && version <= found->second.version) return;
  map[key] = {value, version};
  epoch_.fetch_add(1, std::memory_order_acq_rel);
}

template <typename Map, typename MapKey>
void DirectoryTable::remove_older(Map& map, const MapKey& key, std::uint64_t version) {
  const auto found = map.find(key);
  if (found == map.end() || version <= found->second.version) return;
  map.erase(found);
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  removals_epoch_.fetch_add(1, std::memory_order_acq_rel);
}

void DirectoryTable::put(const directory::Tenant& tenant, std::uint64_t version) {
  const MutexLock lock(mutex_);
  put_newer(tenants_, tenant.id, tenant, version);
}

void DirectoryTable::put(const Guid& tenant, const directory::App& app, std::uint64_t version) {
  const MutexLock lock(mutex_);
  put_newer(apps_, DirectoryKey(tenant, app.id), app, version);
}

void DirectoryTable::put(const Guid& tenant, const directory::Group& group, std::uint64_t version) {
  const MutexLock lock(mutex_);
  put_newer(groups_, DirectoryKey(tenant, group.id), group, version);
}

void DirectoryTable::remove_tenant(const Guid& tenant, std::uint64_t version) {
  const MutexLock lock(mutex_);
  remove_older(tenants_, tenant, version);
  if (!tenants_.contains(tenant)) administrators_.erase(DirectoryKey(tenant, Guid{}));
}

void DirectoryTable::remove_app(const Guid& tenant, const Guid& app, std::uint64_t version) {
  const MutexLock lock(mutex_);
  remove_older(apps_, DirectoryKey(tenant, app), version);
}

void DirectoryTable::remove_group(const Guid& tenant, const Guid& group, std::uint64_t version) {
  const MutexLock lock(mutex_);
  remove_older(groups_, DirectoryKey(tenant, group), version);
}

void DirectoryTable::set_operator(const Guid& tenant, bool on, std::uint64_t version) {
  const MutexLock lock(mutex_);
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end() || version <= found->second.version) return;
  found->second.version = version;
  put_administrator(DirectoryKey(tenant, Guid{}), on);
}

void DirectoryTable::set_administrator(const Guid& tenant, const Guid& user, bool on) {
  const MutexLock lock(mutex_);
  put_administrator(DirectoryKey(tenant, user), on);
}

void DirectoryTable::put_administrator(const DirectoryKey& key, bool on) {
  const bool is_changed = on ? administrators_.insert(key).second : administrators_.erase(key) > 0;
  if (is_changed) epoch_.fetch_add(1, std::memory_order_acq_rel);
}

bool DirectoryTable::is_administrator(const Guid& tenant, const Guid& user) const {
  const MutexLock lock(mutex_);
  return administrators_.contains(DirectoryKey(tenant, user));
}

std::vector<Guid> DirectoryTable::administrators(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  std::vector<Guid> users;
  for (auto it = administrators_.upper_bound(DirectoryKey(tenant, Guid{}));
       it != administrators_.end() && it->first == tenant; ++it)
    users.push_back(it->second);
  return users;
}

std::vector<DirectoryTable::DirectoryKey> DirectoryTable::all_administrators() const {
  const MutexLock lock(mutex_);
  return {administrators_.begin(), administrators_.end()};
}

std::vector<DirectoryTable::Versioned<directory::Tenant>> DirectoryTable::all_tenants() const {
  const MutexLock lock(mutex_);
  std::vector<Versioned<directory::Tenant>> all;
  for (const auto& [id, stored] : tenants_) all.push_back(stored);
  return all;
}

template <typename T>
std::vector<std::pair<Guid, DirectoryTable::Versioned<T>>> DirectoryTable::all_of(
    const Table<T>& table) const {
  std::vector<std::pair<Guid, Versioned<T>>> all;
  for (const auto& [key, stored] : table) all.emplace_back(key.first, stored);
  return all;
}

std::vector<std::pair<Guid, DirectoryTable::Versioned<directory::App>>> DirectoryTable::all_apps() const {
  const MutexLock lock(mutex_);
  return all_of(apps_);
}

std::vector<std::pair<Guid, DirectoryTable::Versioned<directory::Group>>> DirectoryTable::all_groups() const {
  const MutexLock lock(mutex_);
  return all_of(groups_);
}

}  // namespace porchlight::state
