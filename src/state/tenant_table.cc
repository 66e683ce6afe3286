#include "state/tenant_table.h"

#include <stdexcept>

namespace porchlight::state {

TenantTable::~TenantTable() {
  for (std::uint32_t i = 0; i < kChunks; ++i) delete[] chunks_[i].load(std::memory_order_relaxed);
}

// Numbers ascend, so a new chunk begins exactly at its first number. The release store of the chunk pairs with the
// acquire load in entry(); a number reaches other threads only through a mutex, after its entry is written.
std::uint32_t TenantTable::intern(const Guid& tenant) {
  const MutexLock lock(mutex_);
  const auto number = static_cast<std::uint32_t>(numbers_.size());
  const auto [found, is_new] = numbers_.try_emplace(tenant, number);
  if (!is_new) return found->second;
  if (number >= kChunk * kChunks) {
    numbers_.erase(found);
    throw std::length_error("more tenants than a data folder can hold");
  }
  auto& chunk = chunks_[number / kChunk];
  if (number % kChunk == 0) chunk.store(new TenantEntry[kChunk], std::memory_order_release);
  entry(number).id = tenant;
  return number;
}

std::optional<std::uint32_t> TenantTable::find(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  const auto found = numbers_.find(tenant);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

}  // namespace porchlight::state
