// The part of a connection that decides when it times out: deadline() is the earliest time at which something
// may be overdue, and on_deadline() acts on what really is. A transfer must move Limits::rate_bytes_per_s on
// average, so the bytes it has moved earn it time.
#include <algorithm>

#include "http/connection.h"

namespace porchlight::http {
namespace {

// How long the peer may take to read the last response and close its side.
constexpr Duration kLinger = std::chrono::seconds(2);
constexpr SteadyTime kNever = SteadyTime::max();

}  // namespace

// When a transfer that began at `since` is too slow: `bytes` at the minimum rate, but not before the grace.
SteadyTime Connection::rate_deadline(SteadyTime since, std::uint64_t bytes, std::size_t bytes_per_s) const {
  const Duration earned(static_cast<Duration::rep>(bytes * 1000 / bytes_per_s) + 1);
  return since + std::max(context_.limits.rate_grace, earned);
}

// When the reader of the waiting output is too slow.
SteadyTime Connection::reader_deadline() const {
  return rate_deadline(output_began_, output_moved_, reader_rate(context_.limits, output_most_));
}

// When the current request times out. A held response replaces the usual limit by its own.
SteadyTime Connection::request_deadline() const {
  const Limits& limits = context_.limits;
  const SteadyTime whole = request_began_ + limits.whole_request;
  if (in_flight_) return hold_ ? hold_->until : whole;
  if (parser_.is_in_body())
    return std::min({whole, body_began_ + limits.whole_body,
                     rate_deadline(body_began_, parser_.body_received(), limits.rate_bytes_per_s)});
  return is_stalled() ? whole : std::min(whole, request_began_ + limits.all_headers);
}

// By state: the handshake, the idle time, the current request, a slow reader or the next heartbeat.
SteadyTime Connection::deadline() const {
  switch (state_) {
    case ConnectionState::kProxyHeader:
    case ConnectionState::kHandshake:
      return active_ + context_.limits.tls_handshake;
    case ConnectionState::kLingering:
      return active_ + kLinger;
    case ConnectionState::kClosed:
      return context_.now;
    case ConnectionState::kOpen:
    case ConnectionState::kClosing:
      break;
  }
  if (is_idle()) return active_ + context_.limits.idle;
  const SteadyTime read_deadline = waiting_output() ? reader_deadline() : kNever;
  if (is_streaming()) return std::min(read_deadline, response_stream_->heartbeat_at);
  const bool at_work = state_ == ConnectionState::kOpen && request_began_ != kUnset;
  return at_work ? std::min(read_deadline, request_deadline()) : read_deadline;
}

bool Connection::is_idle() const {
  return state_ == ConnectionState::kOpen && request_began_ == kUnset && !waiting_output();
}

// A request that is late gets a 408; everything else just closes.
Connection::Next Connection::on_deadline() {
  if (context_.now < deadline()) return Next::kWait;
  const bool slow_reader = waiting_output() && context_.now >= reader_deadline();
  if (is_streaming() && !slow_reader) {
    send_heartbeat();
    return state_ == ConnectionState::kClosed ? Next::kClosed : Next::kWait;
  }
  if (state_ != ConnectionState::kOpen || is_idle() || slow_reader || parser_.is_skipping())
    return Next::kClosed;
  refuse(408,
         "The request took too long (the settings http.all_headers, http.whole_body, http.whole_request and "
         "http.rate_bytes_per_s).");
  return work();
}

Connection::Next Connection::on_drain() {
  if (is_endless()) {
    end_stream();
    return work();
  }
  const bool at_work =
      state_ == ConnectionState::kClosing || (state_ == ConnectionState::kOpen && !is_idle());
  return at_work ? Next::kWait : Next::kClosed;
}

}  // namespace porchlight::http
