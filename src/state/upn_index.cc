// The seed of the name's hash is the hash of the tenant, so equal names of two tenants do not collide.
#include "state/upn_index.h"

#include <xxhash.h>

#include <algorithm>

#include "directory/directory.h"

namespace porchlight::state {

UpnIndex::UpnIndex(const UpnSource& source, std::uint64_t seed) : seed_(seed) {
  for (auto& stripe : stripes_) stripe = std::make_unique<Stripe>(source);
}

std::uint64_t UpnIndex::hash(const Guid& tenant, std::string_view upn) const {
  const std::string folded = directory::fold_upn(upn);
  const std::uint64_t of_tenant = XXH3_64bits_withSeed(tenant.bytes.data(), tenant.bytes.size(), seed_);
  return XXH3_64bits_withSeed(folded.data(), folded.size(), of_tenant);
}

void UpnIndex::insert(std::uint64_t upn_hash, UpnRef ref) {
  Stripe& stripe = this->stripe(upn_hash);
  const MutexLock lock(stripe.mutex);
  stripe.insert({upn_hash, ref});
}

void UpnIndex::insert_all(std::vector<HashedRef> entries) {
  const auto number_of = [](const HashedRef& entry) { return stripe_number(entry.hash); };
  std::ranges::sort(entries, {}, number_of);
  for (auto entry = entries.begin(); entry != entries.end();) {
    const std::size_t number = number_of(*entry);
    Stripe& part = *stripes_[number];
    const MutexLock lock(part.mutex);
    for (; entry != entries.end() && number_of(*entry) == number; ++entry) part.insert(*entry);
  }
}

void UpnIndex::erase(std::uint64_t upn_hash, UpnRef ref) {
  Stripe& stripe = this->stripe(upn_hash);
  const MutexLock lock(stripe.mutex);
  const auto found = stripe.refs.find(HashedRef{upn_hash, ref});
  if (found != stripe.refs.end()) stripe.refs.erase(found);
}

std::optional<UpnRef> UpnIndex::find(const Guid& tenant, std::string_view upn) const {
  const std::uint64_t upn_hash = hash(tenant, upn);
  Stripe& stripe = this->stripe(upn_hash);
  const MutexLock lock(stripe.mutex);
  const auto found = stripe.refs.find(UpnQuery{upn_hash, tenant, upn});
  if (found == stripe.refs.end()) return std::nullopt;
  return *found;
}

void UpnIndex::reserve(std::size_t people) {
  // A sixteenth above the even share, because the hash does not distribute evenly.
  const std::size_t share = people / kStripes + people / kStripes / 16 + 16;
  for (auto& stripe : stripes_) {
    const MutexLock lock(stripe->mutex);
    stripe->refs.reserve(share);
  }
}

}  // namespace porchlight::state
