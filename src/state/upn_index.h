// Finds users by userPrincipalName, over all shards. An entry is the location of the user; the name itself is read from
// the user's slot, through UpnSource.
//
// Lock order: the lock of an index stripe is taken before the lock of a shard, never while a shard's lock is held. A
// name must not change while the user is in the index: erase, change the name, insert. Two users may have the same
// name for a moment, because shards are replayed in parallel and one may be ahead of another. So entries are equal
// only if they are of the same user.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "state/person_table.h"

namespace porchlight::state {

// The location of a user: shard and slot.
struct UpnRef {
  std::uint32_t packed;
  static UpnRef at(std::uint32_t shard, Slot slot) { return {shard << kSlotBits | slot}; }
  std::uint32_t shard() const { return packed >> kSlotBits; }
  Slot slot() const { return packed & ((1u << kSlotBits) - 1); }
  friend bool operator==(const UpnRef&, const UpnRef&) = default;
};

// Reads the names of users. Each function takes the lock of the user's shard.
class UpnSource {
 public:
  // UpnIndex::hash() of the user's name.
  virtual std::uint64_t upn_hash(UpnRef ref) const = 0;
  // Whether the user is of this tenant and has this name, in any case of letters.
  virtual bool has_upn(UpnRef ref, const Guid& tenant, std::string_view upn) const = 0;

 protected:
  ~UpnSource() = default;
};

// May be used from any thread that holds no shard's lock.
class UpnIndex {
 public:
  // `seed` keys the hash. `source` must outlive the index.
  UpnIndex(const UpnSource& source, std::uint64_t seed);

  // The keyed hash of a name in a tenant. The same for upper and lower case (ASCII).
  std::uint64_t hash(const Guid& tenant, std::string_view upn) const;

  // `upn_hash` is hash() of the user's name. insert() of a present entry and erase() of an absent one do nothing.
  void insert(std::uint64_t upn_hash, UpnRef ref);
  void erase(std::uint64_t upn_hash, UpnRef ref);
  // An entry with its hash, so that the source is not asked for it.
  struct HashedRef {
    std::uint64_t hash;
    UpnRef ref;
  };
  // The same as insert() for each, in another order: one part of the index after another, so that fewer insertions
  // wait for memory.
  void insert_all(std::vector<HashedRef> entries);
  // The location of the user with this name; nullopt if not found.
  std::optional<UpnRef> find(const Guid& tenant, std::string_view upn) const;
  // Allocates space for this number of users in total.
  void reserve(std::size_t people);

 private:
  // A name to find.
  struct UpnQuery {
    std::uint64_t hash;
    const Guid& tenant;
    std::string_view upn;
  };
  struct UpnHash {
    using is_transparent = void;
    const UpnSource* source;
    std::size_t operator()(UpnRef ref) const { return source->upn_hash(ref); }
    std::size_t operator()(const HashedRef& known) const { return known.hash; }
    std::size_t operator()(const UpnQuery& wanted) const { return wanted.hash; }
  };
  struct UpnEqual {
    using is_transparent = void;
    const UpnSource* source;
    bool operator()(UpnRef a, UpnRef b) const { return a == b; }
    bool operator()(UpnRef a, const HashedRef& b) const { return a == b.ref; }
    bool operator()(UpnRef a, const UpnQuery& b) const { return source->has_upn(a, b.tenant, b.upn); }
  };
  struct Stripe {
    Stripe(const UpnSource& source) : refs(0, UpnHash{&source}, UpnEqual{&source}) {}
    mutable Mutex mutex;
    absl::flat_hash_set<UpnRef, UpnHash, UpnEqual> refs ABSL_GUARDED_BY(mutex);
    // Emplaces with the hash: insert(ref) would ask the source for it, which locks the shard.
    void insert(const HashedRef& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
      refs.lazy_emplace(entry, [&](const auto& construct) { construct(entry.ref); });
    }
  };
  // Differs from the number of shards, so that these tables do not double their size at the same number of users as the
  // tables of the shards.
  static constexpr std::size_t kStripes = 40;

  // Chosen by the high bits of the hash: the low bits place the entry in its table.
  static std::size_t stripe_number(std::uint64_t upn_hash) { return (upn_hash >> 32) * kStripes >> 32; }
  Stripe& stripe(std::uint64_t upn_hash) const { return *stripes_[stripe_number(upn_hash)]; }

  const std::uint64_t seed_;
  std::array<std::unique_ptr<Stripe>, kStripes> stripes_;
};

}  // namespace porchlight::state
