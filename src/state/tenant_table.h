// Tenants as small numbers, so that a person carries four bytes of tenant and not sixteen. A number once
// given keeps its tenant for good: reading id() needs no lock.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/guid.h"

namespace porchlight::state {

// What fits beside the version in a person's slot.
inline constexpr std::uint32_t kTenantBits = 24;

class TenantTable {
 public:
  TenantTable() = default;
  ~TenantTable();
  TenantTable(const TenantTable&) = delete;

  // The tenant's number, a new one if it had none. Throws std::length_error after 2^kTenantBits of them.
  std::uint32_t intern(const Guid& tenant);
  // The tenant's number, if it ever had one.
  std::optional<std::uint32_t> find(const Guid& tenant) const;

  // The tenant of a number that intern() gave.
  const Guid& id(std::uint32_t number) const { return entry(number).id; }
  // People of the tenant; counted by whoever adds and removes them.
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

  std::unique_ptr<std::atomic<TenantEntry*>[]> chunks_ =
      std::make_unique<std::atomic<TenantEntry*>[]>(kChunks);
  mutable std::mutex mutex_;
  absl::flat_hash_map<Guid, std::uint32_t, std::hash<Guid>> numbers_;  // guarded by mutex_
};

}  // namespace porchlight::state
