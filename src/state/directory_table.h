// Tenants, applications and groups: few, rarely changed, read by copy. Locks for itself.
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

struct GroupName {
  Guid id;
  std::string name;
  friend bool operator==(const GroupName&, const GroupName&) = default;
};

class DirectoryTable {
 public:
  template <typename T>
  struct Versioned {
    T value;
    std::uint64_t version;
  };

  std::optional<Versioned<directory::Tenant>> find_tenant(const Guid& tenant) const;
  std::optional<Versioned<directory::App>> find_app(const Guid& tenant, const Guid& app) const;
  std::optional<Versioned<directory::Group>> find_group(const Guid& tenant, const Guid& group) const;
  bool has_tenant(const Guid& tenant) const;
  // In order of id.
  std::vector<directory::Tenant> tenants() const;
  std::vector<directory::App> apps(const Guid& tenant) const;
  std::vector<directory::Group> groups(const Guid& tenant) const;
  // Up to `limit`, those after `after` only.
  std::vector<GroupName> list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                     std::size_t limit) const;
  std::size_t count_groups(const Guid& tenant) const;
  // Those of `groups` that the user is in, in the order given.
  std::vector<Guid> groups_with(const Guid& tenant, const Guid& user, const std::vector<Guid>& groups) const;
  // All that the user is in, in order of id; looks at each group of the tenant.
  std::vector<Guid> groups_of(const Guid& tenant, const Guid& user) const;
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  // Each passes over what is not newer than what is kept.
  void put(const directory::Tenant& tenant, std::uint64_t version);
  void put(const Guid& tenant, const directory::App& app, std::uint64_t version);
  void put(const Guid& tenant, const directory::Group& group, std::uint64_t version);
  void remove_tenant(const Guid& tenant, std::uint64_t version);
  void remove_app(const Guid& tenant, const Guid& app, std::uint64_t version);
  void remove_group(const Guid& tenant, const Guid& group, std::uint64_t version);

  // All there is, with versions: what a snapshot keeps.
  std::vector<Versioned<directory::Tenant>> all_tenants() const;
  std::vector<std::pair<Guid, Versioned<directory::App>>> all_apps() const;
  std::vector<std::pair<Guid, Versioned<directory::Group>>> all_groups() const;

 private:
  using DirectoryKey = std::pair<Guid, Guid>;  // the tenant, and whose it is
  template <typename T>
  using Table = absl::btree_map<DirectoryKey, Versioned<T>>;
  template <typename T>
  std::vector<T> of_tenant(const Table<T>& table, const Guid& tenant) const;
  template <typename T>
  std::vector<std::pair<Guid, Versioned<T>>> all_of(const Table<T>& table) const;
  template <typename Map, typename MapKey, typename Value>
  void put_newer(Map& map, const MapKey& key, const Value& value, std::uint64_t version);
  template <typename Map, typename MapKey>
  void remove_older(Map& map, const MapKey& key, std::uint64_t version);

  std::atomic<std::uint64_t> epoch_{1};
  mutable std::mutex mutex_;
  absl::btree_map<Guid, Versioned<directory::Tenant>> tenants_;
  Table<directory::App> apps_;
  Table<directory::Group> groups_;
};

}  // namespace porchlight::state
