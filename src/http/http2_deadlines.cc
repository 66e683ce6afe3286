// When the streams of an HTTP/2 connection time out. The limits are those of HTTP/1.1, for each stream.
#include <algorithm>

#include "http/http2.h"

namespace porchlight::http {
namespace {

constexpr RequestError kLate{
    408,
    "The request took too long (the settings http.whole_body, http.whole_request and "
    "http.rate_bytes_per_s)."};

}  // namespace

SteadyTime Http2Protocol::body_deadline(const Stream& stream) const {
  const Limits& limits = context_.limits;
  return std::min({stream.began + limits.whole_request, stream.body_began + limits.whole_body,
                   rate_deadline(limits, stream.body_began, stream.received, limits.rate_bytes_per_s)});
}

SteadyTime Http2Protocol::deadline_of(const Stream& stream) const {
  switch (stream.phase) {
    case StreamPhase::kHead:
    case StreamPhase::kReset:
      return kNever;
    case StreamPhase::kBody:
      return body_deadline(stream);
    case StreamPhase::kReady:
    case StreamPhase::kInFlight:
      return stream.hold.is_held() ? stream.hold.until() : stream.began + context_.limits.whole_request;
    case StreamPhase::kResponding:
      break;
  }
  if (stream.response_ended) return stream.request_ended ? kNever : body_deadline(stream);
  const SteadyTime read = stream.reading.deadline(context_.limits);
  return stream.streaming && !stream.last ? std::min(read, stream.streaming->heartbeat_at()) : read;
}

SteadyTime Http2Protocol::deadline() const {
  const SteadyTime unfinished = session_.unfinished_since();
  SteadyTime earliest = unfinished == kUnset ? kNever : unfinished + context_.limits.all_headers;
  for (const auto& [id, stream] : streams_) earliest = std::min(earliest, deadline_of(stream));
  return earliest;
}

SteadyTime Http2Protocol::awaits_client_since() const {
  if (streams_.empty())
    return session_.unfinished_since() == kUnset ? link_.active : session_.unfinished_since();
  SteadyTime since = kNever;
  for (const auto& [id, stream] : streams_) {
    if (stream.at_work || stream.streaming || stream.phase == StreamPhase::kReady) return kNever;
    since = std::min(since, stream.began);
  }
  return since;
}

// A block of fields holds up all streams, so one that is late ends the connection, as the end of the idle time does.
void Http2Protocol::on_deadline() {
  const SteadyTime unfinished = session_.unfinished_since();
  if (is_idle()) return session_.terminate(Http2Error::kNone);
  if (unfinished != kUnset && context_.now >= unfinished + context_.limits.all_headers)
    return session_.terminate(Http2Error::kCalm);
  for (auto& [id, stream] : streams_)
    if (context_.now >= deadline_of(stream)) expire(id, stream);
}

void Http2Protocol::expire(std::uint32_t id, Stream& stream) {
  if (stream.phase != StreamPhase::kResponding) return refuse(id, stream, kLate);
  if (stream.response_ended) return reset(id, stream, Http2Error::kNone);
  if (context_.now >= stream.reading.deadline(context_.limits)) return reset(id, stream, Http2Error::kCancel);
  push(id, stream, stream.streaming->heartbeat());
}

}  // namespace porchlight::http
