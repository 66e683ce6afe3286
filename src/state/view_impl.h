// The inside of the View: shards of people, the index of names over all of them, tenants and applications.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "log/event.h"
#include "log/person_fold.h"
#include "state/directory_table.h"
#include "state/person_table.h"
#include "state/tenant_table.h"
#include "state/upn_index.h"
#include "state/view.h"

namespace porchlight::state {

// People looked at per hold of a shard's lock by whoever goes through many: about a tenth of a millisecond.
inline constexpr std::size_t kPeoplePerLock = 512;

struct View::Impl final : UpnSource {
  struct ViewShard {
    ViewShard(const TenantTable& tenants, LargePages& pages, std::uint64_t seed)
        : people(tenants, pages, seed) {}
    // What the event does to the user in `slot`, or to one who does not exist. The caller holds the mutex.
    log::PersonEffect effect_of(const log::Event& event, std::optional<Slot> slot) const {
      return log::person_effect(slot.has_value(), slot ? people[*slot].version : 0, event);
    }

    mutable std::mutex mutex;
    PersonTable people;     // guarded by mutex
    std::uint64_t seq = 0;  // guarded by mutex
  };

  Impl();
  std::uint64_t upn_hash(UpnRef ref) const override;
  bool has_upn(UpnRef ref, const Guid& tenant, std::string_view upn) const override;

  void apply(const log::Event& event);
  // Puts a person back as a snapshot kept them: the shard's people in order of key, into an empty view.
  void restore(std::uint32_t shard, std::uint32_t tenant, const Guid& user, std::string_view upn,
               std::string_view name, VersionedRecord&& kept);

  TenantTable tenants;
  LargePages pages;
  std::array<std::unique_ptr<ViewShard>, kShards> shards;
  UpnIndex upns;
  DirectoryTable directory;
  ChangeListener* listener = nullptr;

 private:
  Impl(std::uint64_t people_seed, std::uint64_t upn_seed);
  // Applies an event that changes nothing but the record and the version of an existing user.
  void update_user(const log::Event& event);
  void put_user(const log::Event& event, const directory::UserPut& put);
  void remove_user(const log::Event& event);
  void change_directory(const log::Event& event, const directory::EntityChange& change);
};

}  // namespace porchlight::state
