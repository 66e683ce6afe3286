#include "loadtest/stream_pool.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "loadtest/advice.h"

namespace porchlight::loadtest {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;
// A server admits 100 unauthenticated connections per address, and an address has 28,000 ports: streams are distributed
// over several source addresses.
constexpr std::size_t kOpeningPerSource = 64;
constexpr std::size_t kStreamsPerSource = 10'000;
constexpr std::size_t kSourcesMin = 8;
// The pause before a refused stream is tried again.
constexpr std::chrono::milliseconds kRetryAfter{100};
constexpr int kTooMany = 429;

}  // namespace

StreamPool::StreamPool(Poller& poller, const LoopbackServer& server, std::string_view token,
                       const std::vector<std::string>& people, std::size_t streams, OnChange on_change)
    : poller_(poller),
      server_(server),
      fields_(fmt::format("Host: {}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n",
                          server.host(), token)),
      people_(people),
      on_change_(std::move(on_change)),
      sources_(std::max(kSourcesMin, streams / kStreamsPerSource + 1)),
      streams_(streams),
      input_(kInputBytes) {
  for (PooledStream& stream : streams_) stream.pool = this;
}

StreamPool::~StreamPool() { close(); }

void StreamPool::open(bool again) {
  retry_refused_ = again;
  for (PooledStream& stream : streams_)
    if (stream.fd < 0) waiting_.push_back({{}, &stream});
  open_pending();
}

void StreamPool::open_pending() {
  const Instant now = std::chrono::steady_clock::now();
  while (!waiting_.empty() && opening_ < sources_ * kOpeningPerSource && fault_.empty()) {
    const auto [since, stream] = waiting_.front();
    if (since > now) return;
    waiting_.pop_front();
    begin(*stream);
  }
}

void StreamPool::close() {
  waiting_.clear();
  for (PooledStream& stream : streams_) close_stream(stream);
  ready_ = opening_ = 0;
}

// Starts the connection of a stream. The request is sent when it is writable.
void StreamPool::begin(PooledStream& stream) {
  stream.reader = {};
  stream.is_asked = stream.is_ready = stream.is_announced = false;
  const int fd = connect_from(server_, static_cast<std::uint32_t>(stream_index(stream) % sources_));
  if (fd < 0) return fail(fmt::format("cannot connect to the server: {}", std::strerror(-fd)));
  stream.fd = fd;
  ++opening_;
  if (!poller_.add(fd, stream)) fail("epoll does not accept more connections (fs.epoll.max_user_watches)");
}

void StreamPool::work(PooledStream& stream, bool hung_up) {
  if (stream.fd < 0) return;
  if (stream.is_asked || ask(stream)) read(stream, hung_up);
}

// Sends the request. Returns whether it was sent.
bool StreamPool::ask(PooledStream& stream) {
  std::string request = fmt::format("GET /porchlight/v1/stream?users={} HTTP/1.1\r\n{}",
                                    people_[person_of(stream_index(stream))], fields_);
  if (!stream.last_id.empty()) request.append("Last-Event-ID: ").append(stream.last_id).append("\r\n");
  request.append("\r\n");
  // The request fits the empty send buffer of a new connection, so a partial send does not occur.
  const ssize_t sent = ::send(stream.fd, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) on_lost(stream);
  stream.is_asked = sent == static_cast<ssize_t>(request.size());
  return stream.is_asked;
}

// Reads what has arrived. The socket is edge-triggered: it reads until less arrives than was asked for, or, after a
// hang-up, until the end.
void StreamPool::read(PooledStream& stream, bool hung_up) {
  ssize_t got = 0;
  do {
    got = ::recv(stream.fd, input_.data(), input_.size(), 0);
    if (got <= 0) break;
    bytes_ += static_cast<std::size_t>(got);
    const Instant now = std::chrono::steady_clock::now();
    stream.reader.read({input_.data(), static_cast<std::size_t>(got)},
                       [&](const SseEvent& event) { on_event(stream, event, now); });
    const int status = stream.reader.status();
    if (status == kTooMany && retry_refused_) return on_lost(stream);
    if (status != 0 && status != 200) return fail(advice_for_stream(status, size()));
  } while (hung_up || got == static_cast<ssize_t>(input_.size()));
  if (got == 0 || (got < 0 && errno != EAGAIN)) on_lost(stream);
}

// Applies an event. "ready" ends the initial snapshot; without "snapshot" before it, the stream was resumed.
void StreamPool::on_event(PooledStream& stream, const SseEvent& event, Instant now) {
  if (!event.id.empty()) stream.last_id = event.id;
  if (event.name == "snapshot") stream.is_announced = true;
  if (event.name == "presence") {
    stream.state = parse_shown_state(event.data);
    if (stream.is_ready) on_change_(stream_index(stream), person_of(stream_index(stream)), stream.state, now);
  }
  if (event.name == "ready" && !std::exchange(stream.is_ready, true)) {
    --opening_;
    ++ready_;
    if (!stream.is_announced) ++resumed_;
  }
}

// The server closed the connection. If the stream had no snapshot yet, it is tried again: a server without free
// connections closes new ones.
void StreamPool::on_lost(PooledStream& stream) {
  if (stream.is_ready) {
    --ready_;
    ++lost_;
  } else {
    --opening_;
    ++retries_;
    waiting_.push_back({std::chrono::steady_clock::now() + kRetryAfter, &stream});
  }
  close_stream(stream);
  if (!retry_refused_ && retries_ > size() / 10 + 100)
    fail(
        "the server closes connections before it answers: it may hold fewer ([http] connections, ulimit -n)");
}

void StreamPool::close_stream(PooledStream& stream) {
  if (stream.fd >= 0) ::close(std::exchange(stream.fd, -1));
  stream.is_ready = false;
}

void StreamPool::fail(std::string why) {
  if (fault_.empty()) fault_ = std::move(why);
}

}  // namespace porchlight::loadtest
