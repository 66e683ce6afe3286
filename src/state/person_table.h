// The people of one shard, packed: a slab of slots, an index by key, an order by key, and their texts in an
// arena. Nothing here locks; the shard's mutex guards all of it.
//
// The budget is 200 bytes for a person with one session. A slot is 128; the indexes hold slot numbers, not
// keys, and read the key from the slot.
#pragma once

#include <absl/container/btree_set.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "presence/record.h"
#include "state/large_pages.h"
#include "state/slot_index.h"
#include "state/tenant_table.h"
#include "state/user_key.h"

namespace porchlight::state {

// Two cache lines, and no more than two: a look-up at random pays for each.
struct alignas(64) PersonSlot {
  presence::Record record;
  Guid user;
  std::uint64_t tenant : kTenantBits = 0;
  std::uint64_t version : 64 - kTenantBits = 0;
  std::uint32_t profile = 0;  // where the texts are in the arena: the userPrincipalName, then the name
  std::uint16_t upn_bytes = 0;
  std::uint16_t name_bytes = 0;
};

static_assert(sizeof(PersonSlot) == 128);

// Texts one behind another; what is replaced is waste until the arena is rebuilt.
class TextArena {
 public:
  // Room for `bytes_max` a text at most; returns its place.
  std::uint32_t add(std::string_view first, std::string_view second);
  std::string_view at(std::uint32_t place, std::size_t bytes) const {
    return {chunks_[place / kChunk].get() + place % kChunk, bytes};
  }
  std::size_t bytes() const { return chunks_.size() * kChunk; }

 private:
  static constexpr std::uint32_t kChunk = 16 * 1024;
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::uint32_t used_ = kChunk;  // of the last chunk
};

// The slot of a removed person is given to somebody else.
class PersonTable {
 public:
  // `seed` keys the index, so that nobody can choose ids that collide. `tenants` and `pages` must outlive
  // this.
  PersonTable(const TenantTable& tenants, LargePages& pages, std::uint64_t seed);
  ~PersonTable();
  PersonTable(const PersonTable&) = delete;
  PersonTable& operator=(const PersonTable&) = delete;

  // The keyed hash by which find() and expect() know a person.
  std::uint64_t hash(const UserKey& key) const;
  std::optional<Slot> find(const UserKey& key) const { return find(key, hash(key)); }
  std::optional<Slot> find(const UserKey& key, std::uint64_t hash) const;
  // The two waits for memory that a look-up of somebody costs, begun ahead of it: for the index, and, once
  // that is near, for the person. So many look-ups wait together and not one after the other. The second
  // gives the slot that is most likely the one: is_in() tells.
  void prefetch_index(std::uint64_t hash) const { index_.prefetch(hash); }
  std::optional<Slot> prefetch_slot(std::uint64_t hash) const;
  // Whether a slot that was once given is now that person's.
  bool holds(Slot slot, const UserKey& key) const;
  PersonSlot& operator[](Slot slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const PersonSlot& operator[](Slot slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  UserKey key(Slot slot) const { return {tenants_.id((*this)[slot].tenant), (*this)[slot].user}; }
  std::string_view upn(Slot slot) const;
  std::string_view name(Slot slot) const;
  std::size_t size() const { return index_.size(); }

  // Adds somebody who is not there, without texts, at version 0.
  Slot add(std::uint32_t tenant, const Guid& user);
  // The same for the person after everybody so far, which is quicker: how a snapshot comes back.
  Slot append(std::uint32_t tenant, const Guid& user);
  void remove(Slot slot);
  void set_profile(Slot slot, std::string_view upn, std::string_view name);
  // Makes room for that many people at once.
  void reserve(std::size_t people);

  // Calls `take(slot)` for people in order of key from the first behind `after` on, while it returns true.
  template <typename Visit>
  void scan_after(const UserKey& after, Visit&& visit) const {
    for (auto it = order_.upper_bound(after); it != order_.end() && visit(*it); ++it) {
    }
  }
  // The same from the first at or behind `from` on.
  template <typename Visit>
  void scan_from(const UserKey& from, Visit&& visit) const {
    for (auto it = order_.lower_bound(from); it != order_.end() && visit(*it); ++it) {
    }
  }

 private:
  struct Less {
    using is_transparent = void;
    const PersonTable* people;
    bool operator()(Slot a, Slot b) const { return people->key(a) < people->key(b); }
    bool operator()(Slot slot, const UserKey& key) const { return people->key(slot) < key; }
    bool operator()(const UserKey& key, Slot slot) const { return key < people->key(slot); }
  };

  std::uint64_t hash_of(Slot slot) const { return hash(key(slot)); }
  Slot allocate_slot(std::uint32_t tenant, const Guid& user);
  void drop_texts(Slot slot);
  void rebuild_arena();

  static constexpr std::uint32_t kChunk = 128;
  const TenantTable& tenants_;
  const std::uint64_t seed_;
  LargePages& pages_;
  std::vector<PersonSlot*> chunks_;  // of kChunk people each, all of them constructed; in pages_
  std::vector<Slot> free_;
  Slot used_ = 0;  // slots ever taken
  TextArena arena_;
  std::size_t text_bytes_ = 0;  // of the arena, still meant
  SlotIndex index_;
  absl::btree_set<Slot, Less> order_;
};

}  // namespace porchlight::state
