#include "server/authority_handler.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace porchlight::server {
namespace {

// The threads of requests that wait for the disk or check a signature.
constexpr std::size_t kOtherThreads = 4;

// A password hash takes a core for tens of milliseconds, and 32 MiB. One core is left to everything else.
std::size_t hashing_threads() { return std::max(2U, std::thread::hardware_concurrency()) - 1; }

void reply_unavailable(http::Response& response, Time now) {
  const authority::Trace trace{secure_random_guid(), secure_random_guid(), now};
  response.clear();
  response.status = 503;
  response.add("Content-Type", "application/json");
  response.add("Retry-After", "1");
  response.body = authority::envelope({authority::OAuthFault::kUnavailable}, trace);
}

// What a request that is not run gets.
RequestQueue::Refuse refusal(const Clock& clock) {
  return [&clock](TaskStatus, http::Response& response) { reply_unavailable(response, clock.wall()); };
}

}  // namespace

AuthorityHandler::AuthorityHandler(authority::Authority& authority, const Clock& clock)
    : authority_(authority),
      clock_(clock),
      hashing_(kWaitingForAuthorityMax, hashing_threads(), refusal(clock), CpuShare::kLowest),
      others_(kWaitingForAuthorityMax, kOtherThreads, refusal(clock)) {}

bool AuthorityHandler::admit(std::int64_t body_bytes, http::Response& response) const {
  if (body_bytes <= static_cast<std::int64_t>(authority::kBodyBytesMax)) return true;
  response.status = 413;
  return false;
}

http::HandleResult AuthorityHandler::handle(const http::Request& request, http::Response& response,
                                            http::Exchange exchange) {
  if (authority_.answers_at_once(request, clock_.wall())) {
    answer(request, response);
    return http::HandleResult::kNow;
  }
  RequestQueue& queue = authority::Authority::checks_password(request) ? hashing_ : others_;
  return queue.handle(owner_of(request), request, std::move(exchange),
                      [this](const http::Request& owned, http::Response& out) { answer(owned, out); });
}

// Requests without a known tenant share the turn of the nil tenant.
QueueOwner AuthorityHandler::owner_of(const http::Request& request) const {
  const Guid tenant = authority_.tenant_of(request).value_or(Guid{});
  return {std::hash<Guid>{}(tenant),
          request.client ? hash_of(counted_networks(*request.client).front().network) : 0};
}

void AuthorityHandler::answer(const http::Request& request, http::Response& response) {
  try {
    authority_.handle(request, clock_.wall(), response);
  } catch (const std::exception&) {  // OpenSSL is out of memory: only this request fails
    reply_unavailable(response, clock_.wall());
  }
}

}  // namespace porchlight::server
