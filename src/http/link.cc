// Clients behind trusted proxies are named by the fields of their requests. A proxy sends the requests of many clients
// over one connection, so such a request counts for its client only while it is at work.
#include "http/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "http/forwarded.h"

namespace porchlight::http {
namespace {

// Output that may wait for a client that has not authenticated. With its input that is below the 64 KiB that
// such a connection may cost.
constexpr std::size_t kUnauthenticatedOutputBytes = 16 * 1024;
// TCP_USER_TIMEOUT: how long unacknowledged bytes may wait before the connection is given up.
constexpr unsigned kSilentPeerMs = 60'000;

}  // namespace

constinit const RequestError kTooManyOfClient{
    429, "Too many requests of this address are not authenticated (the setting http.strangers_per_address)."};

Link::Link(LoopContext& shared, std::uint64_t number, int socket, const Peer& from)
    : context(shared),
      id(number),
      fd(socket),
      unauthenticated(from.listener_kind != ListenerKind::kAdmin),
      peer(from),
      counted(shared.limiter),
      active(shared.now) {
  if (!peer.is_trusted && peer.address) counted.adopt(*peer.address);
  connections().add();
}

Link::~Link() {
  connections().remove();
  context.limiter.waiting_bytes().replace(output_owner_, output_counted_, 0);
  counted.end();
  context.limiter.release();
}

bool Link::take_client(const IpAddress& client, bool is_https) {
  peer.address = client;
  peer.is_https |= is_https;
  peer.is_trusted = any_contains(context.trusted_proxies, client);
  return peer.is_trusted || counted.count(client);
}

void Link::set_client(Request& request) {
  request.client = peer.address;
  request.uid = peer.uid;
  request.listener_kind = peer.listener_kind;
  request.is_https = peer.is_https;
  if (!peer.is_trusted) return;
  const ForwardedClient forwarded = read_forwarded(request.headers, context.trusted_proxies);
  if (forwarded.address) request.client = forwarded.address;
  context.client = request.client;
  if (forwarded.is_https) request.is_https = *forwarded.is_https;
  if (!forwarded.host.empty()) request.host = forwarded.host;
}

bool Link::count_client(CountedClient& request) {
  if (!peer.is_trusted || request.is_counted()) return true;
  unauthenticated = true;
  return request.count(*context.client);
}

void Link::mark_authenticated(CountedClient& request) {
  own_output();
  if (!context.response.authenticated) return;
  request.end();
  if (!std::exchange(unauthenticated, false)) return;
  counted.end();
}

// What waits on this connection counts for the application of the last response that has one.
void Link::own_output() {
  const AppOfTenant owner{context.response.caller.tenant, context.response.caller.app};
  if (owner.second == Guid{} || owner == output_owner_) return;
  context.limiter.waiting_bytes().replace(output_owner_, std::exchange(output_counted_, 0), 0);
  output_owner_ = owner;
}

std::size_t Link::output_max() const {
  const std::size_t most = context.limits.output_bytes;
  return unauthenticated ? std::min(most, kUnauthenticatedOutputBytes) : most;
}

void Link::count_output() {
  const std::size_t bytes = waiting + queued;
  if (bytes == output_counted_) return;
  if (context.limiter.waiting_bytes().replace(output_owner_, output_counted_, bytes))
    output_counted_ = bytes;
  else
    abort();
}

// Fails for the admin socket, which does not need it.
void Link::give_up_on_silence() const {
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilentPeerMs, sizeof kSilentPeerMs);
}

}  // namespace porchlight::http
