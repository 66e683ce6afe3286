// The state machine of one connection. work() is the one step: finish the handshake, write, handle requests
// that were read before, read once, write. It runs after every event that may change anything. Reading stops
// while a response is in flight or output waits (is_stalled()), so a client that does not read slows itself
// down only. The sockets are edge-triggered: readable_ and writable_ remember what epoll reported until the
// socket says EAGAIN.
#include "http/connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace porchlight::http {
namespace {

using ParseStep = Http1Parser::ParseStep;

// Output that may wait for a client that has not authenticated. With its input that is below the 64 KiB that
// such a connection may cost.
constexpr std::size_t kUnauthenticatedOutputBytes = 16 * 1024;
// The step by which a connection's buffers grow, in bytes.
constexpr std::size_t kGrowth = 4096;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Appends, growing by whole pages and not by doubling: a connection holds little more than it needs.
void append_tightly(std::string& buffer, std::string_view bytes) {
  const std::size_t need = buffer.size() + bytes.size();
  if (need > buffer.capacity()) {
    std::string grown;
    grown.reserve((need + kGrowth - 1) / kGrowth * kGrowth);
    grown.append(buffer);
    buffer.swap(grown);
  }
  buffer.append(bytes);
}

// Removes bytes from the front. A buffer that becomes empty gives its memory back.
void drop_front(std::string& buffer, std::size_t bytes) {
  CHECK(bytes <= buffer.size());
  if (bytes == buffer.size())
    std::string().swap(buffer);
  else
    buffer.erase(0, bytes);
}

// Runs a call of the handler. An exception costs one request, not the loop.
template <typename Call>
void guarded(Response& response, Call call) {
  try {
    call();
  } catch (...) {
    response.clear();
    response.status = 500;
    response.close = true;
  }
}

}  // namespace

Connection::Connection(LoopContext& context, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls,
                       bool proxy_header)
    : context_(context),
      id_(id),
      transport_(fd, tls),
      parser_(context.reader, context.limits),
      state_(proxy_header          ? ConnectionState::kProxyHeader
             : transport_.is_tls() ? ConnectionState::kHandshake
                                   : ConnectionState::kOpen),
      unauthenticated_(peer.listener_kind != ListenerKind::kAdmin),
      active_(context.now),
      request_began_(kUnset),
      body_began_(kUnset),
      output_began_(kUnset),
      peer_(peer) {
  if (!peer.is_trusted) counted_ = peer.address;
}

Connection::~Connection() {
  context_.limiter.waiting_bytes().replace(output_owner_, output_counted_, 0);
  cancel_hold();
  close_stream();
  if (counted_)
    context_.limiter.release_unauthenticated(*counted_);
  else
    context_.limiter.release();
}

Connection::Next Connection::on_ready(std::uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) return Next::kClosed;
  if (events & EPOLLRDHUP) hung_up_ = true;
  if (events & (EPOLLIN | EPOLLRDHUP)) readable_ = true;
  if (events & EPOLLOUT) writable_ = true;
  return work();
}

Connection::Next Connection::resume() { return work(); }

// One step of the connection, as the file's first paragraph describes.
Connection::Next Connection::work() {
  if (state_ < ConnectionState::kOpen && !begin())
    return state_ == ConnectionState::kClosed ? Next::kClosed : Next::kWait;
  if (writable_ && waiting_output()) flush();
  handle_buffered();
  if (state_ == ConnectionState::kOpen && readable_ && !is_stalled()) {
    read_once();
    flush();
    // A burst of requests may fill the output limit. What the socket has taken makes room for the rest.
    handle_buffered();
  }
  flush();
  if (state_ == ConnectionState::kLingering) linger();
  // A client that closes its side during a long wait is taken to be gone. One with a short request may still
  // read the response.
  const bool waits_long = hold_ || (is_endless() && !is_upgraded());
  if (state_ == ConnectionState::kClosed || (waits_long && hung_up_)) return Next::kClosed;
  return state_ == ConnectionState::kOpen && readable_ && !is_stalled() ? Next::kAgain : Next::kWait;
}

// Passes what comes before the first request. Returns whether the connection is open.
bool Connection::begin() {
  if (state_ == ConnectionState::kProxyHeader && !read_proxy_header()) return false;
  return state_ == ConnectionState::kOpen || do_handshake();
}

bool Connection::do_handshake() {
  switch (transport_.handshake()) {
    case IoStatus::kDone:
      state_ = ConnectionState::kOpen;
      active_ = context_.now;
      readable_ = true;  // the first request may have come with the client's last handshake message
      return true;
    case IoStatus::kAgain:
      return false;
    default:
      state_ = ConnectionState::kClosed;
      return false;
  }
}

std::size_t Connection::output_max() const {
  return unauthenticated_ ? std::min(context_.limits.output_bytes, kUnauthenticatedOutputBytes)
                          : context_.limits.output_bytes;
}

// Whether no request may be handled now: a response is outstanding, or too much output waits.
bool Connection::is_stalled() const {
  return in_flight_ || waiting_output() + context_.output.size() >= output_max();
}

