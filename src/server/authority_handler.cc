#include "server/authority_handler.h"

#include <string>

namespace porchlight::server {
namespace {

// A password takes 32 MiB while it is hashed: so many at a time.
constexpr std::size_t kThreads = 4;
constexpr std::size_t kWaitingForAuthorityMax = 256;

void reply_unavailable(http::Response& response, Time now) {
  const authority::Trace trace{secure_random_guid(), secure_random_guid(), now};
  response.clear();
  response.status = 503;
  response.add("Content-Type", "application/json");
  response.add("Retry-After", "1");
  response.body = authority::envelope({authority::OAuthFault::kUnavailable}, trace);
}

}  // namespace

AuthorityHandler::AuthorityHandler(authority::Authority& authority, const Clock& clock)
    : authority_(authority), clock_(clock) {
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
}

AuthorityHandler::~AuthorityHandler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  available_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (const auto& waiting : waiting_)
    waiting->exchange.answer(
        [now = clock_.wall()](http::Response& response) { reply_unavailable(response, now); });
}

bool AuthorityHandler::admit(std::int64_t body_bytes, http::Response& response) const {
  if (body_bytes <= static_cast<std::int64_t>(authority::kBodyBytesMax)) return true;
  response.status = 413;
  return false;
}

http::HandleResult AuthorityHandler::handle(const http::Request& request, http::Response& response,
                                            http::Exchange exchange) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingForAuthorityMax || stopping_) {
    reply_unavailable(response, clock_.wall());
    return http::HandleResult::kNow;
  }
  waiting_.push_back(std::make_unique<OwnedRequest>(request, std::move(exchange)));
  available_.notify_one();
  return http::HandleResult::kLater;
}

void AuthorityHandler::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    available_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const std::unique_ptr<OwnedRequest> next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    http::Response made;
    try {
      authority_.handle(next->request(), clock_.wall(), made);
    } catch (const std::exception&) {  // OpenSSL without memory: this request's alone
      reply_unavailable(made, clock_.wall());
    }
    next->exchange.answer(
        [made = std::move(made)](http::Response& response) mutable { response = std::move(made); });
    lock.lock();
  }
}

}  // namespace porchlight::server
