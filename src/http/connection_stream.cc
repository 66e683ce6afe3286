// The part of a connection that sends an answer which goes on.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "http/connection.h"

#include <utility>

namespace porchlight::http {
namespace {

// A peer that vanished without a word acknowledges nothing: how long until its connection is given up.
constexpr unsigned kSilentPeerMs = 60'000;

}  // namespace

void Connection::begin_stream(const AnswerTo& request) {
  GoesOn& terms = *bench_.response.goes_on;
  const Goes goes = terms.upgrade ? Goes::kUpgraded : request.old_version ? Goes::kToTheEnd : Goes::kInChunks;
  append_stream_head(bench_.output, bench_.response, bench_.date_line, goes);
  recognise();
  in_flight_ = !terms.upgrade;
  const SteadyTime first_beat = bench_.now + terms.heartbeat_every;
  stream_going_ = std::make_unique<Stream>(std::move(terms), goes, first_beat);
  // Of a socket that is no TCP's it is refused, and not needed.
  ::setsockopt(fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilentPeerMs, sizeof kSilentPeerMs);
  append_piece(bench_.output, bench_.response.body, goes);
  if (bench_.draining) end_stream();
}

Connection::Next Connection::on_push(std::uint32_t stream, std::string_view bytes, bool last) {
  if (stream != stream_ || !is_streaming()) return Next::kWait;
  if (!last) {
    push(bytes);
    return state_ == State::kOver ? Next::kOver : Next::kWait;
  }
  append_piece(bench_.output, bytes, stream_going_->goes);
  end_stream();
  return work();
}

// What the socket does not take waits, up to a limit.
void Connection::push(std::string_view bytes) {
  append_piece(bench_.output, bytes, stream_going_->goes);
  stream_going_->beat = bench_.now + stream_going_->terms.heartbeat_every;
  flush();
  if (waiting_output() > bench_.limits.stream_queue_bytes) state_ = State::kOver;
}

void Connection::end_stream() {
  append_end(bench_.output, stream_going_->goes);
  state_ = State::kClosing;
}

void Connection::beat() {
  if (bench_.now >= stream_going_->beat) push(stream_going_->terms.heartbeat);
}

void Connection::say_how_it_goes() {
  StreamEar& ear = *stream_going_->terms.ear;
  if (waiting_output())
    ear.stalled();
  else
    ear.drained();
}

void Connection::lose_stream() {
  if (const auto stream = std::exchange(stream_going_, nullptr)) stream->terms.ear->gone();
}

}  // namespace porchlight::http
