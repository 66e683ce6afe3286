#include "loadtest/presence_writer.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "loadtest/advice.h"

namespace porchlight::loadtest {
namespace {

constexpr std::size_t kWriterConnections = 16;
constexpr std::string_view kSession = "porchlight-loadtest";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

// The status of a response once all of it has arrived; nullopt before. Responses to the load test's requests have a
// Content-Length.
std::optional<int> whole_answer(std::string_view bytes) {
  const std::size_t end = bytes.find(kHeadEnd);
  if (end == bytes.npos) return std::nullopt;
  const auto number_after = [&](std::string_view name) {
    std::size_t number = 0;
    const std::size_t at = bytes.substr(0, end).find(name);
    if (at != bytes.npos) std::from_chars(bytes.data() + at + name.size(), bytes.data() + end, number);
    return number;
  };
  if (bytes.size() < end + kHeadEnd.size() + number_after("\r\nContent-Length: ")) return std::nullopt;
  return static_cast<int>(number_after("HTTP/1.1 "));
}

}  // namespace

ShownState parse_shown_state(std::string_view presence) {
  if (presence.find(R"("availability":"Busy")") != presence.npos) return ShownState::kBusy;
  if (presence.find(R"("availability":"DoNotDisturb")") != presence.npos) return ShownState::kDoNotDisturb;
  return ShownState::kOther;
}

ShownState next_shown_state(ShownState state) {
  return state == ShownState::kBusy ? ShownState::kDoNotDisturb : ShownState::kBusy;
}

// A connection with at most one request in flight. It is opened by its first request.
class PresenceWriter::Connection final : public PollHandler {
 public:
  explicit Connection(PresenceWriter& writer) : writer_(writer) {}
  Connection(Connection&& other) noexcept : writer_(other.writer_), fd_(std::exchange(other.fd_, -1)) {}
  ~Connection() override { close(); }

  bool is_free() const { return !asked_; }

  void ask(const PresenceChange& change) {
    asked_ = change;
    asked_->asked = std::chrono::steady_clock::now();
    answer_.clear();
    request_ = writer_.request(change);
    if (fd_ < 0 && !open()) return writer_.fail(writer_.not_connected());
    send();
  }

  void on_ready(bool) override {
    send();
    char bytes[4096];
    ssize_t got = 0;
    while (fd_ >= 0 && (got = ::recv(fd_, bytes, sizeof bytes, 0)) > 0)
      answer_.append(bytes, static_cast<std::size_t>(got));
    if (fd_ >= 0 && (got == 0 || errno != EAGAIN)) {
      close();
      // The server may close an idle connection just when it is used: the request is sent again on a new one. A
      // connection that never answered would fail again.
      if (asked_ && answer_.empty())
        return has_answered_ ? ask(*asked_) : writer_.fail(writer_.not_connected());
    }
    const auto status = whole_answer(answer_);
    if (!status || !asked_) return;
    answer_.clear();
    has_answered_ = true;
    writer_.answered(*std::exchange(asked_, std::nullopt), *status);
  }

 private:
  bool open() {
    has_answered_ = false;
    fd_ = connect_from(writer_.server_, 0);
    return fd_ >= 0 && writer_.poller_.add(fd_, *this);
  }
  void send() {
    if (fd_ < 0 || request_.empty()) return;
    const ssize_t sent = ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent > 0) request_.erase(0, static_cast<std::size_t>(sent));
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  PresenceWriter& writer_;
  int fd_ = -1;
  bool has_answered_ = false;  // since it was opened
  std::optional<PresenceChange> asked_;
  std::string request_;  // the part that is not sent yet
  std::string answer_;
};

PresenceWriter::PresenceWriter(Poller& poller, const LoopbackServer& server, std::string_view token,
                               const std::vector<std::string>& people, OnAnswer on_answer)
    : poller_(poller),
      server_(server),
      fields_(fmt::format("Host: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
                          server.host(), token)),
      people_(people),
      on_answer_(std::move(on_answer)) {
  connections_.reserve(kWriterConnections);
  for (std::size_t i = 0; i < kWriterConnections; ++i) connections_.emplace_back(*this);
}

PresenceWriter::~PresenceWriter() = default;

void PresenceWriter::change(std::size_t person, ShownState state) {
  for (Connection& connection : connections_) {
    if (!connection.is_free()) continue;
    ++under_way_;
    return connection.ask({person, state});
  }
  waiting_.push_back({person, state});
}

// The request for a change. The session expires after ten minutes even if the load test is killed.
std::string PresenceWriter::request(const PresenceChange& change) const {
  const bool ends = change.state == ShownState::kOther;
  const std::string body =
      ends ? fmt::format(R"({{"sessionId":"{}"}})", kSession)
           : fmt::format(
                 R"({{"sessionId":"{}","availability":"{}","activity":"{}","expirationDuration":"PT10M"}})",
                 kSession, change.state == ShownState::kBusy ? "Busy" : "DoNotDisturb",
                 change.state == ShownState::kBusy ? "InACall" : "Presenting");
  return fmt::format("POST /v1.0/users/{}/presence/{} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{}",
                     people_[change.person], ends ? "clearPresence" : "setPresence", fields_, body.size(),
                     body);
}

// A response arrived: reports it, and sends the next queued change. Clearing may fail, as the session may have expired.
void PresenceWriter::answered(const PresenceChange& change, int status) {
  --under_way_;
  if (status != 200 && change.state != ShownState::kOther) return fail(advice_for_change(status));
  on_answer_(change.person, change.asked, std::chrono::steady_clock::now());
  if (waiting_.empty()) return;
  const PresenceChange next = waiting_.front();
  waiting_.pop_front();
  this->change(next.person, next.state);
}

std::string PresenceWriter::not_connected() const {
  return server_.host() + " accepts no connections: name the server's address with --server";
}

void PresenceWriter::fail(const std::string& why) {
  if (fault_.empty()) fault_ = why;
}

}  // namespace porchlight::loadtest
