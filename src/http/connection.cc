// The state machine of one connection. take_turn() is the one step: finish the handshake, write, handle input
// that was read before, read once, write. It runs after every event that may change anything. Reading stops
// while the protocol is stalled, so a client that does not read slows itself down only. The sockets are
// edge-triggered: readable_ and writable_ remember what epoll reported until the socket says EAGAIN.
#include "http/connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/http1.h"
#include "http/http2.h"
#include "http/proxy_protocol.h"

namespace porchlight::http {
namespace {

// The step by which a connection's buffers grow, in bytes.
constexpr std::size_t kGrowth = 4096;

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

}  // namespace

Connection::Connection(LoopContext& context, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls,
                       bool proxy_header)
    : link_(context, id, fd, peer), transport_(fd, tls) {
  if (proxy_header)
    link_.state = LinkState::kProxyHeader;
  else if (transport_.is_tls())
    link_.state = LinkState::kHandshake;
}

Connection::Next Connection::on_ready(std::uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) return Next::kClosed;
  if (events & EPOLLRDHUP) hung_up_ = true;
  if (events & (EPOLLIN | EPOLLRDHUP)) readable_ = true;
  if (events & EPOLLOUT) writable_ = true;
  return Next::kAgain;
}

// One step of the connection, as the file's first paragraph describes.
Connection::Next Connection::take_turn() {
  if (link_.state < LinkState::kOpen && !begin())
    return link_.state == LinkState::kClosed ? Next::kClosed : Next::kWait;
  if (writable_ && link_.waiting) flush();
  handle_buffered();
  if (wants_input() && !link_.context.turn.is_over()) {
    read_once();
    flush();
    // A burst of requests may fill the output limit. What the socket has taken makes room for the rest.
    handle_buffered();
  } else {
    flush();
  }
  if (link_.state == LinkState::kLingering) linger();
  // A client that closes its side during a long wait is taken to be gone. One with a short request may still
  // read the response.
  const bool is_abandoned = hung_up_ && protocol_ && protocol_->needs_open_peer();
  if (link_.state == LinkState::kClosed || is_abandoned) return Next::kClosed;
  return wants_input() || link_.context.turn.is_over() ? Next::kAgain : Next::kWait;
}

bool Connection::wants_input() const {
  return link_.is_open() && readable_ && !(protocol_ && protocol_->is_stalled());
}

// Passes what comes before the first request. Returns whether the connection is open.
bool Connection::begin() {
  if (link_.state == LinkState::kProxyHeader && !read_proxy_header()) return false;
  return link_.is_open() || do_handshake();
}

// Returns whether the header has been read. It stays in the socket until it is complete, so it needs no buffer.
bool Connection::read_proxy_header() {
  LoopContext& context = link_.context;
  const IoResult result = transport_.peek({context.input.get(), kProxyHeaderBytesMax});
  if (result.status == IoStatus::kAgain) return false;
  const auto header = http::read_proxy_header(std::string_view(context.input.get(), result.bytes));
  if (result.status != IoStatus::kDone || !header || (!*header && hung_up_)) {
    link_.abort();
    return false;
  }
  if (!*header) return false;
  transport_.discard({context.input.get(), (*header)->bytes});
  if ((*header)->client && !link_.take_client(*(*header)->client, (*header)->is_https)) {
    link_.abort();
    return false;
  }
  link_.state = transport_.is_tls() ? LinkState::kHandshake : LinkState::kOpen;
  link_.active = context.now;
  readable_ = true;  // the first request may have come with the header
  return true;
}

bool Connection::do_handshake() {
  link_.context.turn.add(kWorkOfHandshake);
  switch (transport_.handshake()) {
    case IoStatus::kDone:
      link_.state = LinkState::kOpen;
      link_.active = link_.context.now;
      readable_ = true;  // the first request may have come with the client's last handshake message
      return true;
    case IoStatus::kAgain:
      return false;
    default:
      link_.context.counters.reject(RejectReason::kTls);
      link_.abort();
      return false;
  }
}

// Handles requests that were read earlier and had to wait.
void Connection::handle_buffered() {
  std::size_t used = 1;
  while (link_.is_open() && !input_.empty() && used != 0 && !(protocol_ && protocol_->is_stalled())) {
    used = handle(input_);
    drop_front(input_, used);
    flush();
  }
}

