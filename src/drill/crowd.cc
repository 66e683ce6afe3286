#include "drill/crowd.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "drill/advice.h"

namespace porchlight::drill {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;
// A server trusts an address that has not shown a token with 100 connections; an address has 28,000 ports.
constexpr std::size_t kOpeningPerSource = 64;
constexpr std::size_t kStreamsPerSource = 10'000;
constexpr std::size_t kSourcesMin = 8;
// Whoever was turned away comes again so much later.
constexpr std::chrono::milliseconds kPause{100};
constexpr int kTooMany = 429;

}  // namespace

Crowd::Crowd(Poll& poll, const Server& server, std::string_view token, const std::vector<std::string>& people,
             std::size_t streams, Told told)
    : poll_(poll),
      server_(server),
      fields_(fmt::format("Host: {}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n",
                          server.host(), token)),
      people_(people),
      told_(std::move(told)),
      sources_(std::max(kSourcesMin, streams / kStreamsPerSource + 1)),
      streams_(streams),
      input_(kInputBytes) {
  for (Stream& stream : streams_) stream.crowd = this;
}

Crowd::~Crowd() { close(); }

void Crowd::open(bool again) {
  comes_again_ = again;
  for (Stream& stream : streams_)
    if (stream.fd < 0) waiting_.push_back({{}, &stream});
  go_on();
}

void Crowd::go_on() {
  const Instant now = std::chrono::steady_clock::now();
  while (!waiting_.empty() && opening_ < sources_ * kOpeningPerSource && fault_.empty()) {
    const auto [since, stream] = waiting_.front();
    if (since > now) return;
    waiting_.pop_front();
    begin(*stream);
  }
}

void Crowd::close() {
  waiting_.clear();
  for (Stream& stream : streams_) shut(stream);
  ready_ = opening_ = 0;
}

void Crowd::begin(Stream& stream) {
  stream.reader = {};
  stream.is_asked = stream.is_ready = stream.is_announced = false;
  const int fd = connect_from(server_, static_cast<std::uint32_t>(place_of(stream) % sources_));
  if (fd < 0) return fail(fmt::format("no connection could be made: {}", std::strerror(-fd)));
  stream.fd = fd;
  ++opening_;
  if (!poll_.add(fd, stream)) fail("epoll has no room for so many connections");
}

void Crowd::work(Stream& stream, bool hung_up) {
  if (stream.fd < 0) return;
  if (stream.is_asked || ask(stream)) read(stream, hung_up);
}

bool Crowd::ask(Stream& stream) {
  std::string request = fmt::format("GET /porchlight/v1/stream?users={} HTTP/1.1\r\n{}",
                                    people_[person_of(place_of(stream))], fields_);
  if (!stream.last_id.empty()) request.append("Last-Event-ID: ").append(stream.last_id).append("\r\n");
  request.append("\r\n");
  // It fits the empty buffer of a new connection.
  const ssize_t sent = ::send(stream.fd, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) lose(stream);
  stream.is_asked = sent == static_cast<ssize_t>(request.size());
  return stream.is_asked;
}

void Crowd::read(Stream& stream, bool hung_up) {
  ssize_t got = 0;
  do {
    got = ::recv(stream.fd, input_.data(), input_.size(), 0);
    if (got <= 0) break;
    bytes_ += static_cast<std::size_t>(got);
    const Instant now = std::chrono::steady_clock::now();
    stream.reader.read({input_.data(), static_cast<std::size_t>(got)},
                       [&](const Event& event) { hear(stream, event, now); });
    const int status = stream.reader.status();
    if (status == kTooMany && comes_again_) return lose(stream);
    if (status != 0 && status != 200) return fail(advice_for_stream(status, size()));
  } while (hung_up || got == static_cast<ssize_t>(input_.size()));
  if (got == 0 || (got < 0 && errno != EAGAIN)) lose(stream);
}

void Crowd::hear(Stream& stream, const Event& event, Instant now) {
  if (!event.id.empty()) stream.last_id = event.id;
  if (event.name == "snapshot") stream.is_announced = true;
  if (event.name == "presence") {
    stream.look = look_in(event.data);
    if (stream.is_ready) told_(place_of(stream), person_of(place_of(stream)), stream.look, now);
  }
  if (event.name == "ready" && !std::exchange(stream.is_ready, true)) {
    --opening_;
    ++ready_;
    if (!stream.is_announced) ++resumed_;
  }
}

// The server closed it. Before it was told anything it comes again, in good order: a server that is full
// closes.
void Crowd::lose(Stream& stream) {
  if (stream.is_ready) {
    --ready_;
    ++lost_;
  } else {
    --opening_;
    ++turned_away_;
    waiting_.push_back({std::chrono::steady_clock::now() + kPause, &stream});
  }
  shut(stream);
  if (!comes_again_ && turned_away_ > size() / 10 + 100)
    fail(
        "the server closes connections before it answers: it may hold fewer ([http] connections, ulimit -n)");
}

void Crowd::shut(Stream& stream) {
  if (stream.fd >= 0) ::close(std::exchange(stream.fd, -1));
  stream.is_ready = false;
}

void Crowd::fail(std::string why) {
  if (fault_.empty()) fault_ = std::move(why);
}

}  // namespace porchlight::drill
