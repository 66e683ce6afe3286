// Streaming responses of a connection: the head first, then chunks that other threads push through the loop,
// with heartbeats between. Output that the socket does not take waits up to Limits::stream_queue_bytes; the
// observer learns of the stall and can stop rendering.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "http/connection.h"

#include <utility>

namespace porchlight::http {
namespace {

// TCP_USER_TIMEOUT: how long unacknowledged bytes may wait before the connection is given up.
constexpr unsigned kSilentPeerMs = 60'000;

}  // namespace

// Sends the head of a streaming response and the beginning of its body.
void Connection::begin_stream(const RequestTraits& request) {
  StreamingBody& body = *context_.response.streaming;
  const BodyFraming framing = body.upgrade        ? BodyFraming::kUpgraded
                              : request.is_http10 ? BodyFraming::kUntilClose
                                                  : BodyFraming::kChunked;
  append_stream_head(context_.output, context_.response, context_.standing_lines, framing);
  mark_authenticated();
  in_flight_ = !body.upgrade;
  const SteadyTime first_heartbeat = context_.now + body.heartbeat_interval;
  response_stream_ = std::make_unique<ResponseStream>(std::move(body), framing, first_heartbeat);
  // Fails for the admin socket, which does not need it.
  ::setsockopt(fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilentPeerMs, sizeof kSilentPeerMs);
  append_chunk(context_.output, context_.response.body, framing);
  if (context_.draining && is_endless()) end_stream();
}

Connection::Next Connection::on_chunk(std::uint32_t stream, std::string_view bytes, bool last) {
  if (stream != stream_ || !is_streaming()) return Next::kWait;
  if (!last) {
    send_chunk(bytes);
    return state_ == ConnectionState::kClosed ? Next::kClosed : Next::kWait;
  }
  append_chunk(context_.output, bytes, response_stream_->framing);
  end_stream();
  return work();
}

// Output that the socket does not take waits, up to a limit.
void Connection::send_chunk(std::string_view bytes) {
  append_chunk(context_.output, bytes, response_stream_->framing);
  response_stream_->heartbeat_at = context_.now + response_stream_->body.heartbeat_interval;
  flush();
  if (is_endless() && waiting_output() > context_.limits.stream_queue_bytes)
    state_ = ConnectionState::kClosed;
}

void Connection::end_stream() {
  append_last_chunk(context_.output, response_stream_->framing);
  state_ = ConnectionState::kClosing;
}

void Connection::send_heartbeat() {
  if (context_.now >= response_stream_->heartbeat_at) send_chunk(response_stream_->body.heartbeat);
}

// Tells the observer whether pushed bytes are waiting.
void Connection::notify_flow_control() {
  StreamObserver& observer = *response_stream_->body.observer;
  if (waiting_output())
    observer.on_stalled();
  else
    observer.on_drained();
}

void Connection::close_stream() {
  if (const auto stream = std::exchange(response_stream_, nullptr)) stream->body.observer->on_disconnected();
}

}  // namespace porchlight::http
