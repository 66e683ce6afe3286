// The implementation of View: shards of users, the index of names over all shards, tenants, and the directory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/mutex.h"
#include "log/event.h"
#include "log/person_fold.h"
#include "state/directory_table.h"
#include "state/person_table.h"
#include "state/tenant_table.h"
#include "state/upn_index.h"
#include "state/view.h"

namespace porchlight::state {

// Users visited per lock of a shard by a scan: about 0.1 ms.
inline constexpr std::size_t kPeoplePerLock = 512;

struct View::Impl final : UpnSource {
  struct ViewShard {
    ViewShard(const TenantTable& tenants, LargePages& pages, std::uint64_t seed)
        : people(tenants, pages, seed) {}
    // The effect of the event on the user in `slot`, or on a user who does not exist.
    log::PersonEffect effect_of(const log::Event& event, std::optional<Slot> slot) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
      return log::person_effect(slot.has_value(), slot ? people[*slot].version : 0, event);
    }

    void prefetch(std::span<const log::Event> events) const;

    // The users without a check of the mutex: for visitors, which are lambdas, and the analysis does not see in a
    // lambda that its caller holds the mutex. Use the reference under the mutex only.
    const PersonTable& people_unchecked() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return people; }

    mutable Mutex mutex;
    PersonTable people ABSL_GUARDED_BY(mutex);
    std::uint64_t seq ABSL_GUARDED_BY(mutex) = 0;     // of the last batch applied
    std::size_t sessions ABSL_GUARDED_BY(mutex) = 0;  // in the records of the users
  };

  Impl();
  ViewShard& shard_with(const UserKey& key) const { return *shards[shard_of(key.tenant, key.user)]; }

  // UpnSource:
  std::uint64_t upn_hash(UpnRef ref) const override;
  bool has_upn(UpnRef ref, const Guid& tenant, std::string_view upn) const override;

  // One thread at a time for each shard.
  void apply(const log::Event& event);
  // Adds a user from a snapshot, apart from the index of names, for which it returns the entry. The users of a shard
  // must be added in order of key, into an empty view.
  UpnIndex::HashedRef restore(std::uint32_t shard, std::uint32_t tenant, const Guid& user,
                              std::string_view upn, std::string_view name, VersionedRecord&& stored);

  TenantTable tenants;
  LargePages pages;
  std::array<std::unique_ptr<ViewShard>, kShards> shards;
  UpnIndex upns;
  DirectoryTable directory;
  std::atomic<std::uint64_t> user_removals = 0;  // of users, and of their names
  std::vector<ChangeListener*> listeners;        // complete before the first apply()

 private:
  Impl(std::uint64_t people_seed, std::uint64_t upn_seed);
  // Applies an event that changes nothing but the record and the version of an existing user.
  void update_user(const log::Event& event);
  void put_user(const log::Event& event, const directory::UserPut& put);
  void remove_user(const log::Event& event);
  void set_administrator(const log::Event& event, bool on);
  void change_directory(const log::Event& event, const directory::EntityChange& change);
};

}  // namespace porchlight::state
