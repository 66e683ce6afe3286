// A bounded map whose entries expire, shared by tenants and by owners within them: codes, sessions, pending devices. An
// owner who adds more than a share loses entries, and no other owner does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "authority/digest.h"
#include "base/check.h"
#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

// An owner of an entry, by a name that is unique in its map, and how many entries the owner may have in it.
struct OwnerShare {
  std::string name;
  std::size_t entries_max;
};

// The share of a user.
inline OwnerShare user_share(const Guid& tenant, const Guid& user, std::size_t entries_max) {
  return {to_string(tenant) + '/' + to_string(user), entries_max};
}

// Whose entry it is: the tenant's, and that of others such as a user or a network.
struct EntryOwners {
  Guid tenant;
  std::vector<OwnerShare> others;
};

// Not thread-safe. Keys are secrets: the map stores only their SHA-256 hashes, so the time of a lookup reveals nothing
// about the keys in it. find() is O(1), the others are O(log n), and add() to a full map is O(tenants).
template <typename T>
class ExpiringMap {
 public:
  // All entries have the same lifetime, so the oldest expires first.
  ExpiringMap(Duration life, std::size_t entries_max) : life_(life), entries_max_(entries_max) {
    CHECK(entries_max > 0);
  }

  // Adds an entry. If an owner then has more than its share, the oldest entry of that owner is removed. If the map has
  // more than it may have, the oldest of the tenant that has most is: the shares let only several applications or
  // hundreds of users fill it, and of these the largest is more likely the busiest than the one at fault. Returns false
  // if the key exists.
  bool add(std::string_view key, T value, const EntryOwners& owners, Time now) {
    remove_expired(now);
    const auto [place, is_new] = entries_.try_emplace(sha256(key));
    if (!is_new) return false;
    Entry& entry = place->second;
    entry.value = std::move(value);
    entry.until = now + life_;
    entry.number = next_number_++;
    entry.tenant = owners.tenant;
    by_age_.emplace(entry.number, place->first);
    tenants_[owners.tenant].emplace(entry.number, place->first);
    for (const OwnerShare& owner : owners.others) {
      entry.owners.push_back(owner.name);
      others_[owner.name].emplace(entry.number, place->first);
    }
    for (const OwnerShare& owner : owners.others) remove_beyond_share(owner);
    if (entries_.size() > entries_max_) remove_oldest(longest_tenant());
    return true;
  }

  // Returns null if the key does not exist or has expired. Valid until the next call of add() or remove().
  T* find(std::string_view key, Time now) {
    const auto found = entries_.find(sha256(key));
    return found == entries_.end() || now >= found->second.until ? nullptr : &found->second.value;
  }

  void remove(std::string_view key) {
    if (const auto found = entries_.find(sha256(key)); found != entries_.end()) erase(found);
  }

 private:
  // Hashes of keys by the number of their entries, which grows with each one.
  using ByAge = std::map<std::uint64_t, std::string>;
  struct Entry {
    T value{};
    Time until{};
    std::uint64_t number = 0;
    Guid tenant;
    std::vector<std::string> owners;
  };
  using Entries = std::unordered_map<std::string, Entry>;

  void remove_oldest(const ByAge& of) { erase(entries_.find(of.begin()->second)); }

  void remove_beyond_share(const OwnerShare& owner) {
    if (const auto held = others_.find(owner.name);
        held != others_.end() && held->second.size() > owner.entries_max)
      remove_oldest(held->second);
  }

  const ByAge& longest_tenant() const {
    return std::ranges::max_element(tenants_, {}, [](const auto& tenant) { return tenant.second.size(); })
        ->second;
  }

  void remove_expired(Time now) {
    while (!by_age_.empty()) {
      const auto oldest = entries_.find(by_age_.begin()->second);
      if (now < oldest->second.until) return;
      erase(oldest);
    }
  }

  // Erases the entry, and owners that have no other.
  void erase(typename Entries::iterator entry) {
    CHECK(entry != entries_.end());  // each number has an entry
    const std::uint64_t number = entry->second.number;
    by_age_.erase(number);
    erase_number(tenants_, entry->second.tenant, number);
    for (const std::string& owner : entry->second.owners) erase_number(others_, owner, number);
    entries_.erase(entry);
  }

  template <typename Owners>
  static void erase_number(Owners& owners, const typename Owners::key_type& owner, std::uint64_t number) {
    const auto held = owners.find(owner);
    CHECK(held != owners.end());
    held->second.erase(number);
    if (held->second.empty()) owners.erase(held);
  }

  const Duration life_;
  const std::size_t entries_max_;
  std::uint64_t next_number_ = 0;
  Entries entries_;  // by the hash of the key
  ByAge by_age_;
  std::map<Guid, ByAge> tenants_;
  std::unordered_map<std::string, ByAge> others_;
};

}  // namespace porchlight::authority