// Handles requests that were read earlier and had to wait.
void Connection::handle_buffered() {
  std::size_t used = 1;
  while (state_ == ConnectionState::kOpen && !input_.empty() && !is_stalled() && used != 0) {
    used = handle_all(input_);
    drop_front(input_, used);
    flush();
  }
}

// One read from the socket into the loop's buffer; only a rest of it is copied into input_.
void Connection::read_once() {
  const IoResult result = transport_.read({context_.input.get(), LoopContext::kInputBytes});
  switch (result.status) {
    case IoStatus::kDone:
      break;
    case IoStatus::kAgain:
      readable_ = false;
      return;
    case IoStatus::kEnd:
      // An unfinished request can never be completed, and no peer reads an answer.
      ended_ = true;
      state_ = is_upgraded() ? ConnectionState::kClosed : ConnectionState::kClosing;
      return;
    case IoStatus::kBroken:
      state_ = ConnectionState::kClosed;
      return;
  }
  readable_ = !result.drained || hung_up_;
  const std::string_view bytes(context_.input.get(), result.bytes);
  if (input_.empty()) {
    const std::size_t used = handle_all(bytes);
    if (used < bytes.size()) append_tightly(input_, bytes.substr(used));
  } else {
    append_tightly(input_, bytes);
    drop_front(input_, handle_all(input_));
  }
}

