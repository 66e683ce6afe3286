#include "server/authority_handler.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace porchlight::server {
namespace {

// The threads of requests that wait for the disk or check a signature.
constexpr std::size_t kOtherThreads = 4;

// A password hash takes a core for tens of milliseconds, and 32 MiB. One core is left to everything else.
std::size_t hashing_threads() { return std::max(2U, std::thread::hardware_concurrency()) - 1; }

// The answer to a request that is not handled now, but may be after that time.
void reply_later(authority::OAuthFault fault, std::chrono::seconds retry_after, Time now,
                 http::Response& response) {
  const authority::Trace trace{secure_random_guid(), secure_random_guid(), now};
  response.clear();
  response.status = authority::row_of(fault).status;
  response.add("Content-Type", "application/json");
  response.add("Access-Control-Allow-Origin", "*");
  response.add("Access-Control-Expose-Headers", "Retry-After");
  response.add("Retry-After", std::to_string(retry_after.count()));
  response.body = authority::envelope({fault}, trace);
}

void reply_unavailable(Time now, http::Response& response) {
  reply_later(authority::OAuthFault::kUnavailable, std::chrono::seconds(1), now, response);
}

// What a request that is not run gets.
RequestQueue::Refuse refusal(const Clock& clock) {
  return [&clock](TaskStatus, http::Response& response) { reply_unavailable(clock.wall(), response); };
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
  if (const Duration wait = count(request); wait > Duration::zero()) {
    reply_later(authority::OAuthFault::kTooManyRequests, std::chrono::ceil<std::chrono::seconds>(wait),
                clock_.wall(), response);
    return http::HandleResult::kNow;
  }
  RequestQueue& queue = authority::Authority::checks_password(request) ? hashing_ : others_;
  return queue.handle(owner_of(request), request, std::move(exchange),
                      [this](const http::Request& owned, http::Response& out) { answer(owned, out); });
}

Duration AuthorityHandler::count(const http::Request& request) {
  if (!request.client) return Duration::zero();
  const SteadyTime now = clock_.steady();
  const Duration wait = requests_.wait(*request.client, now);
  if (wait == Duration::zero()) requests_.count(*request.client, now);
  return wait;
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
    reply_unavailable(clock_.wall(), response);
  }
}

}  // namespace porchlight::server
