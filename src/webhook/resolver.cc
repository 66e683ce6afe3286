#include "webhook/resolver.h"

namespace porchlight::webhook {

Resolver::Resolver(Network& network) : network_(network) {
  for (std::size_t i = 0; i < kLookupThreads; ++i) threads_.emplace_back([this] { run(); });
}

Resolver::~Resolver() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  has_work_.notify_all();
}

void Resolver::resolve(std::uint64_t number, Url url, ResolveCallback done) {
  {
    const MutexLock lock(mutex_);
    waiting_.emplace(number, PendingLookup{std::move(url), std::move(done)});
  }
  has_work_.notify_one();
}

void Resolver::cancel(std::uint64_t number) {
  const MutexLock lock(mutex_);
  waiting_.erase(number);
}

// The life of one thread. The mutex is free while a lookup runs, and while its callback runs.
void Resolver::run() {
  MutexLock lock(mutex_);
  for (;;) {
    while (waiting_.empty() && !stopping_) has_work_.wait(mutex_);
    if (stopping_) return;
    PendingLookup request = std::move(waiting_.extract(waiting_.begin()).mapped());
    lock.unlock();
    ResolvedHost found;
    if (request.url.literal)
      found.addresses.push_back(*request.url.literal);
    else
      found.addresses = network_.resolve(request.url.host);
    found.own = network_.own_addresses();
    request.done(std::move(found));
    request = {};
    lock.lock();
  }
}

}  // namespace porchlight::webhook
