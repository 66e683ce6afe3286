// The exchange of HTTP/1: parse, call the handler, write. Nothing is parsed while a response is in flight or output
// waits, so a client that does not read slows itself down only.
#include "http/http1.h"

#include <algorithm>
#include <utility>

namespace porchlight::http {
namespace {

using ParseStep = Http1Parser::ParseStep;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr RequestError kTooLate{
    408,
    "The request took too long (the settings http.all_headers, http.whole_body, http.whole_request and "
    "http.rate_bytes_per_s)."};

}  // namespace

Http1Protocol::Http1Protocol(Link& link)
    : link_(link), context_(link.context), parser_(context_.reader, context_.limits) {}

Http1Protocol::~Http1Protocol() { hold_.cancel(); }

// Handles the complete requests in `input` in order.
std::size_t Http1Protocol::receive(std::string_view input) {
  std::size_t used = 0;
  bool more = true;
  while (more && used < input.size() && link_.is_open() && !is_stalled() && !context_.turn.is_over()) {
    if (is_upgraded()) {
      response_stream_->on_received(input.substr(used));
      return input.size();
    }
    if (request_began_ == kUnset) request_began_ = context_.now;
    const ParseStep step = parser_.advance(input.substr(used));
    used += parser_.used();
    more = handle_step(step);
  }
  return used;
}

// Returns whether to parse on.
bool Http1Protocol::handle_step(ParseStep step) {
  switch (step) {
    case ParseStep::kNeedMore:
      return false;
    case ParseStep::kHead:
      on_head();
      return true;
    case ParseStep::kComplete:
      on_request();
      return true;
    case ParseStep::kSkipped:
      finish_request();
      return true;
    case ParseStep::kError:
      // The request of a skipped body has had its response.
      if (parser_.is_skipping())
        link_.close_after_output();
      else
        refuse(parser_.error());
      return false;
  }
  return false;
}

Http1Protocol::RequestTraits Http1Protocol::traits_of(const Head& head) {
  return {head.request.method == Method::kHead, head.keep_alive, head.is_http10};
}

// Returns whether the request is within the share of its client; it is refused otherwise.
bool Http1Protocol::count_client(Head& head) {
  link_.set_client(head.request);
  context_.response.clear();
  if (link_.count_client(link_.counted)) return true;
  refuse(kTooManyOfClient);
  return false;
}

// The head is complete and the body is not: the handler decides whether to read the body.
void Http1Protocol::on_head() {
  Head& head = parser_.head();
  body_began_ = context_.now;
  if (!count_client(head)) return;
  RequestTraits request = traits_of(head);
  const Admission admission = ask_admission(context_, head);
  if (admission.admitted) {
    link_.mark_authenticated(link_.counted);
    if (!parser_.limit_body(admitted_bytes(context_.limits, admission), admission.too_large))
      return refuse(admission.too_large);
    if (head.expects_continue) context_.output.append(kContinue);
    return;
  }
  // A client that waits for "100 Continue" may or may not send the body now. What comes next cannot be parsed
  // with certainty, so the connection closes.
  if (!parser_.skip_body() || head.expects_continue) request.keep_alive = false;
  write_response(request);
}

// A complete request: answered now, or in flight until on_response().
void Http1Protocol::on_request() {
  Head& head = parser_.head();
  if (!count_client(head)) return;
  RequestTraits request = traits_of(head);
  const HandleResult handled =
      call_handler(context_, head.request, Exchange(context_.loop, link_.id, ++stream_));
  request.coding = accepted_coding(context_, head);  // now: the fields are gone when a later response comes
  parser_.next();
  if (handled == HandleResult::kLater) {
    link_.mark_authenticated(link_.counted);
    in_flight_ = true;
    request.later = later_response(context_);
    in_flight_traits_ = request;
    active_ = ActiveRequest(context_.counters, link_.peer.listener_kind);
    return;
  }
  hold_.cancel();
  if (context_.response.streaming) return begin_stream(request);
  write_response(request);
  finish_request();
}

void Http1Protocol::hold(std::uint32_t stream, Duration longest,
                         std::move_only_function<void()> on_abandoned) {
  if (stream != stream_) return;
  hold_.begin(context_.now + std::min(longest, context_.limits.held_request), std::move(on_abandoned));
}

void Http1Protocol::on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill) {
  if (!in_flight_ || stream != stream_) return;
  in_flight_ = false;
  active_ = {};
  hold_.end();
  call_fill(context_, fill);
  if (context_.response.streaming) return begin_stream(in_flight_traits_);
  write_response(in_flight_traits_);
  finish_request();
}

