// From requests to responses. A complete request waits in ready_ until the output has room, and so does a response of
// another thread: what is queued is bounded by Limits::output_bytes and one response.
#include "http/http2.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/serialize.h"

namespace porchlight::http {

Http2Protocol::Http2Protocol(Link& link)
    : link_(link),
      context_(link.context),
      session_(*this, context_.limits, context_.now, context_.stream_memory),
      streams_(&context_.stream_memory),
      ready_(&context_.stream_memory) {}

Http2Protocol::~Http2Protocol() {
  for (auto& [id, stream] : streams_) stream.hold.cancel();
}

std::size_t Http2Protocol::receive(std::string_view input) {
  session_.feed(input);
  return input.size();
}

bool Http2Protocol::produce() {
  // Frames of a long body are appended one by one: growing with them, the buffer would take twice what it needs.
  constexpr std::size_t kHeadsOfFrames = 4096;
  context_.output.reserve(std::min(link_.queued, link_.output_max()) + kHeadsOfFrames);
  do {
    while (link_.has_room() && session_.produce(context_.output)) {
    }
  } while (run_ready() || end_slow_streams());
  link_.count_output();
  if (!link_.has_room()) return true;
  if (session_.is_over() || (input_ended_ && streams_.empty())) link_.close_after_output();
  return false;
}

Http2Protocol::Stream* Http2Protocol::find(std::uint32_t id) {
  const auto place = streams_.find(id);
  return place == streams_.end() ? nullptr : &place->second;
}

// Whether another request may be begun: as over HTTP/1.1, not while too much waits for the client.
bool Http2Protocol::has_room() const { return link_.has_room() && responses_ < link_.output_max(); }

// Returns whether anything was done.
bool Http2Protocol::run_ready() {
  bool has_run = false;
  while (!ready_.empty() && has_room() && !context_.turn.is_over()) {
    const std::uint32_t id = ready_.front();
    ready_.pop_front();
    Stream* const stream = find(id);
    if (!stream || stream->phase != StreamPhase::kReady) continue;
    run(id, *stream);
    has_run = true;
  }
  return has_run;
}

void Http2Protocol::run(std::uint32_t id, Stream& stream) {
  if (!stream.fill) return handle(id, stream);
  auto fill = std::exchange(stream.fill, nullptr);
  call_fill(context_, fill);
  respond(id, stream);
}

// A complete request: answered now, or in flight until on_response().
void Http2Protocol::handle(std::uint32_t id, Stream& stream) {
  const auto read = read_head(stream);
  if (!read) return refuse(id, stream, read.error());
  Head& head = **read;
  head.request.body = stream.body;
  stream.coding = accepted_coding(context_, head);
  const HandleResult handled = call_handler(context_, head.request, Exchange(context_.loop, link_.id, id));
  release_request(stream);
  if (handled == HandleResult::kNow) {
    stream.hold.cancel();
    return respond(id, stream);
  }
  stream.later = later_response(context_);
  hold_bytes(stream, kStreamBytes);
  link_.mark_authenticated(stream.counted);
  stream.phase = StreamPhase::kInFlight;
  stream.at_work = true;
  stream.active = ActiveRequest(context_.counters, link_.peer.listener_kind);
}

// An error or a time-out: the handler's error body.
void Http2Protocol::refuse(std::uint32_t id, Stream& stream, const RequestError& error) {
  call_refuse(context_, error);
  stream.later.reset();
  stream.hold.cancel();
  respond(id, stream);
}

void Http2Protocol::respond(std::uint32_t id, Stream& stream) {
  Response& response = context_.response;
  count_response(context_, stream.later);
  stream.active = {};
  compress_response(context_, stream.coding);
  std::string head = context_.stream_memory.take_buffer(response.lines().size());
  if (!response.streaming)
    append_response(head, response, {.standing_lines = context_.standing_lines, .head_only = true});
  else
    append_stream_head(head, response, context_.standing_lines,
                       response.streaming->upgrade ? BodyFraming::kUpgraded : BodyFraming::kUntilClose);
  const Http2Fields fields(head, context_.stream_memory);
  const bool has_body =
      response.streaming || (fields.has_content() && !stream.head_only && !response.body.empty());
  release_request(stream);
  stream.phase = StreamPhase::kResponding;
  stream.last = !response.streaming;
  link_.mark_authenticated(stream.counted);
  session_.respond(id, fields, has_body);
  context_.stream_memory.give_buffer(std::move(head));
  if (response.streaming) begin_streaming(stream);
  if (has_body) {
    stream.output = context_.stream_memory.take_buffer(response.body.size());
    if (StreamMemory::is_tight(response.body.capacity(), response.body.size()))
      stream.output.swap(response.body);  // the next response gets the other buffer
    else
      stream.output.assign(response.body);
    count_pushed(id, stream, stream.output.size());
  }
  if (stream.last) stream.counted.end();
  if (response.close) session_.stop_accepting();
}

void Http2Protocol::begin_streaming(Stream& stream) {
  stream.streaming =
      std::make_unique<StreamingResponse>(*std::move(context_.response.streaming), context_.now);
  stream.last = context_.draining && stream.is_endless();
  stream.notifies = true;
  link_.give_up_on_silence();
}

// Queues bytes of a response body. What was sent is dropped when it is more than half.
void Http2Protocol::push(std::uint32_t id, Stream& stream, std::string_view bytes) {
  if (stream.output_sent > stream.output.size() / 2) {
    stream.output.erase(0, stream.output_sent);
    stream.output_sent = 0;
  }
  stream.output.append(bytes);
  count_pushed(id, stream, bytes.size());
}

void Http2Protocol::count_pushed(std::uint32_t id, Stream& stream, std::size_t bytes) {
  link_.queued += bytes;
  if (!stream.is_endless()) responses_ += bytes;
  stream.reading.update(context_.now, 0, stream.waiting());
  stream.notifies = stream.streaming != nullptr;
  if (stream.streaming) stream.streaming->on_pushed(context_.now);
  session_.resume(id);
}

Http2Protocol::BodyPart Http2Protocol::read_body(std::uint32_t id, std::span<char> into) {
  Stream* const stream = find(id);
  if (!stream) return {0, true};
  const std::size_t bytes = std::min(stream->waiting(), into.size());
  std::copy_n(stream->output.begin() + static_cast<std::ptrdiff_t>(stream->output_sent), bytes, into.begin());
  stream->output_sent += bytes;
  count_taken(*stream, bytes);
  stream->reading.update(context_.now, bytes, stream->waiting());
  if (stream->waiting() != 0) return {bytes, false};
  free_output(*stream);
  return {bytes, stream->last};
}

void Http2Protocol::free_output(Stream& stream) {
  context_.stream_memory.give_buffer(std::move(stream.output));
  stream.output.clear();
  stream.output_sent = 0;
}

void Http2Protocol::count_taken(const Stream& stream, std::size_t bytes) {
  link_.queued -= bytes;
  if (!stream.is_endless()) responses_ -= bytes;
}

void Http2Protocol::on_response(std::uint32_t id, std::move_only_function<void(Response&)>& fill) {
  const auto place = streams_.find(id);
  if (place == streams_.end() || !std::exchange(place->second.at_work, false)) return;
  Stream& stream = place->second;
  stream.hold.end();
  if (stream.closed) return erase(place);
  if (stream.phase != StreamPhase::kInFlight) return;  // it was late, and has had its 408
  stream.fill = std::move(fill);
  make_ready(id, stream);
}

void Http2Protocol::on_chunk(std::uint32_t id, std::string_view bytes, bool last) {
  Stream* const stream = find(id);
  if (!stream || !stream->streaming || stream->last) return;
  stream->last = last;
  push(id, *stream, bytes);
}

void Http2Protocol::hold(std::uint32_t id, Duration longest, std::move_only_function<void()> on_abandoned) {
  if (Stream* const stream = find(id))
    stream->hold.begin(context_.now + std::min(longest, context_.limits.held_request),
                       std::move(on_abandoned));
}

// Tells the sources of pushed bytes which of them wait. A stream for which too many wait ends alone. Returns whether
// there was one.
bool Http2Protocol::end_slow_streams() {
  bool has_ended = false;
  for (auto& [id, stream] : streams_) {
    if (!stream.notifies || stream.waiting() == 0) continue;
    stream.streaming->on_written(true);
    if (!stream.is_endless() || stream.waiting() <= context_.limits.stream_queue_bytes) continue;
    reset(id, stream, Http2Error::kCancel);
    has_ended = true;
  }
  return has_ended;
}

void Http2Protocol::on_written() {
  for (auto& [id, stream] : streams_) {
    if (!stream.notifies || stream.waiting() != 0) continue;
    stream.notifies = link_.waiting != 0;
    stream.streaming->on_written(stream.notifies);
  }
}

// The response ended before the request did. A short rest of the body is discarded, a long one is not waited for
// (RFC 9113 §8.1).
void Http2Protocol::on_response_end(std::uint32_t id) {
  Stream* const stream = find(id);
  if (!stream) return;
  stream->response_ended = true;
  if (stream->request_ended) return;
  if (stream->websocket || stream->received > context_.limits.drain_bytes)
    reset(id, *stream, Http2Error::kNone);
}

void Http2Protocol::reset(std::uint32_t id, Stream& stream, Http2Error error) {
  session_.reset(id, error);
  abandon(stream);
}

// The response is no longer wanted: its work is cancelled, and counts until the handler has ended it.
void Http2Protocol::abandon(Stream& stream) {
  stream.active = {};
  stream.phase = StreamPhase::kReset;
  if (stream.hold.is_held()) stream.at_work = false;
  stream.hold.cancel();
  release_request(stream);
  count_taken(stream, stream.waiting());
  free_output(stream);
  stream.notifies = false;
  stream.streaming.reset();
  stream.counted.end();
}

void Http2Protocol::on_closed(std::uint32_t id) {
  const auto place = streams_.find(id);
  if (place == streams_.end()) return;
  place->second.closed = true;
  abandon(place->second);
  if (!place->second.at_work) erase(place);
}

void Http2Protocol::erase(StreamTable::iterator place) {
  streams_.erase(place);
  if (streams_.empty()) link_.active = context_.now;
}

bool Http2Protocol::needs_open_peer() const {
  return std::ranges::any_of(
      streams_, [](const auto& entry) { return entry.second.hold.is_held() || entry.second.is_endless(); });
}

void Http2Protocol::drain() {
  session_.stop_accepting();
  for (auto& [id, stream] : streams_) {
    if (!stream.is_endless()) continue;
    stream.last = true;
    session_.resume(id);
  }
}

}  // namespace porchlight::http
