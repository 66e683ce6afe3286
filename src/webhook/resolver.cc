#include "webhook/resolver.h"

namespace porchlight::webhook {

Resolver::Resolver(Network& network) : network_(network) {
  for (std::size_t i = 0; i < kLookupThreads; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

Resolver::~Resolver() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void Resolver::resolve(std::uint64_t number, Url url, ResolveCallback done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(number, PendingLookup{std::move(url), std::move(done)});
  }
  has_work_.notify_one();
}

void Resolver::cancel(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(number);
}

void Resolver::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (has_work_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
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