// Handles the complete requests in `input` in order. Returns how many bytes were used.
std::size_t Connection::handle_all(std::string_view input) {
  std::size_t used = 0;
  bool more = true;
  while (more && used < input.size() && state_ == ConnectionState::kOpen && !is_stalled()) {
    if (is_upgraded()) {
      response_stream_->body.observer->on_received(input.substr(used));
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
bool Connection::handle_step(ParseStep step) {
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
        state_ = ConnectionState::kClosing;
      else
        refuse(parser_.error().status, parser_.error().reason);
      return false;
  }
  return false;
}

Connection::RequestTraits Connection::traits_of(const Head& head) {
  return {head.request.method == Method::kHead, head.keep_alive, head.is_http10};
}

ContentCoding Connection::accepted_coding(const Head& head) {
  if (head.accept_encodings == 0) return ContentCoding::kIdentity;
  return head.accept_encodings == 1 ? context_.negotiator.coding(head.accept_encoding)
                                    : negotiate_coding(head.request.headers);
}

// The head is complete and the body is not: the handler decides whether to read the body.
void Connection::on_head() {
  Head& head = parser_.head();
  Response& response = context_.response;
  set_client(head.request);
  response.clear();
  body_began_ = context_.now;
  if (!count_client()) return;
  RequestTraits request = traits_of(head);
  Admission admission = false;
  guarded(response, [&] { admission = context_.handler.admit(head.request, head.body_bytes, response); });
  if (admission.admitted) {
    const Limits& limits = context_.limits;
    const std::size_t most = std::max(limits.body_bytes, limits.admitted_body_bytes);
    if (!parser_.limit_body(
            admission.body_bytes == 0 ? limits.body_bytes : std::min(admission.body_bytes, most),
            admission.too_large))
      return refuse(admission.too_large.status, admission.too_large.reason);
    if (head.expects_continue) context_.output.append(kContinue);
    return;
  }
  // A client that waits for "100 Continue" may or may not send the body now. What comes next cannot be parsed
  // with certainty, so the connection closes.
  if (!parser_.skip_body() || head.expects_continue) request.keep_alive = false;
  write_response(request);
}

// A complete request: answered now, or in flight until on_response().
void Connection::on_request() {
  Head& head = parser_.head();
  Response& response = context_.response;
  set_client(head.request);
  response.clear();
  if (!count_client()) return;
  RequestTraits request = traits_of(head);
  HandleResult handled = HandleResult::kNow;
  guarded(response, [&] {
    handled = context_.handler.handle(head.request, response, Exchange(context_.loop, id_, ++stream_));
  });
  request.coding = accepted_coding(head);  // now, because the fields are gone when a later response comes
  parser_.next();
  if (handled == HandleResult::kLater) {
    mark_authenticated();
    in_flight_ = true;
    in_flight_traits_ = request;
    return;
  }
  cancel_hold();
  if (response.streaming) return begin_stream(request);
  write_response(request);
  finish_request();
}

void Connection::hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned) {
  if (stream != stream_) return;
  hold_ = std::make_unique<Hold>(context_.now + std::min(longest, context_.limits.held_request),
                                 std::move(on_abandoned));
}

// Tells the handler that its held response is no longer wanted.
void Connection::cancel_hold() {
  if (const auto hold = std::exchange(hold_, nullptr)) hold->on_abandoned();
}

Connection::Next Connection::on_response(std::uint32_t stream,
                                         std::move_only_function<void(Response&)>& fill) {
  if (!in_flight_ || stream != stream_) return Next::kWait;
  in_flight_ = false;
  hold_.reset();
  context_.response.clear();
  guarded(context_.response, [&] { fill(context_.response); });
  if (context_.response.streaming) {
    begin_stream(in_flight_traits_);
  } else {
    write_response(in_flight_traits_);
    finish_request();
  }
  return work();
}

void Connection::finish_request() {
  request_began_ = kUnset;
  active_ = context_.now;
  if (peer_.is_trusted) uncount_client();
}

void Connection::write_response(const RequestTraits& request) {
  Response& response = context_.response;
  const bool close = !request.keep_alive || response.close || context_.draining;
  if (response.compressible && is_compressed(request.coding, response.body.size()))
    context_.compressor.compress(response);
  append_response(context_.output, response,
                  {context_.standing_lines, request.head_only, close, request.is_http10 && !close});
  if (close) state_ = ConnectionState::kClosing;
  mark_authenticated();
}

// What waits on this connection counts for the application of the last response that has one.
void Connection::own_output() {
  const AppOfTenant owner{context_.response.caller.tenant, context_.response.caller.app};
  if (owner.second == Guid{} || owner == output_owner_) return;
  context_.limiter.waiting_bytes().replace(output_owner_, std::exchange(output_counted_, 0), 0);
  output_owner_ = owner;
}

// An authenticated client no longer counts as unauthenticated, also while its response is outstanding.
void Connection::mark_authenticated() {
  own_output();
  if (!context_.response.authenticated || !unauthenticated_) return;
  unauthenticated_ = false;
  uncount_client();
}

// A protocol error or a time-out: the handler's error body, and then the connection closes.
void Connection::refuse(int status, std::string_view reason) {
  Response& response = context_.response;
  response.clear();
  response.status = status;
  guarded(response, [&] { context_.handler.refuse(status, reason, response); });
  in_flight_ = false;
  cancel_hold();
  write_response({.head_only = parser_.is_head_only()});
}

// Writes the waiting output and the loop's output buffer in one call. The loop's buffer is empty afterwards.
void Connection::flush() {
  std::string& fresh = context_.output;
  if (waiting_output()) {
    output_.append(fresh);
    fresh.clear();
  }
  const std::string_view all = waiting_output() ? std::string_view(output_).substr(output_sent_) : fresh;
  IoResult result{IoStatus::kAgain};
  if (!all.empty() && writable_ && state_ != ConnectionState::kClosed) result = transport_.write(all);
  if (result.status == IoStatus::kBroken) state_ = ConnectionState::kClosed;
  writable_ = writable_ && result.bytes == all.size();
  keep_unsent(all.substr(result.bytes), result.bytes);
  const bool had_output = !all.empty();
  fresh.clear();
  count_output();
  if (had_output && is_streaming()) notify_flow_control();
  if (state_ == ConnectionState::kClosing && !waiting_output()) begin_lingering();
}

// Counts what waits for the application of the last response. A connection that exceeds the application's share closes.
void Connection::count_output() {
  const std::size_t waiting = waiting_output();
  if (waiting == output_counted_) return;
  if (context_.limiter.waiting_bytes().replace(output_owner_, output_counted_, waiting))
    output_counted_ = waiting;
  else
    state_ = ConnectionState::kClosed;
}

// Keeps what the socket did not take. `unsent` is a part of output_ or of the loop's buffer. output_ is
// compacted when more than half of it has been sent.
void Connection::keep_unsent(std::string_view unsent, std::size_t sent) {
  if (unsent.empty()) {
    if (output_.empty()) return;
    std::string().swap(output_);
    output_sent_ = 0;
    output_began_ = kUnset;
    return;
  }
  if (output_began_ == kUnset) {
    output_began_ = context_.now;
    output_moved_ = 0;
    output_most_ = 0;
  }
  output_moved_ += sent;
  output_most_ = std::max(output_most_, unsent.size());
  CHECK(output_sent_ <= output_.size());
  if (!waiting_output()) {
    output_.assign(unsent);
    output_sent_ = 0;
    return;
  }
  output_sent_ += sent;
  if (output_sent_ <= output_.size() / 2) return;
  output_.erase(0, output_sent_);
  output_sent_ = 0;
}

// Ends the writing side and keeps reading for a while. Closing at once with unread input would reset the
// connection, and the peer could lose the last response.
void Connection::begin_lingering() {
  transport_.end_writing();
  std::string().swap(input_);
  active_ = context_.now;
  const bool nothing_to_read = context_.draining && !readable_;
  state_ = ended_ || nothing_to_read ? ConnectionState::kClosed : ConnectionState::kLingering;
}

// Discards input until the peer closes, the limit is reached or the deadline passes.
void Connection::linger() {
  while (readable_ && state_ == ConnectionState::kLingering) {
    const IoResult result = transport_.discard({context_.input.get(), LoopContext::kInputBytes});
    lingered_bytes_ += result.bytes;
    if (result.status == IoStatus::kAgain) readable_ = false;
    if (result.status == IoStatus::kDone) readable_ = !result.drained || hung_up_;
    if (result.status == IoStatus::kEnd || result.status == IoStatus::kBroken ||
        lingered_bytes_ > context_.limits.drain_bytes)
      state_ = ConnectionState::kClosed;
  }
}

}  // namespace porchlight::http
