#include "webhook/lookups.h"

namespace porchlight::webhook {

Lookups::Lookups(Network& network) : network_(network) {
  for (std::size_t i = 0; i < kLookupThreads; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

Lookups::~Lookups() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void Lookups::look_up(std::uint64_t number, Url url, Done done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(number, Request{std::move(url), std::move(done)});
  }
  come_.notify_one();
}

void Lookups::forget(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(number);
}

void Lookups::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (come_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
    Request request = std::move(waiting_.extract(waiting_.begin()).mapped());
    lock.unlock();
    Found found;
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
