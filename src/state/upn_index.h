// Finds people by userPrincipalName, over all shards. Holds only where a person is; the name itself is read
// from the person, through UpnSource.
//
// Locks: an index lock is taken before a shard's, never while one is held. A person's name must not change
// while the person is in the index: take out, change, put in. Two people may have the same name for a moment
// (shards are replayed side by side, and one may be ahead of the other), so entries are told apart by person.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "state/person_table.h"

namespace porchlight::state {

// Where a person is: the shard, and the slot in it.
struct UpnRef {
  std::uint32_t packed;
  static UpnRef at(std::uint32_t shard, Slot slot) { return {shard << kSlotBits | slot}; }
  std::uint32_t shard() const { return packed >> kSlotBits; }
  Slot slot() const { return packed & ((1u << kSlotBits) - 1); }
  friend bool operator==(const UpnRef&, const UpnRef&) = default;
};

// Reads names of people; takes the lock of the person's shard.
class UpnSource {
 public:
  virtual std::uint64_t upn_hash(UpnRef ref) const = 0;
  virtual bool has_upn(UpnRef ref, const Guid& tenant, std::string_view upn) const = 0;

 protected:
  ~UpnSource() = default;
};

class UpnIndex {
 public:
  UpnIndex(const UpnSource& source, std::uint64_t seed);

  // The keyed hash of a name in a tenant, without regard to ASCII case.
  std::uint64_t hash(const Guid& tenant, std::string_view upn) const;

  // `upn_hash` is hash() of the person's name.
  void insert(std::uint64_t upn_hash, UpnRef ref);
  void erase(std::uint64_t upn_hash, UpnRef ref);
  std::optional<UpnRef> find(const Guid& tenant, std::string_view upn) const;
  void reserve(std::size_t people);

 private:
  // An entry whose hash is known already; equal only to itself.
  struct HashedRef {
    std::uint64_t hash;
    UpnRef ref;
  };
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
    mutable std::mutex mutex;
    absl::flat_hash_set<UpnRef, UpnHash, UpnEqual> refs;
  };
  // Not the number of shards: tables double, and these should not do so with the same number of people as
  // those.
  static constexpr std::size_t kStripes = 40;

  // By the top bits: the low ones place the entry inside its part.
  Stripe& stripe(std::uint64_t upn_hash) const { return *stripes_[(upn_hash >> 32) * kStripes >> 32]; }

  const std::uint64_t seed_;
  std::array<std::unique_ptr<Stripe>, kStripes> stripes_;
};

}  // namespace porchlight::state
