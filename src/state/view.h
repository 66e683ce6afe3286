// The live picture: every tenant, application, group, person and presence record, folded from the log. The
// only shared mutable state. Readers of any thread see each person whole and never wait for the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "directory/directory.h"
#include "log/event.h"
#include "presence/record.h"
#include "state/directory_table.h"
#include "state/user_key.h"

namespace porchlight::state {

// A person's record, and the version of the last event that made it.
struct VersionedRecord {
  presence::Record record;
  std::uint64_t version;
};

// Told of every batch once it shows, on the thread that applied it and outside of all locks: it must be
// short.
class ChangeListener {
 public:
  virtual void on_applied(const log::Batch& batch) = 0;

 protected:
  ~ChangeListener() = default;
};

class View {
 public:
  View();
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  // Whether the tenant has this user.
  bool contains(const UserKey& key) const;

  // Calls `look` with the person's record, under the lock of the person's shard: it must be short, and must
  // not call the view. False, without a call, where the tenant has no such person.
  template <typename Visit>
  bool read(const UserKey& key, Visit&& visit) const {
    using L = std::remove_reference_t<Visit>;
    return read_erased(
        key, [](void* f, const presence::Record& r) { (*static_cast<L*>(f))(r); },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
  }

  // Calls `look(place, record)` for each of these people of a tenant who is there, `place` being where they
  // are in `users`; in no order, and under the lock of their shard as read() does. Costs a fraction of as
  // many read(): a shard is locked for all its people together, and all wait for memory at the same time.
  template <typename Visit>
  void read_many(const Guid& tenant, std::span<const Guid> users, Visit&& visit) const {
    using L = std::remove_reference_t<Visit>;
    read_many_erased(
        tenant, users,
        [](void* f, std::size_t place, const presence::Record& r) { (*static_cast<L*>(f))(place, r); },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
  }

  // The person of that userPrincipalName, whatever the case of its letters.
  std::optional<Guid> find_user_by_upn(const Guid& tenant, std::string_view upn) const;
  std::optional<directory::User> find_user(const UserKey& key) const;
  // Up to `limit` people of the tenant in order of id, those after `after` only.
  std::vector<Guid> list_users(const Guid& tenant, const std::optional<Guid>& after, std::size_t limit) const;
  std::size_t count_users(const Guid& tenant) const;
  // Calls `look(id, upn, name)` for people of the tenant, those behind `after` only, in an order of its own
  // that stays as it is: of shards, then of id. Goes on while `look` returns true, for `limit` people at
  // most. `look` is called under the lock of a shard, and must be short and not call the view. Gives the last
  // one taken (or `after`), where there are more; nothing at the end. Costs no copies: for searches.
  template <typename Visit>
  std::optional<Guid> scan_users(const Guid& tenant, const std::optional<Guid>& after, std::size_t limit,
                                 Visit&& visit) const {
    using L = std::remove_reference_t<Visit>;
    return scan_erased(
        tenant, after, limit,
        [](void* f, const Guid& id, std::string_view upn, std::string_view name, const presence::Record&) {
          return (*static_cast<L*>(f))(id, upn, name);
        },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
  }
  // The same with `look(id, record)`.
  template <typename Visit>
  std::optional<Guid> scan_presences(const Guid& tenant, const std::optional<Guid>& after, std::size_t limit,
                                     Visit&& visit) const {
    using L = std::remove_reference_t<Visit>;
    return scan_erased(
        tenant, after, limit,
        [](void* f, const Guid& id, std::string_view, std::string_view, const presence::Record& record) {
          return (*static_cast<L*>(f))(id, record);
        },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
  }
  // Calls `look` with everybody of a shard, each as they are then: some at a time under the shard's lock, so
  // it must be short, and must not call the view.
  void each(
      std::uint32_t shard,
      const std::function<void(const UserKey&, const presence::Record&, std::uint64_t version)>& visit) const;

  bool has_tenant(const Guid& tenant) const;
  std::vector<directory::Tenant> tenants() const;
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const;
  std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const;
  std::vector<directory::App> apps(const Guid& tenant) const;
  std::optional<directory::Group> find_group(const Guid& tenant, const Guid& group) const;
  // In order of id.
  std::vector<directory::Group> groups(const Guid& tenant) const;
  // Up to `limit` of them in order of id, those after `after` only, without their members.
  std::vector<GroupName> list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                     std::size_t limit) const;
  std::size_t count_groups(const Guid& tenant) const;
  // Those of `groups` that the user is in, in the order given.
  std::vector<Guid> groups_with(const Guid& tenant, const Guid& user, const std::vector<Guid>& groups) const;
  // All that the user is in, in order of id; looks at each group of the tenant.
  std::vector<Guid> groups_of(const Guid& tenant, const Guid& user) const;
  // Changes whenever a tenant, an application or a group does: what was concluded from them may be kept while
  // it stays.
  std::uint64_t directory_epoch() const;

  // What the writer decides on. A version is 0 where there is no such subject.
  std::optional<VersionedRecord> copy(const UserKey& key) const;
  std::uint64_t tenant_version(const Guid& tenant) const;
  std::uint64_t app_version(const Guid& tenant, const Guid& app) const;
  std::uint64_t group_version(const Guid& tenant, const Guid& group) const;

  // Makes a batch true: start-up, a write of this node and later a peer's all come through here. Events that
  // the view has seen already (by version) are passed over, as is presence of people who are not there.
  // Shards may be applied side by side, but each by one thread at a time. Removing a tenant does not remove
  // its people and applications: whoever removes it removes those first.
  void apply(log::Position position, const log::Batch& batch);
  // From now on `listener` is told. Once, while nothing is being applied; it must outlive the last apply().
  void set_listener(ChangeListener& listener);
  // Up to where this shard has been applied.
  log::Position position(std::uint32_t shard) const;

 private:
  friend class SnapshotCodec;
  struct Impl;
  using Erased = void (*)(void*, const presence::Record&);
  bool read_erased(const UserKey& key, Erased visit, void* context) const;
  using ErasedPlaced = void (*)(void*, std::size_t place, const presence::Record&);
  void read_many_erased(const Guid& tenant, std::span<const Guid> users, ErasedPlaced visit,
                        void* context) const;
  using ErasedVisit = bool (*)(void*, const Guid&, std::string_view, std::string_view,
                               const presence::Record&);
  std::optional<Guid> scan_erased(const Guid& tenant, const std::optional<Guid>& after, std::size_t limit,
                                  ErasedVisit visit, void* context) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::state
