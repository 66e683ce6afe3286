// Tenants and applications: few, rarely changed, read by copy. Locks for itself.
#pragma once

#include <absl/container/btree_map.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "directory/directory.h"

namespace porchlight::state {

class DirectoryTable {
 public:
  template <typename T>
  struct Kept {
    T value;
    std::uint64_t version;
  };

  std::optional<Kept<directory::Tenant>> find_tenant(const Guid& tenant) const;
  std::optional<Kept<directory::App>> find_app(const Guid& tenant, const Guid& app) const;
  bool has_tenant(const Guid& tenant) const;
  // In order of id.
  std::vector<directory::Tenant> tenants() const;
  std::vector<directory::App> apps(const Guid& tenant) const;
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  // Each passes over what is not newer than what is kept.
  void put(const directory::Tenant& tenant, std::uint64_t version);
  void put(const Guid& tenant, const directory::App& app, std::uint64_t version);
  void remove_tenant(const Guid& tenant, std::uint64_t version);
  void remove_app(const Guid& tenant, const Guid& app, std::uint64_t version);

  // All there is, with versions: what a snapshot keeps.
  std::vector<Kept<directory::Tenant>> all_tenants() const;
  std::vector<std::pair<Guid, Kept<directory::App>>> all_apps() const;

 private:
  using AppKey = std::pair<Guid, Guid>;  // tenant, app
  template <typename Map, typename Key, typename Value>
  void put_newer(Map& map, const Key& key, const Value& value, std::uint64_t version);
  template <typename Map, typename Key>
  void remove_older(Map& map, const Key& key, std::uint64_t version);

  std::atomic<std::uint64_t> epoch_{1};
  mutable std::mutex mutex_;
  absl::btree_map<Guid, Kept<directory::Tenant>> tenants_;
  absl::btree_map<AppKey, Kept<directory::App>> apps_;
};

}  // namespace porchlight::state
