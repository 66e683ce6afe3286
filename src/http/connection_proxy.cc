// Clients behind trusted proxies: the header of the PROXY protocol, which names the client of a connection, and the
// fields of a request, which name the client of that request.
//
// A proxy sends the requests of many clients over one connection. So a connection of a proxy counts as one of a client
// only while a request of that client is at work, and as no client's between two requests.
#include "http/connection.h"
#include "http/forwarded.h"
#include "http/proxy_protocol.h"

namespace porchlight::http {
namespace {

constexpr RequestError kTooManyOfClient{
    429, "Too many requests of this address are not authenticated (the setting http.strangers_per_address)."};

}  // namespace

// Returns whether the header has been read. It stays in the socket until it is complete, so it needs no buffer.
bool Connection::read_proxy_header() {
  const IoResult result = transport_.peek({context_.input.get(), kProxyHeaderBytesMax});
  if (result.status == IoStatus::kAgain) return false;
  const auto header = http::read_proxy_header(std::string_view(context_.input.get(), result.bytes));
  if (result.status != IoStatus::kDone || !header || (!*header && hung_up_)) {
    state_ = ConnectionState::kClosed;
    return false;
  }
  if (!*header) return false;
  transport_.discard({context_.input.get(), (*header)->bytes});
  if ((*header)->client && !take_client(*(*header)->client, (*header)->is_https)) return false;
  state_ = transport_.is_tls() ? ConnectionState::kHandshake : ConnectionState::kOpen;
  active_ = context_.now;
  readable_ = true;  // the first request may have come with the header
  return true;
}

// Makes the client of the header the peer. Returns false if it has too many connections, as at an accept.
bool Connection::take_client(const IpAddress& client, bool is_https) {
  peer_.address = client;
  peer_.is_https |= is_https;
  peer_.is_trusted = any_contains(context_.trusted_proxies, client);
  if (peer_.is_trusted) return true;
  if (!context_.limiter.count_unauthenticated(client)) {
    state_ = ConnectionState::kClosed;
    return false;
  }
  counted_ = client;
  return true;
}

// Fills in the client of the request: the peer, or the one that a trusted proxy names.
void Connection::set_client(Request& request) {
  request.client = peer_.address;
  request.listener_kind = peer_.listener_kind;
  request.is_https = peer_.is_https;
  if (!peer_.is_trusted) return;
  const ForwardedClient forwarded = read_forwarded(request.headers, context_.trusted_proxies);
  if (forwarded.address) request.client = forwarded.address;
  context_.client = request.client;
  if (forwarded.is_https) request.is_https = *forwarded.is_https;
  if (!forwarded.host.empty()) request.host = forwarded.host;
}

// Counts the connection of a proxy for the client of the request, until it has authenticated or the response is
// written. Returns false if the client has too many such requests at work: the request is then refused.
bool Connection::count_client() {
  if (!peer_.is_trusted || counted_) return true;
  unauthenticated_ = true;
  if (!context_.limiter.count_unauthenticated(*context_.client)) {
    refuse(kTooManyOfClient.status, kTooManyOfClient.reason);
    return false;
  }
  counted_ = context_.client;
  return true;
}

void Connection::uncount_client() {
  if (const auto client = std::exchange(counted_, std::nullopt)) context_.limiter.mark_authenticated(*client);
}

}  // namespace porchlight::http
