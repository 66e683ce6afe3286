// Numbers for tenants, so that a user's slot holds three bytes for the tenant and not sixteen. A number is never
// given to another tenant, also after the tenant is removed; so id() needs no lock.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/guid.h"
#include "base/mutex.h"

namespace porchlight::state {

// The bits that the version leaves free in a user's slot.
inline constexpr std::uint32_t kTenantBits = 24;

// May be used from any thread.
class TenantTable {
 public:
  TenantTable() = default;
  ~TenantTable();
  TenantTable(const TenantTable&) = delete;

  // The tenant's number, allocated if it has none. Throws std::length_error after 2^kTenantBits tenants.
  std::uint32_t intern(const Guid& tenant);
  // The tenant's number; nullopt if intern() was never called for it.
  std::optional<std::uint32_t> find(const Guid& tenant) const;

  // The tenant of a number that intern() returned.
  const Guid& id(std::uint32_t number) const { return entry(number).id; }
  // The number of users of the tenant. The view counts it; the table only stores it.
  std::atomic<std::uint64_t>& people(std::uint32_t number) const { return entry(number).people; }

 private:
  struct TenantEntry {
    Guid id;
    std::atomic<std::uint64_t> people{0};
  };
  static constexpr std::uint32_t kChunk = 1024;
  static constexpr std::uint32_t kChunks = (1u << kTenantBits) / kChunk;

  TenantEntry& entry(std::uint32_t number) const {
    return chunks_[number / kChunk].load(std::memory_order_acquire)[number % kChunk];
  }

  // Chunks are never moved or freed before the destructor: readers follow the pointers without a lock.
  std::unique_ptr<std::atomic<TenantEntry*>[]> chunks_ =
      std::make_unique<std::atomic<TenantEntry*>[]>(kChunks);
  mutable Mutex mutex_;
  absl::flat_hash_map<Guid, std::uint32_t, std::hash<Guid>> numbers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::state
