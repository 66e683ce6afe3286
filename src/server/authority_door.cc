#include "server/authority_door.h"

#include <string>

namespace porchlight::server {
namespace {

// A password takes 32 MiB while it is hashed: so many at a time.
constexpr std::size_t kThreads = 4;
constexpr std::size_t kWaitingForAuthorityMax = 256;

void turn_away(http::Response& response, Time now) {
  const authority::Trace trace{secure_random_guid(), secure_random_guid(), now};
  response.clear();
  response.status = 503;
  response.add("Content-Type", "application/json");
  response.add("Retry-After", "1");
  response.body = authority::envelope({authority::Fault::kUnavailable}, trace);
}

}  // namespace

AuthorityDoor::AuthorityDoor(authority::Authority& authority, const Clock& clock)
    : authority_(authority), clock_(clock) {
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
}

AuthorityDoor::~AuthorityDoor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  come_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (const auto& waiting : waiting_)
    waiting->exchange.answer([now = clock_.wall()](http::Response& response) { turn_away(response, now); });
}

bool AuthorityDoor::admit(std::int64_t body_bytes, http::Response& response) const {
  if (body_bytes <= static_cast<std::int64_t>(authority::kBodyBytesMax)) return true;
  response.status = 413;
  return false;
}

http::Handled AuthorityDoor::handle(const http::Request& request, http::Response& response,
                                    http::Exchange exchange) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingForAuthorityMax || stopping_) {
    turn_away(response, clock_.wall());
    return http::Handled::kNow;
  }
  waiting_.push_back(std::make_unique<KeptRequest>(request, std::move(exchange)));
  come_.notify_one();
  return http::Handled::kLater;
}

void AuthorityDoor::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    come_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const std::unique_ptr<KeptRequest> next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    http::Response made;
    try {
      authority_.handle(next->request(), clock_.wall(), made);
    } catch (const std::exception&) {  // OpenSSL without memory: this request's alone
      turn_away(made, clock_.wall());
    }
    next->exchange.answer(
        [made = std::move(made)](http::Response& response) mutable { response = std::move(made); });
    lock.lock();
  }
}

}  // namespace porchlight::server
