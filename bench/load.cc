#include "load.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace porchlight::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kInputBytes = 256 * 1024;
constexpr int kPatienceMs = 30'000;  // the longest wait for an answer

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    fail("connect");
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void must_be_200(std::string_view answer) {
  if (answer.starts_with("HTTP/1.1 200 ")) return;
  throw std::runtime_error(fmt::format("an answer is not a 200: {}", answer.substr(0, answer.find('\r'))));
}

// The length of the answer at the start of `bytes`; 0 if it is not known yet.
std::size_t answer_bytes(std::string_view bytes) {
  constexpr std::string_view kLength = "\r\nContent-Length: ", kEnd = "\r\n\r\n";
  const std::size_t end = bytes.find(kEnd);
  if (end == std::string_view::npos) return 0;
  const std::string_view head = bytes.substr(0, end + 2);
  const std::size_t at = head.find(kLength);
  if (at == std::string_view::npos) throw std::runtime_error("an answer says no Content-Length");
  std::size_t length = 0;
  std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), length);
  return end + kEnd.size() + length;
}

}  // namespace

Load::Load(int port, std::size_t connections)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), connections_(connections), input_(kInputBytes) {
  if (epoll_ < 0) fail("epoll_create1");
  for (std::size_t i = 0; i < connections; ++i) {
    connections_[i].fd = connect_to(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event) != 0) fail("epoll_ctl");
  }
}

Load::~Load() {
  for (const Connection& connection : connections_) {
    if (connection.fd >= 0) ::close(connection.fd);
  }
  ::close(epoll_);
}

void Load::send_next(Connection& connection, const Plan& plan) {
  output_.clear();
  for (std::size_t i = 0; i < plan.depth; ++i) plan.append_request(output_);
  connection.awaited = plan.depth;
  sent_ += plan.depth;
  send_all(connection.fd, output_);
}

void Load::on_readable(Connection& connection) {
  const ssize_t got = ::recv(connection.fd, input_.data(), input_.size(), 0);
  if (got < 0) fail("recv");
  if (got == 0) throw std::runtime_error("the server closed a connection");
  const std::string_view bytes(input_.data(), static_cast<std::size_t>(got));
  if (connection.begun.empty()) return take_answers(connection, bytes);
  connection.begun.append(bytes);
  const std::string all = std::exchange(connection.begun, {});
  take_answers(connection, all);
}

void Load::take_answers(Connection& connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = answer_bytes(bytes);
    if (size == 0 || size > bytes.size()) break;
    must_be_200(bytes);
    if (connection.awaited == 0) throw std::runtime_error("there are more answers than requests");
    bytes.remove_prefix(size);
    --connection.awaited;
    ++answered_;
  }
  connection.begun.assign(bytes);
}

Outcome Load::run(const Plan& plan) {
  sent_ = answered_ = 0;
  const Clock::time_point begin = Clock::now();
  const auto in_time = [&] { return plan.seconds == 0 || seconds_since(begin) < plan.seconds; };
  const auto has_more = [&] { return plan.requests == 0 || sent_ < plan.requests; };
  for (Connection& connection : connections_) {
    if (has_more()) send_next(connection, plan);
  }
  std::array<epoll_event, 256> events;
  while (answered_ < sent_) {
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), kPatienceMs);
    if (count == 0) throw std::runtime_error("the server does not answer any more");
    const bool goes_on = in_time();
    for (int i = 0; i < count; ++i) {
      Connection& connection = connections_[events[static_cast<std::size_t>(i)].data.u64];
      on_readable(connection);
      if (connection.awaited == 0 && goes_on && has_more()) send_next(connection, plan);
    }
  }
  return {answered_, seconds_since(begin)};
}

std::string Load::ask(std::string_view request) {
  std::string answer = ask_any(request);
  must_be_200(answer);
  return answer;
}

std::string Load::ask_any(std::string_view request) {
  const int fd = connections_.front().fd;
  send_all(fd, request);
  std::string answer;
  while (true) {
    const ssize_t got = ::recv(fd, input_.data(), input_.size(), 0);
    if (got <= 0) throw std::runtime_error("the server closed a connection");
    answer.append(input_.data(), static_cast<std::size_t>(got));
    const std::size_t size = answer_bytes(answer);
    if (size != 0 && answer.size() >= size) return answer;
  }
}

}  // namespace porchlight::bench
