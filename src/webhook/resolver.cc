// Each resolve() queues one turn on the pool, and a turn takes the waiting lookup with the smallest number: a lookup
// that was cancelled leaves a turn that finds one lookup less.
#include "webhook/resolver.h"

#include <limits>

namespace porchlight::webhook {

Resolver::Resolver(Network& network)
    : network_(network), pool_(std::numeric_limits<std::size_t>::max(), kLookupThreads) {}

void Resolver::resolve(std::uint64_t number, Url url, ResolveCallback done) {
  {
    const MutexLock lock(mutex_);
    waiting_.emplace(number, PendingLookup{std::move(url), std::move(done)});
  }
  pool_.run([this] { run_next(); });
}

void Resolver::cancel(std::uint64_t number) {
  const MutexLock lock(mutex_);
  waiting_.erase(number);
}

std::size_t Resolver::waiting() const {
  const MutexLock lock(mutex_);
  return waiting_.size();
}

void Resolver::run_next() {
  PendingLookup lookup;
  {
    const MutexLock lock(mutex_);
    if (waiting_.empty()) return;
    lookup = std::move(waiting_.extract(waiting_.begin()).mapped());
  }
  ResolvedHost found;
  if (lookup.url.literal)
    found.addresses.push_back(*lookup.url.literal);
  else
    found.addresses = network_.resolve(lookup.url.host);
  found.own = network_.own_addresses();
  lookup.done(std::move(found));
}

}  // namespace porchlight::webhook
