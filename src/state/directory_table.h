// Tenants, applications, groups and administrators. They are few and change rarely, so one mutex guards all and reads
// return copies.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "directory/directory.h"

namespace porchlight::state {

// A group without its members.
struct GroupName {
  Guid id;
  std::string name;
  friend bool operator==(const GroupName&, const GroupName&) = default;
};

// May be used from any thread.
class DirectoryTable {
 public:
  // A value and the version of the event that put it.
  template <typename T>
  struct Versioned {
    T value;
    std::uint64_t version;
  };

  // nullopt if the tenant has no such object.
  std::optional<Versioned<directory::Tenant>> find_tenant(const Guid& tenant) const;
  std::optional<Versioned<directory::App>> find_app(const Guid& tenant, const Guid& app) const;
  // Those of an unknown application are false. Copies two flags only, for setPresence reads them each time.
  directory::SessionFlags session_flags(const Guid& tenant, const Guid& app) const;
  std::optional<Versioned<directory::Group>> find_group(const Guid& tenant, const Guid& group) const;
  bool has_tenant(const Guid& tenant) const;
  // All of them in order of id; empty for an unknown tenant.
  std::vector<directory::Tenant> tenants() const;
  std::vector<Guid> tenant_ids() const;
  // The first tenant, in order of id, that has the name in any letter case. Costs a step for each tenant.
  std::optional<Guid> find_tenant_named(std::string_view name) const;
  std::vector<directory::App> apps(const Guid& tenant) const;
  std::vector<directory::Group> groups(const Guid& tenant) const;
  // The first `limit` groups after the id `after`, in order of id.
  std::vector<GroupName> list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                     std::size_t limit) const;
  // Costs a step for each group of the tenant.
  std::size_t count_groups(const Guid& tenant) const;
  // The groups among `groups` that contain the user, in the order given.
  std::vector<Guid> groups_with(const Guid& tenant, const Guid& user, const std::vector<Guid>& groups) const;
  // All groups that contain the user, in order of id. Costs a binary search in each group of the tenant.
  std::vector<Guid> groups_of(const Guid& tenant, const Guid& user) const;
  // Grows with each change of any of them.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  // Grows with each removal of any of them.
  std::uint64_t removals_epoch() const { return removals_epoch_.load(std::memory_order_acquire); }
  bool has_app(const Guid& tenant, const Guid& app) const;
  // Whether set_administrator(), or for the nil GUID set_operator(), has set it last.
  bool is_administrator(const Guid& tenant, const Guid& user) const;
  // The users of the tenant that is_administrator() is true of, in order of id.
  std::vector<Guid> administrators(const Guid& tenant) const;

  // Each does nothing if `version` is not greater than that of the stored object. A removal of an unknown object does
  // nothing; after a removal any version is accepted (docs/log_format.md, "Folding events").
  void put(const directory::Tenant& tenant, std::uint64_t version);
  void put(const Guid& tenant, const directory::App& app, std::uint64_t version);
  void put(const Guid& tenant, const directory::Group& group, std::uint64_t version);
  void remove_tenant(const Guid& tenant, std::uint64_t version);
  void remove_app(const Guid& tenant, const Guid& app, std::uint64_t version);
  void remove_group(const Guid& tenant, const Guid& group, std::uint64_t version);
  // Whether the tenant is the operator's. Does nothing if there is no such tenant, or `version` is not greater than
  // its own.
  void set_operator(const Guid& tenant, bool on, std::uint64_t version);
  // Whether the user administers the tenant; the nil GUID is the tenant itself. The caller has checked the version.
  void set_administrator(const Guid& tenant, const Guid& user, bool on);

  // The whole table with its versions, in order of key: the content of a snapshot. With the tenant of each object.
  std::vector<Versioned<directory::Tenant>> all_tenants() const;
  std::vector<std::pair<Guid, Versioned<directory::App>>> all_apps() const;
  std::vector<std::pair<Guid, Versioned<directory::Group>>> all_groups() const;
  using DirectoryKey = std::pair<Guid, Guid>;  // tenant, object
  std::vector<DirectoryKey> all_administrators() const;

 private:
  template <typename T>
  using Table = absl::btree_map<DirectoryKey, Versioned<T>>;
  template <typename T>
  std::vector<T> of_tenant(const Table<T>& table, const Guid& tenant) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename T>
  std::vector<std::pair<Guid, Versioned<T>>> all_of(const Table<T>& table) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename Map, typename MapKey, typename Value>
  void put_newer(Map& map, const MapKey& key, const Value& value, std::uint64_t version)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename Map, typename MapKey>
  void remove_older(Map& map, const MapKey& key, std::uint64_t version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void put_administrator(const DirectoryKey& key, bool on) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::uint64_t> removals_epoch_{1};
  mutable Mutex mutex_;
  absl::btree_map<Guid, Versioned<directory::Tenant>> tenants_ ABSL_GUARDED_BY(mutex_);
  Table<directory::App> apps_ ABSL_GUARDED_BY(mutex_);
  Table<directory::Group> groups_ ABSL_GUARDED_BY(mutex_);
  absl::btree_set<DirectoryKey> administrators_ ABSL_GUARDED_BY(mutex_);  // nil object: the operator's tenant
};

}  // namespace porchlight::state
