#include "state/directory_table.h"

#include <algorithm>

namespace porchlight::state {

namespace {

template <typename Map, typename Key>
auto find_in(const Map& map, const Key& key) -> std::optional<typename Map::mapped_type> {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<DirectoryTable::Versioned<directory::Tenant>> DirectoryTable::find_tenant(
    const Guid& tenant) const {
  const std::scoped_lock lock(mutex_);
  return find_in(tenants_, tenant);
}

std::optional<DirectoryTable::Versioned<directory::App>> DirectoryTable::find_app(const Guid& tenant,
                                                                                  const Guid& app) const {
  const std::scoped_lock lock(mutex_);
  return find_in(apps_, DirectoryKey(tenant, app));
}

bool DirectoryTable::has_tenant(const Guid& tenant) const {
  const std::scoped_lock lock(mutex_);
  return tenants_.contains(tenant);
}

std::vector<directory::Tenant> DirectoryTable::tenants() const {
  const std::scoped_lock lock(mutex_);
  std::vector<directory::Tenant> all;
  all.reserve(tenants_.size());
  for (const auto& [id, kept] : tenants_) all.push_back(kept.value);
  return all;
}

template <typename T>
std::vector<T> DirectoryTable::of_tenant(const Table<T>& table, const Guid& tenant) const {
  const std::scoped_lock lock(mutex_);
  std::vector<T> found;
  for (auto it = table.lower_bound(DirectoryKey(tenant, Guid{}));
       it != table.end() && it->first.first == tenant; ++it)
    found.push_back(it->second.value);
  return found;
}

std::vector<directory::App> DirectoryTable::apps(const Guid& tenant) const {
  return of_tenant(apps_, tenant);
}

std::optional<DirectoryTable::Versioned<directory::Group>> DirectoryTable::find_group(
    const Guid& tenant, const Guid& group) const {
  const std::scoped_lock lock(mutex_);
  return find_in(groups_, DirectoryKey(tenant, group));
}

std::vector<directory::Group> DirectoryTable::groups(const Guid& tenant) const {
  return of_tenant(groups_, tenant);
}

std::vector<GroupName> DirectoryTable::list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                                   std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  std::vector<GroupName> found;
  auto it = after ? groups_.upper_bound(DirectoryKey(tenant, *after))
                  : groups_.lower_bound(DirectoryKey(tenant, Guid{}));
  for (; it != groups_.end() && it->first.first == tenant && found.size() < limit; ++it)
    found.push_back({it->first.second, it->second.value.name});
  return found;
}

std::size_t DirectoryTable::count_groups(const Guid& tenant) const {
  const std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (auto it = groups_.lower_bound(DirectoryKey(tenant, Guid{}));
       it != groups_.end() && it->first.first == tenant; ++it)
    ++count;
  return count;
}

std::vector<Guid> DirectoryTable::groups_with(const Guid& tenant, const Guid& user,
                                              const std::vector<Guid>& groups) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Guid> found;
  for (const Guid& group : groups) {
    const auto kept = groups_.find(DirectoryKey(tenant, group));
    if (kept == groups_.end()) continue;
    const std::vector<Guid>& members = kept->second.value.members;
    if (std::binary_search(members.begin(), members.end(), user)) found.push_back(group);
  }
  return found;
}

std::vector<Guid> DirectoryTable::groups_of(const Guid& tenant, const Guid& user) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Guid> found;
  for (auto it = groups_.lower_bound(DirectoryKey(tenant, Guid{}));
       it != groups_.end() && it->first.first == tenant; ++it) {
    const std::vector<Guid>& members = it->second.value.members;
    if (std::binary_search(members.begin(), members.end(), user)) found.push_back(it->first.second);
  }
  return found;
}

template <typename Map, typename MapKey, typename Value>
void DirectoryTable::put_newer(Map& map, const MapKey& key, const Value& value, std::uint64_t version) {
  const std::scoped_lock lock(mutex_);
  const auto found = map.find(key);
  if (found != map.end() && version <= found->second.version) return;
  map[key] = {value, version};
  epoch_.fetch_add(1, std::memory_order_acq_rel);
}

template <typename Map, typename MapKey>
void DirectoryTable::remove_older(Map& map, const MapKey& key, std::uint64_t version) {
  const std::scoped_lock lock(mutex_);
  const auto found = map.find(key);
  if (found == map.end() || version <= found->second.version) return;
  map.erase(found);
  epoch_.fetch_add(1, std::memory_order_acq_rel);
}

void DirectoryTable::put(const directory::Tenant& tenant, std::uint64_t version) {
  put_newer(tenants_, tenant.id, tenant, version);
}

void DirectoryTable::put(const Guid& tenant, const directory::App& app, std::uint64_t version) {
  put_newer(apps_, DirectoryKey(tenant, app.id), app, version);
}

void DirectoryTable::put(const Guid& tenant, const directory::Group& group, std::uint64_t version) {
  put_newer(groups_, DirectoryKey(tenant, group.id), group, version);
}

void DirectoryTable::remove_tenant(const Guid& tenant, std::uint64_t version) {
  remove_older(tenants_, tenant, version);
}

void DirectoryTable::remove_app(const Guid& tenant, const Guid& app, std::uint64_t version) {
  remove_older(apps_, DirectoryKey(tenant, app), version);
}

void DirectoryTable::remove_group(const Guid& tenant, const Guid& group, std::uint64_t version) {
  remove_older(groups_, DirectoryKey(tenant, group), version);
}

std::vector<DirectoryTable::Versioned<directory::Tenant>> DirectoryTable::all_tenants() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Versioned<directory::Tenant>> all;
  for (const auto& [id, kept] : tenants_) all.push_back(kept);
  return all;
}

template <typename T>
std::vector<std::pair<Guid, DirectoryTable::Versioned<T>>> DirectoryTable::all_of(
    const Table<T>& table) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<Guid, Versioned<T>>> all;
  for (const auto& [key, kept] : table) all.emplace_back(key.first, kept);
  return all;
}

std::vector<std::pair<Guid, DirectoryTable::Versioned<directory::App>>> DirectoryTable::all_apps() const {
  return all_of(apps_);
}

std::vector<std::pair<Guid, DirectoryTable::Versioned<directory::Group>>> DirectoryTable::all_groups() const {
  return all_of(groups_);
}

}  // namespace porchlight::state
