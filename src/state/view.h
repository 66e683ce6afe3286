// The live state: all tenants, applications, groups, users and presence records, folded from the log. It is the only
// mutable state that threads share. Readers on any thread see each user before or after an event, never in between, and
// never wait for the disk.
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
#include "state/hold.h"
#include "state/user_key.h"
#include "state/user_order.h"

namespace porchlight::state {

// A user's record and the version of the last event applied to the user.
struct VersionedRecord {
  presence::Record record;
  std::uint64_t version;
};

// Called for each batch on the thread that applies it. No lock is held. It must return quickly, because it delays the
// next batch of the shard.
class ChangeListener {
 public:
  // The batch is durable, and the view has the state before it.
  virtual void on_applying(log::Position, const log::Batch&) {}
  // The batch is applied: readers see it.
  virtual void on_applied(const log::Batch&) {}

 protected:
  ~ChangeListener() = default;
};

// Reads may be called on any thread; visitors that are called under a lock say so.
class View {
 public:
  View();
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  // Whether the tenant has this user.
  bool contains(const UserKey& key) const;

  // Calls `visit(record)` under the lock of the user's shard: it must be short and must not call the view. Returns
  // false, without a call, if the tenant has no such user.
  template <typename Visit>
  bool read(const UserKey& key, Visit&& visit) const {
    using L = std::remove_reference_t<Visit>;
    return read_erased(
        key, [](void* f, const presence::Record& r) { (*static_cast<L*>(f))(r); },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
  }

  // Calls `visit(place, record)` for each of these users of a tenant who exists; `place` is the index in `users`. In
  // no particular order, under the lock of the user's shard as read() does. Much cheaper than as many calls of
  // read(): a shard is locked once for its users, and their waits for memory overlap (read_many.cc).
  template <typename Visit>
  void read_many(const Guid& tenant, std::span<const Guid> users, Visit&& visit) const {
    using L = std::remove_reference_t<Visit>;
    read_many_erased(
        tenant, users,
        [](void* f, std::size_t place, const presence::Record& r) { (*static_cast<L*>(f))(place, r); },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
  }

  // By which span the user with this record is held at `now` (hold.h); nullopt if the user is not. May be called by a
  // visitor.
  std::optional<HeldSpan> held(const UserKey& key, const presence::Record& record, Time now) const {
    if (!hold_.is_engaged()) [[likely]]
      return std::nullopt;
    return hold_.held(shard_of(key.tenant, key.user), record.sequence_base_at, now);
  }
  // The time as of which readers see the user with this record at `now`: `now`, or that of a hold.
  Time seen_at(const UserKey& key, const presence::Record& record, Time now) const {
    const std::optional<HeldSpan> span = held(key, record, now);
    return span ? span->from : now;
  }
  LogHold& hold() { return hold_; }
  const LogHold& hold() const { return hold_; }

  // The user with this userPrincipalName, in any case of letters; nullopt if not found.
  std::optional<Guid> find_user_by_upn(const Guid& tenant, std::string_view upn) const;
  // The profile of a user; nullopt if not found.
  std::optional<directory::User> find_user(const UserKey& key) const;
  // The first `limit` users of the tenant after the id `after`, in order of id.
  std::vector<Guid> list_users(const Guid& tenant, const std::optional<Guid>& after, std::size_t limit) const;
  // Calls `visit` for the users of the tenant in an order, from the first behind `after` on (nullopt: from the first),
  // until it returns false. No lock is held. The first call for a text builds the order, which takes up to half a
  // second for a million users and locks one shard at a time. Not a consistent cut: a user who is renamed
  // meanwhile may be visited twice, or not at all.
  void scan_users_by(const Guid& tenant, UserOrder order, const std::optional<UserPlace>& after,
                     const std::function<bool(const directory::User&)>& visit) const;
  // Costs a look-up, whatever the number.
  std::size_t count_users(const Guid& tenant) const;
  // The sessions in all records. One that has expired is in its record until the user's next event. Costs a look at
  // each shard.
  std::size_t count_sessions() const;
  // Calls `visit(id, upn, name)` for users of the tenant after `after`, in a fixed order: by shard, then by id. Stops
  // when `visit` returns false (that user does not count as visited) or after `limit` users. Returns the last user
  // visited (or `after`) if there may be more, nullopt at the end. `visit` is called under the lock of a shard: it
  // must be short and must not call the view. For searches: nothing is copied.
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
  // The same with `visit(id, record)`.
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
  // Calls `visit` with all users of a shard in order of key, kPeoplePerLock at a time under the shard's lock: it must
  // be short and must not call the view. Not a consistent cut: the shard may change between two groups.
  void each(
      std::uint32_t shard,
      const std::function<void(const UserKey&, const presence::Record&, std::uint64_t version)>& visit) const;

  // The directory (directory_table.h): by copy, in order of id, nullopt or empty if there is no such object.
  bool has_tenant(const Guid& tenant) const;
  bool has_app(const Guid& tenant, const Guid& app) const;
  std::vector<directory::Tenant> tenants() const;
  std::vector<Guid> tenant_ids() const;
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const;
  std::optional<Guid> find_tenant_named(std::string_view name) const;
  std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const;
  // Those of an unknown application are false.
  directory::SessionFlags session_flags(const Guid& tenant, const Guid& app) const;
  std::vector<directory::App> apps(const Guid& tenant) const;
  std::optional<directory::Group> find_group(const Guid& tenant, const Guid& group) const;
  std::vector<directory::Group> groups(const Guid& tenant) const;
  // The first `limit` groups after the id `after`, in order of id, without their members.
  std::vector<GroupName> list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                     std::size_t limit) const;
  std::size_t count_groups(const Guid& tenant) const;
  // The groups among `groups` that contain the user, in the order given.
  std::vector<Guid> groups_with(const Guid& tenant, const Guid& user, const std::vector<Guid>& groups) const;
  // Whether the user, who exists, administers the tenant of the user.
  bool is_administrator(const Guid& tenant, const Guid& user) const;
  // Whether the tenant is the operator's: its administrators administer all tenants.
  bool is_operator(const Guid& tenant) const;
  // The users who administer their tenant, in order of id.
  std::vector<Guid> administrators(const Guid& tenant) const;
  // All groups that contain the user, in order of id. Costs a binary search in each group of the tenant.
  std::vector<Guid> groups_of(const Guid& tenant, const Guid& user) const;
  // Changes with each change of a tenant, an application or a group. Conclusions from them may be cached while it is
  // the same.
  std::uint64_t directory_epoch() const;
  // Changes when a tenant, an application, a group or a user was removed, or a user no longer has a name. What was
  // found to exist exists while it is the same.
  std::uint64_t removals_epoch() const;

  // The state on which the writer decides. nullopt or version 0 if the subject does not exist.
  std::optional<VersionedRecord> copy(const UserKey& key) const;
  std::uint64_t tenant_version(const Guid& tenant) const;
  std::uint64_t app_version(const Guid& tenant, const Guid& app) const;
  std::uint64_t group_version(const Guid& tenant, const Guid& group) const;

  // Applies the batch at a position: of a replay, of a write of this server, or of another writer of the log. Events
  // are folded by log/person_fold.h and directory_table.h, so a repeated batch changes nothing. Different shards may
  // be applied in parallel, but each by one thread at a time. The removal of a tenant does not remove its users,
  // applications and groups: the caller removes those first.
  void apply(log::Position position, const log::Batch& batch);
  // Adds a listener, while no batch is being applied. Listeners are called in the order of their addition, and must
  // outlive the last apply().
  void add_listener(ChangeListener& listener);
  // The position up to which a shard is applied; seq 0 if nothing is.
  log::Position position(std::uint32_t shard) const;

 private:
  friend class SnapshotCodec;
  struct Impl;
  // The visitors above without their type, so that the loops are compiled once.
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
  LogHold hold_;
};

}  // namespace porchlight::state
