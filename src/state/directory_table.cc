#include "state/directory_table.h"

namespace porchlight::state {

namespace {

template <typename Map, typename Key>
auto find_in(const Map& map, const Key& key) -> std::optional<typename Map::mapped_type> {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<DirectoryTable::Kept<directory::Tenant>> DirectoryTable::find_tenant(const Guid& tenant) const {
  const std::scoped_lock lock(mutex_);
  return find_in(tenants_, tenant);
}

std::optional<DirectoryTable::Kept<directory::App>> DirectoryTable::find_app(const Guid& tenant,
                                                                             const Guid& app) const {
  const std::scoped_lock lock(mutex_);
  return find_in(apps_, AppKey(tenant, app));
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

std::vector<directory::App> DirectoryTable::apps(const Guid& tenant) const {
  const std::scoped_lock lock(mutex_);
  std::vector<directory::App> found;
  for (auto it = apps_.lower_bound(AppKey(tenant, Guid{})); it != apps_.end() && it->first.first == tenant;
       ++it) {
    found.push_back(it->second.value);
  }
  return found;
}

template <typename Map, typename Key, typename Value>
void DirectoryTable::put_newer(Map& map, const Key& key, const Value& value, std::uint64_t version) {
  const std::scoped_lock lock(mutex_);
  const auto found = map.find(key);
  if (found != map.end() && version <= found->second.version) return;
  map[key] = {value, version};
  epoch_.fetch_add(1, std::memory_order_acq_rel);
}

template <typename Map, typename Key>
void DirectoryTable::remove_older(Map& map, const Key& key, std::uint64_t version) {
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
  put_newer(apps_, AppKey(tenant, app.id), app, version);
}

void DirectoryTable::remove_tenant(const Guid& tenant, std::uint64_t version) {
  remove_older(tenants_, tenant, version);
}

void DirectoryTable::remove_app(const Guid& tenant, const Guid& app, std::uint64_t version) {
  remove_older(apps_, AppKey(tenant, app), version);
}

std::vector<DirectoryTable::Kept<directory::Tenant>> DirectoryTable::all_tenants() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Kept<directory::Tenant>> all;
  for (const auto& [id, kept] : tenants_) all.push_back(kept);
  return all;
}

std::vector<std::pair<Guid, DirectoryTable::Kept<directory::App>>> DirectoryTable::all_apps() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<Guid, Kept<directory::App>>> all;
  for (const auto& [key, kept] : apps_) all.emplace_back(key.first, kept);
  return all;
}

}  // namespace porchlight::state
