#include "http/connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace porchlight::http {
namespace {

using Step = Http1Parser::Step;

// How long the peer may take to see the last answer and close its side.
constexpr Duration kLinger = std::chrono::seconds(2);
constexpr SteadyTime kNever = SteadyTime::max();
constexpr SteadyTime kNone = SteadyTime::min();
// Answers that may wait for a stranger: with the input, less than the 64 KiB one may cost before login.
constexpr std::size_t kStrangerOutputBytes = 16 * 1024;
constexpr std::size_t kGrowth = 4096;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Grows by whole pages and not by doubling: what a connection holds stays close to what it needs.
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

void drop_front(std::string& buffer, std::size_t bytes) {
  if (bytes == buffer.size())
    std::string().swap(buffer);
  else
    buffer.erase(0, bytes);
}

// A stray exception of a handler costs one request, not the loop.
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

Connection::Connection(Workbench& bench, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls)
    : bench_(bench),
      id_(id),
      transport_(fd, tls),
      parser_(bench.reader, bench.limits),
      state_(tls ? State::kHandshake : State::kOpen),
      stranger_(peer.door != Door::kAdmin),
      active_(bench.now),
      request_began_(kNone),
      body_began_(kNone),
      output_began_(kNone),
      peer_(peer) {}

Connection::~Connection() {
  let_go();
  lose_stream();
  if (stranger_)
    bench_.census.leave_stranger(peer_.key);
  else
    bench_.census.leave();
}

Connection::Next Connection::on_ready(std::uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) return Next::kOver;
  if (events & EPOLLRDHUP) hung_up_ = true;
  if (events & (EPOLLIN | EPOLLRDHUP)) readable_ = true;
  if (events & EPOLLOUT) writable_ = true;
  return work();
}

Connection::Next Connection::go_on() { return work(); }

Connection::Next Connection::work() {
  if (state_ == State::kHandshake && !shake_hands())
    return state_ == State::kOver ? Next::kOver : Next::kWait;
  if (writable_ && waiting_output()) flush();
  handle_rest();
  if (state_ == State::kOpen && readable_ && !is_stalled()) {
    read_once();
    flush();
    // A burst may answer more than may wait; what the socket took makes room for the rest of it.
    handle_rest();
  }
  flush();
  if (state_ == State::kLingering) linger();
  // Who waits long and ends their side has gone: only a short answer is worth an end of its own.
  const bool waits_long = hold_ || (is_streaming() && !is_upgraded());
  if (state_ == State::kOver || (waits_long && hung_up_)) return Next::kOver;
  return state_ == State::kOpen && readable_ && !is_stalled() ? Next::kAgain : Next::kWait;
}

bool Connection::shake_hands() {
  switch (transport_.handshake()) {
    case Io::kDone:
      state_ = State::kOpen;
      active_ = bench_.now;
      readable_ = true;  // the first request may have come along with the client's last flight
      return true;
    case Io::kAgain:
      return false;
    default:
      state_ = State::kOver;
      return false;
  }
}

std::size_t Connection::output_max() const {
  return stranger_ ? std::min(bench_.limits.output_bytes, kStrangerOutputBytes) : bench_.limits.output_bytes;
}

// Nothing more is handled for now: an answer is awaited, or the peer does not take what it got.
bool Connection::is_stalled() const {
  return in_flight_ || waiting_output() + bench_.output.size() >= output_max();
}

// Requests that were read before, and had to wait.
void Connection::handle_rest() {
  std::size_t used = 1;
  while (state_ == State::kOpen && !input_.empty() && !is_stalled() && used != 0) {
    used = handle_all(input_);
    drop_front(input_, used);
    flush();
  }
}

void Connection::read_once() {
  const Moved moved = transport_.read({bench_.input.get(), Workbench::kInputBytes});
  switch (moved.io) {
    case Io::kDone:
      break;
    case Io::kAgain:
      readable_ = false;
      return;
    case Io::kEnd:
      // Half a request will never become whole, and there is nobody to tell.
      ended_ = true;
      state_ = is_upgraded() ? State::kOver : State::kClosing;
      return;
    case Io::kBroken:
      state_ = State::kOver;
      return;
  }
  readable_ = !moved.drained || hung_up_;
  const std::string_view bytes(bench_.input.get(), moved.bytes);
  if (input_.empty()) {
    const std::size_t used = handle_all(bytes);
    if (used < bytes.size()) append_tightly(input_, bytes.substr(used));
  } else {
    append_tightly(input_, bytes);
    drop_front(input_, handle_all(input_));
  }
}