// One read from the socket into the loop's buffer; only a rest of it is copied into input_.
void Connection::read_once() {
  char* const buffer = link_.context.input.get();
  const IoResult result = transport_.read({buffer, LoopContext::kInputBytes});
  switch (result.status) {
    case IoStatus::kDone:
      break;
    case IoStatus::kAgain:
      readable_ = false;
      return;
    case IoStatus::kEnd:
      ended_ = true;
      readable_ = false;
      if (protocol_)
        protocol_->on_input_end();
      else
        link_.close_after_output();
      return;
    case IoStatus::kBroken:
      link_.abort();
      return;
  }
  readable_ = !result.drained || hung_up_;
  const std::string_view bytes(buffer, result.bytes);
  if (input_.empty()) {
    const std::size_t used = handle(bytes);
    if (used < bytes.size()) append_tightly(input_, bytes.substr(used));
  } else {
    append_tightly(input_, bytes);
    drop_front(input_, handle(input_));
  }
}

// By what the TLS handshake agreed on, or by the first bytes. Returns false if they do not show it yet.
bool Connection::choose_protocol(std::string_view input) {
  const std::size_t known = std::min(input.size(), kHttp2Sign.size());
  const bool may_be_http2 = transport_.is_tls() ? transport_.agreed_on_http2()
                                                : input.substr(0, known) == kHttp2Sign.substr(0, known);
  if (!may_be_http2)
    protocol_ = std::make_unique<Http1Protocol>(link_);
  else if (transport_.is_tls() || known == kHttp2Sign.size())
    protocol_ = std::make_unique<Http2Protocol>(link_);
  return protocol_ != nullptr;
}

// Returns how many bytes were used.
std::size_t Connection::handle(std::string_view input) {
  if (!protocol_ && !choose_protocol(input)) return 0;
  return protocol_->receive(input);
}

Connection::Next Connection::on_response(std::uint32_t stream,
                                         std::move_only_function<void(Response&)>& fill) {
  if (!link_.is_open() || !protocol_) return Next::kWait;
  protocol_->on_response(stream, fill);
  return take_turn();
}

Connection::Next Connection::on_chunk(std::uint32_t stream, std::string_view bytes, bool last) {
  if (!link_.is_open() || !protocol_) return Next::kWait;
  protocol_->on_chunk(stream, bytes, last);
  if (last) return take_turn();
  flush();
  return link_.state == LinkState::kClosed ? Next::kClosed : Next::kWait;
}

void Connection::hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned) {
  protocol_->hold(stream, longest, std::move(on_abandoned));
}

// Writes all that may be sent now.
void Connection::flush() {
  bool more = true;
  while (more) {
    more = protocol_ && protocol_->produce();
    write_output();
    more = more && link_.waiting == 0 && link_.state <= LinkState::kClosing;
  }
}

// Writes the waiting output and the loop's output buffer in one call. The loop's buffer is empty afterwards.
void Connection::write_output() {
  std::string& fresh = link_.context.output;
  if (fresh.empty() && !link_.waiting && link_.is_open()) return;
  if (link_.waiting) {
    output_.append(fresh);
    fresh.clear();
  }
  const std::string_view all = link_.waiting ? std::string_view(output_).substr(output_sent_) : fresh;
  IoResult result{IoStatus::kAgain};
  if (!all.empty() && writable_ && link_.state != LinkState::kClosed) result = transport_.write(all);
  if (result.status == IoStatus::kBroken) link_.abort();
  writable_ = writable_ && result.bytes == all.size();
  const bool had_output = !all.empty();
  keep_unsent(all.substr(result.bytes), result.bytes);
  fresh.clear();
  if (protocol_ && had_output) protocol_->on_written();
  if (link_.state == LinkState::kClosing && !link_.waiting) begin_lingering();
}

// Keeps what the socket did not take. `unsent` is a part of output_ or of the loop's buffer. output_ is
// compacted when more than half of it has been sent.
void Connection::keep_unsent(std::string_view unsent, std::size_t sent) {
  const bool had_waited = link_.waiting != 0;
  link_.waiting = unsent.size();
  if (!had_waited && unsent.empty()) return;
  reading_.update(link_.context.now, sent, unsent.size());
  link_.count_output();
  if (unsent.empty()) {
    std::string().swap(output_);
    output_sent_ = 0;
    return;
  }
  if (!had_waited) {
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
  link_.active = link_.context.now;
  const bool nothing_to_read = link_.context.draining && !readable_;
  link_.state = ended_ || nothing_to_read ? LinkState::kClosed : LinkState::kLingering;
}

// Discards input until the peer closes, the limit is reached or the deadline passes.
void Connection::linger() {
  while (readable_ && link_.state == LinkState::kLingering) {
    const IoResult result = transport_.discard({link_.context.input.get(), LoopContext::kInputBytes});
    lingered_bytes_ += result.bytes;
    if (result.status == IoStatus::kAgain) readable_ = false;
    if (result.status == IoStatus::kDone) readable_ = !result.drained || hung_up_;
    if (result.status == IoStatus::kEnd || result.status == IoStatus::kBroken ||
        lingered_bytes_ > link_.context.limits.drain_bytes)
      link_.abort();
  }
}

}  // namespace porchlight::http
