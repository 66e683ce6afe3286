// From frames to requests: heads, bodies and their limits.
#include "http/http2.h"

#include <utility>

#include "base/check.h"
#include "http/head_scan.h"

namespace porchlight::http {
namespace {

constexpr RequestError kFieldsTooLarge{
    431, "The header fields are more than the settings http.headers_bytes and http.headers_count allow."};
constexpr RequestError kUnknownTunnel{501, "The only protocol known for CONNECT is websocket."};

}  // namespace

// The requests of streams that were reset count as long as the handler works on them.
bool Http2Protocol::on_begin(std::uint32_t stream) {
  if (context_.draining || streams_.size() >= Http2Session::kStreamsMax) return false;
  streams_.try_emplace(stream, context_);
  return true;
}

void Http2Protocol::on_head(std::uint32_t id, const Http2Head& head, bool is_whole) {
  Stream* const stream = find(id);
  if (!stream) return;
  if (head.is_too_large()) return refuse(id, *stream, kFieldsTooLarge);
  if (head.is_tunnel() && !head.is_websocket()) return refuse(id, *stream, kUnknownTunnel);
  auto text = head.text();
  if (!text) return reset(id, *stream, Http2Error::kProtocol);
  if (!fits(*stream, kStreamBytes + text->size())) return reset(id, *stream, Http2Error::kRefused);
  hold_bytes(*stream, kStreamBytes + text->size());
  stream->head = *std::move(text);
  stream->websocket = head.is_websocket();
  if (is_whole || stream->websocket) return make_ready(id, *stream);
  stream->phase = StreamPhase::kBody;
  admit(id, *stream);
}

// After the response, what comes of the body is discarded.
void Http2Protocol::on_body(std::uint32_t id, std::string_view bytes) {
  Stream* const stream = find(id);
  if (!stream) return;
  stream->received += bytes.size();
  if (stream->streaming && stream->streaming->is_upgraded()) return stream->streaming->on_received(bytes);
  if (stream->phase == StreamPhase::kBody) return keep_body(id, *stream, bytes);
  if (stream->websocket && !stream->response_ended) return reset(id, *stream, Http2Error::kProtocol);
  if (stream->response_ended && stream->received > context_.limits.drain_bytes)
    reset(id, *stream, Http2Error::kNone);
}

void Http2Protocol::on_request_end(std::uint32_t id) {
  Stream* const stream = find(id);
  if (!stream) return;
  stream->request_ended = true;
  if (stream->phase == StreamPhase::kBody) return make_ready(id, *stream);
  if (stream->streaming && stream->streaming->is_upgraded()) on_chunk(id, {}, true);
}

// Reads a head by the rules of HTTP/1.1, as Http1Parser does. It is valid until another is read.
std::expected<Head*, RequestError> Http2Protocol::parse_head(std::string_view bytes) {
  if (remembered_ && remembered_->recall(bytes, context_.limits) != 0) return &remembered_->head();
  HeadScan scan;
  const auto end = scan.find_end(bytes, context_.limits);
  if (!end) return std::unexpected(end.error());
  CHECK(*end == bytes.size());
  if (const auto good = context_.reader.read(bytes); !good) return std::unexpected(good.error());
  return &remember_head(bytes, context_.reader, context_.limits, remembered_);
}

// Reads the head of a request, and counts the request for its client.
std::expected<Head*, RequestError> Http2Protocol::read_head(Stream& stream) {
  const auto read = parse_head(stream.head);
  if (!read) return read;
  Head& head = **read;
  stream.head_only = head.request.method == Method::kHead;
  link_.set_client(head.request);
  context_.response.clear();
  if (!link_.count_client(stream.counted)) return std::unexpected(kTooManyOfClient);
  return &head;
}

// The head is complete and the body is not: the handler decides whether to read the body.
void Http2Protocol::admit(std::uint32_t id, Stream& stream) {
  stream.body_began = context_.now;
  const auto read = read_head(stream);
  if (!read) return refuse(id, stream, read.error());
  Head& head = **read;
  if (head.body_bytes == 0) head.body_bytes = -1;  // the length need not be announced
  const std::int64_t length = head.body_bytes;
  const Admission admission = ask_admission(context_, head);
  if (!admission.admitted) return respond(id, stream);
  link_.mark_authenticated(stream.counted);
  stream.body_max = admitted_bytes(context_.limits, admission);
  stream.too_large = admission.too_large;
  if (length > static_cast<std::int64_t>(stream.body_max)) return refuse(id, stream, stream.too_large);
  if (head.expects_continue) session_.send_continue(id);
}

void Http2Protocol::keep_body(std::uint32_t id, Stream& stream, std::string_view bytes) {
  if (stream.body.size() + bytes.size() > stream.body_max) return refuse(id, stream, stream.too_large);
  if (!fits(stream, bytes.size())) return reset(id, stream, Http2Error::kRefused);
  if (stream.body.empty()) stream.body = context_.stream_memory.take_buffer(bytes.size());
  stream.body.append(bytes);
  hold_bytes(stream, bytes.size());
}

bool Http2Protocol::fits(const Stream& stream, std::size_t more) const {
  const std::size_t most = link_.unauthenticated ? kUnauthenticatedRequestBytes : kRequestBytes;
  const bool is_alone = request_bytes_ == stream.held;
  return is_alone || request_bytes_ + more <= most;
}

void Http2Protocol::make_ready(std::uint32_t id, Stream& stream) {
  stream.phase = StreamPhase::kReady;
  ready_.push_back(id);
  run_ready();
}

void Http2Protocol::hold_bytes(Stream& stream, std::size_t bytes) {
  stream.held += bytes;
  request_bytes_ += bytes;
}

void Http2Protocol::release_request(Stream& stream) {
  request_bytes_ -= std::exchange(stream.held, 0);
  stream.head.clear();
  stream.head.shrink_to_fit();
  context_.stream_memory.give_buffer(std::move(stream.body));
  stream.body.clear();
}

}  // namespace porchlight::http