// Handles one request after the other; gives how many bytes were used up.
std::size_t Connection::handle_all(std::string_view input) {
  std::size_t used = 0;
  bool more = true;
  while (more && used < input.size() && state_ == State::kOpen && !is_stalled()) {
    if (is_upgraded()) {
      stream_going_->terms.ear->received(input.substr(used));
      return input.size();
    }
    if (request_began_ == kNone) request_began_ = bench_.now;
    const Step step = parser_.advance(input.substr(used));
    used += parser_.used();
    more = handle_step(step);
  }
  return used;
}

bool Connection::handle_step(Step step) {
  switch (step) {
    case Step::kMore:
      return false;
    case Step::kHead:
      on_head();
      return true;
    case Step::kWhole:
      on_whole();
      return true;
    case Step::kSkipped:
      finish_request();
      return true;
    case Step::kFault:
      // A body that was being skipped has had its answer.
      if (parser_.is_skipping())
        state_ = State::kClosing;
      else
        refuse(parser_.fault().status, parser_.fault().reason);
      return false;
  }
  return false;
}

void Connection::introduce(Request& request) const {
  request.peer = peer_.text;
  request.door = peer_.door;
}

void Connection::on_head() {
  Head& head = parser_.head();
  Response& response = bench_.response;
  introduce(head.request);
  response.clear();
  body_began_ = bench_.now;
  AnswerTo request{head.request.method == Method::kHead, head.keep_alive, head.old_version};
  bool admitted = false;
  guarded(response, [&] { admitted = bench_.handler.admit(head.request, head.body_bytes, response); });
  if (admitted) {
    if (head.expects_continue) bench_.output.append(kContinue);
    return;
  }
  // Who waits for "100 Continue" may send the body now or not at all: what comes next would be a guess.
  if (!parser_.skip_body() || head.expects_continue) request.keep_alive = false;
  write_answer(request);
}

void Connection::on_whole() {
  Head& head = parser_.head();
  Response& response = bench_.response;
  introduce(head.request);
  response.clear();
  const AnswerTo request{head.request.method == Method::kHead, head.keep_alive, head.old_version};
  Handled handled = Handled::kNow;
  guarded(response, [&] {
    handled = bench_.handler.handle(head.request, response, Exchange(bench_.loop, id_, ++stream_));
  });
  parser_.next();
  if (handled == Handled::kLater) {
    recognise();
    in_flight_ = true;
    flight_ = request;
    return;
  }
  let_go();
  if (response.goes_on) return begin_stream(request);
  write_answer(request);
  finish_request();
}

void Connection::hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> gone) {
  if (stream != stream_) return;
  hold_ = std::make_unique<Hold>(bench_.now + std::min(longest, bench_.limits.held_request), std::move(gone));
}

// Nobody waits for the answer any more.
void Connection::let_go() {
  if (const auto hold = std::exchange(hold_, nullptr)) hold->gone();
}

Connection::Next Connection::on_answer(std::uint32_t stream, std::move_only_function<void(Response&)>& fill) {
  if (!in_flight_ || stream != stream_) return Next::kWait;
  in_flight_ = false;
  hold_.reset();
  bench_.response.clear();
  guarded(bench_.response, [&] { fill(bench_.response); });
  if (bench_.response.goes_on) {
    begin_stream(flight_);
  } else {
    write_answer(flight_);
    finish_request();
  }
  return work();
}

void Connection::finish_request() {
  request_began_ = kNone;
  active_ = bench_.now;
}

void Connection::write_answer(const AnswerTo& request) {
  const Response& response = bench_.response;
  const bool close = !request.keep_alive || response.close || bench_.draining;
  append_response(bench_.output, response,
                  {bench_.date_line, request.head_only, close, request.old_version && !close});
  if (close) state_ = State::kClosing;
  recognise();
}

// Who proved who they are is no stranger, also while their answer is still to come.
void Connection::recognise() {
  if (!bench_.response.authenticated || !stranger_) return;
  stranger_ = false;
  bench_.census.recognise(peer_.key);
}

void Connection::refuse(int status, std::string_view reason) {
  Response& response = bench_.response;
  response.clear();
  response.status = status;
  guarded(response, [&] { bench_.handler.refuse(status, reason, response); });
  in_flight_ = false;
  let_go();
  write_answer({.head_only = parser_.is_head_only()});
}

