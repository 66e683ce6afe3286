// The users of one shard in compact form: a slab of slots, a hash index by key, an ordered set by key, and an arena
// with their texts. Not synchronised: the shard's mutex guards it.
//
// The budget is 200 bytes for a user with one session (docs/decisions/0003-speed.md). A slot is 128 bytes; the indexes
// hold slot numbers and read the keys from the slots. The orders by text are beyond the budget: each takes about 5
// bytes for a user, and is built when it is first used.
#pragma once

#include <absl/container/btree_set.h>

#include <array>
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
#include "state/user_order.h"

namespace porchlight::state {

// One user. Exactly two cache lines: a random look-up waits for each.
struct alignas(64) PersonSlot {
  presence::Record record;
  Guid user;
  std::uint64_t tenant : kTenantBits = 0;        // number in the tenant table
  std::uint64_t version : 64 - kTenantBits = 0;  // of the last event applied; at most log::kVersionMax
  std::uint32_t profile = 0;  // place of the texts in the arena: userPrincipalName, then name
  std::uint16_t upn_bytes = 0;
  std::uint16_t name_bytes = 0;
};

static_assert(sizeof(PersonSlot) == 128);

// Texts, appended one after another. The space of replaced texts is lost until the arena is rebuilt.
class TextArena {
 public:
  // Stores both texts in one piece, of kChunk bytes at most together, and returns its place.
  std::uint32_t add(std::string_view first, std::string_view second);
  // The bytes at a place; valid until the arena is destroyed or replaced.
  std::string_view at(std::uint32_t place, std::size_t bytes) const {
    return {chunks_[place / kChunk].get() + place % kChunk, bytes};
  }
  // Memory allocated for texts.
  std::size_t bytes() const { return chunks_.size() * kChunk; }

 private:
  static constexpr std::uint32_t kChunk = 16 * 1024;
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::uint32_t used_ = kChunk;  // bytes of the last chunk
};

// The slot of a removed user is reused for another user.
class PersonTable {
 public:
  // `seed` keys the hash of the index, so that ids can't be chosen to collide. `tenants` and `pages` must outlive the
  // table.
  PersonTable(const TenantTable& tenants, LargePages& pages, std::uint64_t seed);
  ~PersonTable();
  PersonTable(const PersonTable&) = delete;
  PersonTable& operator=(const PersonTable&) = delete;

  // The keyed hash that find() and the prefetches use.
  std::uint64_t hash(const UserKey& key) const;
  std::optional<Slot> find(const UserKey& key) const { return find(key, hash(key)); }
  std::optional<Slot> find(const UserKey& key, std::uint64_t hash) const;
  // A look-up waits for memory twice. These start both loads early, so that many look-ups wait together: first of the
  // index, then, once that is in the cache, of the slot. prefetch_slot() returns the slot that is most probably the
  // user's; check it with holds().
  void prefetch_index(std::uint64_t hash) const { index_.prefetch(hash); }
  std::optional<Slot> prefetch_slot(std::uint64_t hash) const;
  // Whether a slot, in use or free, holds this user.
  bool holds(Slot slot, const UserKey& key) const;
  PersonSlot& operator[](Slot slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const PersonSlot& operator[](Slot slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  UserKey key(Slot slot) const { return {tenants_.id((*this)[slot].tenant), (*this)[slot].user}; }
  // Valid until the table changes.
  std::string_view upn(Slot slot) const;
  std::string_view name(Slot slot) const;
  std::string_view text(Slot slot, UserText which) const {
    return which == UserText::kName ? name(slot) : upn(slot);
  }
  std::size_t size() const { return index_.size(); }

  // Adds a user who is not in the table, with empty texts and version 0. Throws std::length_error after kSlotsMax
  // users.
  Slot add(std::uint32_t tenant, const Guid& user);
  // The same for a user whose key is greater than all in the table; faster. Used to load a snapshot.
  Slot append(std::uint32_t tenant, const Guid& user);
  // Frees the slot of a user.
  void remove(Slot slot);
  // Replaces both texts of a user.
  void set_profile(Slot slot, std::string_view upn, std::string_view name);
  // Allocates space for this number of users. The table must be empty.
  void reserve(std::size_t people);

  // Calls `visit(slot)` for users in order of key, from the first greater than `after` on, while it returns true.
  template <typename Visit>
  void scan_after(const UserKey& after, Visit&& visit) const {
    for (auto it = order_.upper_bound(after); it != order_.end() && visit(*it); ++it) {
    }
  }
  // The same from the first not less than `from` on.
  template <typename Visit>
  void scan_from(const UserKey& from, Visit&& visit) const {
    for (auto it = order_.lower_bound(from); it != order_.end() && visit(*it); ++it) {
    }
  }

  // Builds the order by this text, unless that has been done before. From then on each change of a text updates it.
  // Takes up to half a microsecond for each user.
  void build_order(UserText by);
  // Calls `visit(slot)` for users of a tenant (its number) in this order, from the first behind `after` on (nullopt:
  // from the first), while it returns true. build_order() must have been called.
  template <typename Visit>
  void scan_by(std::uint32_t tenant, UserOrder order, const std::optional<UserPlace>& after,
               Visit&& visit) const {
    const TextOrder& all = *text_orders_[static_cast<std::size_t>(order.by)];
    const TextKey first{tenant, {}, {}};
    const auto is_more = [&](auto it) {
      return it != all.end() && (*this)[*it].tenant == tenant && visit(*it);
    };
    if (!order.descending) {
      auto it = after ? all.upper_bound(TextKey{tenant, after->text, after->id}) : all.lower_bound(first);
      while (is_more(it)) ++it;
      return;
    }
    auto it = all.lower_bound(after ? TextKey{tenant, after->text, after->id} : TextKey{tenant + 1, {}, {}});
    while (it != all.begin() && is_more(--it)) {
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

  // What an order by a text compares. Tenants are in the order of their numbers.
  struct TextKey {
    std::uint64_t tenant;
    std::string_view text;
    Guid user;
  };
  struct TextLess {
    using is_transparent = void;
    const PersonTable* people;
    UserText by;
    TextKey key(Slot slot) const {
      return {(*people)[slot].tenant, people->text(slot, by), (*people)[slot].user};
    }
    const TextKey& key(const TextKey& key) const { return key; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return is_less(key(a), key(b));
    }
    static bool is_less(const TextKey& a, const TextKey& b);
  };
  using TextOrder = absl::btree_set<Slot, TextLess>;

  // Takes a user out of the orders by text before a text changes, or puts one in after it.
  void leave_text_orders(Slot slot);
  void enter_text_orders(Slot slot);
  std::uint64_t hash_of(Slot slot) const { return hash(key(slot)); }
  Slot allocate_slot(std::uint32_t tenant, const Guid& user);
  void drop_texts(Slot slot);
  void rebuild_arena();

  static constexpr std::uint32_t kChunk = 128;
  const TenantTable& tenants_;
  const std::uint64_t seed_;
  LargePages& pages_;
  std::vector<PersonSlot*> chunks_;  // arrays of kChunk slots, all constructed; memory of pages_
  std::vector<Slot> free_;
  Slot used_ = 0;  // slots allocated so far, free ones included
  TextArena arena_;
  std::size_t text_bytes_ = 0;  // bytes of the arena in use
  SlotIndex index_;
  absl::btree_set<Slot, Less> order_;
  std::array<std::optional<TextOrder>, kUserTexts> text_orders_;  // by UserText; nullopt: not built
};

}  // namespace porchlight::state