void Http1Protocol::finish_request() {
  request_began_ = kUnset;
  link_.active = context_.now;
  if (link_.peer.is_trusted) link_.counted.end();
}

void Http1Protocol::write_response(const RequestTraits& request) {
  const Response& response = context_.response;
  const bool close = !request.keep_alive || response.close || context_.draining;
  count_response(context_, request.later);
  compress_response(context_, request.coding);
  append_response(context_.output, response,
                  {context_.standing_lines, request.head_only, close, request.is_http10 && !close});
  if (close) link_.close_after_output();
  link_.mark_authenticated(link_.counted);
}

// A protocol error or a time-out: the handler's error body, and then the connection closes.
void Http1Protocol::refuse(const RequestError& error) {
  call_refuse(context_, error);
  in_flight_ = false;
  active_ = {};
  hold_.cancel();
  write_response({.head_only = parser_.is_head_only()});
}

// Sends the head of a streaming response and the beginning of its body.
void Http1Protocol::begin_stream(const RequestTraits& request) {
  count_response(context_, request.later);
  StreamingBody& body = *context_.response.streaming;
  body_framing_ = body.upgrade        ? BodyFraming::kUpgraded
                  : request.is_http10 ? BodyFraming::kUntilClose
                                      : BodyFraming::kChunked;
  append_stream_head(context_.output, context_.response, context_.standing_lines, body_framing_);
  link_.mark_authenticated(link_.counted);
  in_flight_ = !body.upgrade;
  response_stream_ = std::make_unique<StreamingResponse>(std::move(body), context_.now);
  link_.give_up_on_silence();
  append_chunk(context_.output, context_.response.body, body_framing_);
  if (context_.draining && is_endless()) end_stream();
}

void Http1Protocol::on_chunk(std::uint32_t stream, std::string_view bytes, bool last) {
  if (stream != stream_ || !is_streaming()) return;
  send_chunk(bytes);
  if (last) end_stream();
}

void Http1Protocol::send_chunk(std::string_view bytes) {
  append_chunk(context_.output, bytes, body_framing_);
  response_stream_->on_pushed(context_.now);
}

void Http1Protocol::end_stream() {
  append_last_chunk(context_.output, body_framing_);
  link_.close_after_output();
}

// Output that the socket does not take waits, up to a limit.
void Http1Protocol::on_written() {
  if (!is_streaming()) return;
  response_stream_->on_written(link_.waiting != 0);
  if (is_endless() && link_.waiting > context_.limits.stream_queue_bytes) link_.abort();
}

// An unfinished request can never be completed, and no peer reads an answer.
void Http1Protocol::on_input_end() {
  if (is_upgraded())
    link_.abort();
  else
    link_.close_after_output();
}

// When the current request times out. A held response replaces the usual limit by its own.
SteadyTime Http1Protocol::request_deadline() const {
  const Limits& limits = context_.limits;
  const SteadyTime whole = request_began_ + limits.whole_request;
  if (in_flight_) return hold_.is_held() ? hold_.until() : whole;
  if (parser_.is_in_body())
    return std::min({whole, body_began_ + limits.whole_body,
                     rate_deadline(limits, body_began_, parser_.body_received(), limits.rate_bytes_per_s)});
  return is_stalled() ? whole : std::min(whole, request_began_ + limits.all_headers);
}

SteadyTime Http1Protocol::deadline() const {
  if (is_streaming()) return response_stream_->heartbeat_at();
  return is_idle() ? kNever : request_deadline();
}

SteadyTime Http1Protocol::awaits_client_since() const {
  if (in_flight_ || is_streaming()) return kNever;
  return is_idle() ? link_.active : request_began_;
}

// A request that is late gets a 408; everything else just closes.
void Http1Protocol::on_deadline() {
  if (is_streaming()) {
    if (context_.now >= response_stream_->heartbeat_at()) send_chunk(response_stream_->heartbeat());
    return;
  }
  if (is_idle() || parser_.is_skipping()) return link_.abort();
  refuse(kTooLate);
}

void Http1Protocol::drain() {
  if (is_endless())
    end_stream();
  else if (is_idle() && link_.waiting == 0 && !link_.may_send_soon())
    link_.abort();
}

}  // namespace porchlight::http