// Writes what there is, in one go; afterwards the loop's output buffer is free again.
void Connection::flush() {
  std::string& fresh = bench_.output;
  if (waiting_output()) {
    output_.append(fresh);
    fresh.clear();
  }
  const std::string_view all = waiting_output() ? std::string_view(output_).substr(output_sent_) : fresh;
  Moved moved{Io::kAgain};
  if (!all.empty() && writable_ && state_ != State::kOver) moved = transport_.write(all);
  if (moved.io == Io::kBroken) state_ = State::kOver;
  writable_ = writable_ && moved.bytes == all.size();
  keep_unsent(all.substr(moved.bytes), moved.bytes);
  const bool moved_any = !all.empty();
  fresh.clear();
  if (moved_any && is_streaming()) say_how_it_goes();
  if (state_ == State::kClosing && !waiting_output()) begin_lingering();
}

void Connection::keep_unsent(std::string_view unsent, std::size_t sent) {
  if (unsent.empty()) {
    if (output_.empty()) return;
    std::string().swap(output_);
    output_sent_ = 0;
    output_began_ = kNone;
    return;
  }
  if (output_began_ == kNone) {
    output_began_ = bench_.now;
    output_moved_ = 0;
  }
  output_moved_ += sent;
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

// Closing at once, with input unread, would reset the connection and could take the last answer with it.
void Connection::begin_lingering() {
  transport_.end_writing();
  std::string().swap(input_);
  active_ = bench_.now;
  const bool nothing_to_read = bench_.draining && !readable_;
  state_ = ended_ || nothing_to_read ? State::kOver : State::kLingering;
}

void Connection::linger() {
  while (readable_ && state_ == State::kLingering) {
    const Moved moved = transport_.discard({bench_.input.get(), Workbench::kInputBytes});
    lingered_bytes_ += moved.bytes;
    if (moved.io == Io::kAgain) readable_ = false;
    if (moved.io == Io::kDone) readable_ = !moved.drained || hung_up_;
    if (moved.io == Io::kEnd || moved.io == Io::kBroken || lingered_bytes_ > bench_.limits.drain_bytes)
      state_ = State::kOver;
  }
}

SteadyTime Connection::rate_deadline(SteadyTime since, std::uint64_t bytes) const {
  const Duration earned(static_cast<Duration::rep>(bytes * 1000 / bench_.limits.rate_bytes_per_s) + 1);
  return since + std::max(bench_.limits.rate_grace, earned);
}

SteadyTime Connection::request_deadline() const {
  const Limits& limits = bench_.limits;
  const SteadyTime whole = request_began_ + limits.whole_request;
  if (in_flight_) return hold_ ? hold_->until : whole;
  if (parser_.is_in_body())
    return std::min(
        {whole, body_began_ + limits.whole_body, rate_deadline(body_began_, parser_.body_received())});
  return is_stalled() ? whole : std::min(whole, request_began_ + limits.all_headers);
}

SteadyTime Connection::deadline() const {
  switch (state_) {
    case State::kHandshake:
      return active_ + bench_.limits.tls_handshake;
    case State::kLingering:
      return active_ + kLinger;
    case State::kOver:
      return bench_.now;
    case State::kOpen:
    case State::kClosing:
      break;
  }
  if (is_idle()) return active_ + bench_.limits.idle;
  const SteadyTime reader = waiting_output() ? rate_deadline(output_began_, output_moved_) : kNever;
  if (is_streaming()) return std::min(reader, stream_going_->beat);
  const bool at_work = state_ == State::kOpen && request_began_ != kNone;
  return at_work ? std::min(reader, request_deadline()) : reader;
}

bool Connection::is_idle() const {
  return state_ == State::kOpen && request_began_ == kNone && !waiting_output();
}

Connection::Next Connection::on_time() {
  if (bench_.now < deadline()) return Next::kWait;
  const bool slow_reader = waiting_output() && bench_.now >= rate_deadline(output_began_, output_moved_);
  if (is_streaming() && !slow_reader) {
    beat();
    return state_ == State::kOver ? Next::kOver : Next::kWait;
  }
  if (state_ != State::kOpen || is_idle() || slow_reader || parser_.is_skipping()) return Next::kOver;
  refuse(408, "The request took too long.");
  return work();
}

Connection::Next Connection::on_drain() {
  if (is_streaming()) {
    end_stream();
    return work();
  }
  const bool at_work = state_ == State::kClosing || (state_ == State::kOpen && !is_idle());
  return at_work ? Next::kWait : Next::kOver;
}

}  // namespace porchlight::http
