// A hash index over a table of slots: one open-addressed array (linear probing) with four bytes per entry, so that a
// random look-up waits for memory once. The index does not store keys; the caller compares the key in the slot.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"

namespace porchlight::state {

// The number of a slot in its table.
using Slot = std::uint32_t;
inline constexpr std::uint32_t kSlotBits = 26;
inline constexpr Slot kSlotsMax = (Slot{1} << kSlotBits) - 1;  // never the number of a slot

// Not synchronised.
class SlotIndex {
 public:
  // Returns the slot for which `is_it(slot)` is true; nullopt if not found. is_it is called for slots whose key has
  // most probably this hash.
  template <typename Is>
  std::optional<Slot> find(std::uint64_t hash, Is&& is_it) const {
    if (entries_.empty()) return std::nullopt;
    const std::size_t place = place_of(hash, is_it);
    return entries_[place] == kFree ? std::nullopt : std::optional(slot_in(entries_[place]));
  }
  // Starts loading the entry that find() reads first.
  void prefetch(std::uint64_t hash) const {
    if (!entries_.empty()) __builtin_prefetch(&entries_[home(hash)]);
  }

  // Adds a slot, which must not be in the index. `hash_of(slot)` is the hash of any slot's key; called when the table
  // grows.
  template <typename HashOf>
  void insert(std::uint64_t hash, Slot slot, HashOf&& hash_of) {
    CHECK(slot < kSlotsMax);
    if (size_ + 1 > room()) grow(entries_.empty() ? kSmallest : entries_.size() * 2, hash_of);
    put(hash, slot);
    ++size_;
  }
  // Removes a slot, which must be in the index. `hash` is the hash of its key.
  template <typename HashOf>
  void erase(std::uint64_t hash, Slot slot, HashOf&& hash_of) {
    std::size_t gap = place_of(hash, [slot](Slot other) { return other == slot; });
    // Later entries of the same run move into the gap unless they would come before their own place. So no tombstones
    // are needed, and a search still ends at the first free entry.
    for (std::size_t at = next(gap); entries_[at] != kFree; at = next(at)) {
      const std::size_t wanted = home(hash_of(slot_in(entries_[at])));
      if (distance(wanted, at) < distance(gap, at)) continue;
      entries_[gap] = entries_[at];
      gap = at;
    }
    entries_[gap] = kFree;
    CHECK(size_ > 0);
    --size_;
  }
  // Allocates space for this number of slots. The index must be empty.
  void reserve(std::size_t slots) {
    CHECK(size_ == 0);
    std::size_t entries = kSmallest;
    while (slots > entries / 4 * 3) entries *= 2;
    entries_.assign(entries, kFree);
  }

  std::size_t size() const { return size_; }
  // Calls `visit(slot)` for each slot, in no particular order.
  template <typename Visit>
  void each(Visit&& visit) const {
    for (const IndexEntry entry : entries_)
      if (entry != kFree) visit(slot_in(entry));
  }

 private:
  // The slot's number and the top six bits of the hash: 63 of 64 other keys are excluded without reading their slot.
  using IndexEntry = std::uint32_t;
  static constexpr IndexEntry kSlotMask = (IndexEntry{1} << kSlotBits) - 1;
  static constexpr IndexEntry kFree = ~IndexEntry{0};
  static constexpr std::size_t kSmallest = 16;  // a cache line

  static Slot slot_in(IndexEntry entry) { return entry & kSlotMask; }
  static IndexEntry entry_of(std::uint64_t hash, Slot slot) {
    return static_cast<IndexEntry>(hash >> (64 - 32 + kSlotBits) << kSlotBits) | slot;
  }
  std::size_t home(std::uint64_t hash) const { return hash & (entries_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (entries_.size() - 1); }
  std::size_t distance(std::size_t from, std::size_t to) const { return (to - from) & (entries_.size() - 1); }
  // Entries in use before the table grows.
  std::size_t room() const { return entries_.size() / 4 * 3; }

  // The place of the slot for which is_it is true, or the free place at which the search ends.
  template <typename Is>
  std::size_t place_of(std::uint64_t hash, Is&& is_it) const {
    const IndexEntry tag = entry_of(hash, 0);
    std::size_t place = home(hash);
    for (; entries_[place] != kFree; place = next(place))
      if ((entries_[place] & ~kSlotMask) == tag && is_it(slot_in(entries_[place]))) break;
    return place;
  }

  void put(std::uint64_t hash, Slot slot) {
    entries_[place_of(hash, [](Slot) { return false; })] = entry_of(hash, slot);
  }

  template <typename HashOf>
  void grow(std::size_t entries, HashOf& hash_of) {
    std::vector<IndexEntry> old(entries, kFree);
    old.swap(entries_);
    for (const IndexEntry entry : old)
      if (entry != kFree) put(hash_of(slot_in(entry)), slot_in(entry));
  }

  std::vector<IndexEntry> entries_;  // none, or a power of two; at most three quarters in use
  std::size_t size_ = 0;
};

}  // namespace porchlight::state
