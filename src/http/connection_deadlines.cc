// The part of a connection that decides when it times out: deadline() is the earliest time at which something
// may be overdue, and on_deadline() acts on what really is.
#include <algorithm>

#include "http/connection.h"

namespace porchlight::http {
namespace {

// How long the peer may take to read the last response and close its side.
constexpr Duration kLinger = std::chrono::seconds(2);

}  // namespace

// By state: the handshake, the idle time, the current request, a slow reader or the next heartbeat.
SteadyTime Connection::deadline() const {
  const Limits& limits = link_.context.limits;
  switch (link_.state) {
    case LinkState::kProxyHeader:
    case LinkState::kHandshake:
      return link_.active + limits.tls_handshake;
    case LinkState::kLingering:
      return link_.active + kLinger;
    case LinkState::kClosed:
      return link_.context.now;
    case LinkState::kClosing:
      return reading_.deadline(limits);
    case LinkState::kOpen:
      break;
  }
  if (is_idle()) return link_.active + (link_.context.draining ? kDrainIdle : limits.idle);
  return std::min(reading_.deadline(limits), protocol_ ? protocol_->deadline() : kNever);
}

bool Connection::is_idle() const {
  return link_.is_open() && !link_.waiting && (!protocol_ || protocol_->is_idle());
}

SteadyTime Connection::awaits_client_since() const {
  return link_.is_open() && protocol_ ? protocol_->awaits_client_since() : link_.active;
}

Connection::Next Connection::on_deadline() {
  if (link_.context.now < deadline()) return Next::kWait;
  const bool is_slow_reader = link_.context.now >= reading_.deadline(link_.context.limits);
  if (is_slow_reader || link_.state == LinkState::kHandshake)
    link_.context.counters.reject(RejectReason::kSlow);
  if (!link_.is_open() || is_slow_reader || !protocol_) return Next::kClosed;
  protocol_->on_deadline();
  return take_turn();
}

Connection::Next Connection::on_drain() {
  if (link_.state == LinkState::kClosing) return Next::kWait;
  if (!link_.is_open()) return Next::kClosed;
  if (!protocol_) return link_.may_send_soon() ? Next::kWait : Next::kClosed;
  protocol_->drain();
  return take_turn();
}

}  // namespace porchlight::http
