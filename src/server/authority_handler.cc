#include "server/authority_handler.h"

#include <exception>
#include <utility>

namespace porchlight::server {
namespace {

// A password hash uses 32 MiB: this bounds the memory of those that run at the same time.
constexpr std::size_t kAuthorityThreads = 4;
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
    : authority_(authority),
      clock_(clock),
      queue_(kWaitingForAuthorityMax, kAuthorityThreads,
             [&clock](TaskStatus, http::Response& response) { reply_unavailable(response, clock.wall()); }) {}

bool AuthorityHandler::admit(std::int64_t body_bytes, http::Response& response) const {
  if (body_bytes <= static_cast<std::int64_t>(authority::kBodyBytesMax)) return true;
  response.status = 413;
  return false;
}

http::HandleResult AuthorityHandler::handle(const http::Request& request, http::Exchange exchange) {
  return queue_.handle(
      request, std::move(exchange),
      [this](const http::Request& owned, http::Response& response) { answer(owned, response); });
}

void AuthorityHandler::answer(const http::Request& request, http::Response& response) {
  try {
    authority_.handle(request, clock_.wall(), response);
  } catch (const std::exception&) {  // OpenSSL is out of memory: only this request fails
    reply_unavailable(response, clock_.wall());
  }
}

}  // namespace porchlight::server
