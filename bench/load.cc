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

constexpr std::size_t kInputBytes = 256 * 1024;
constexpr auto kPatience = std::chrono::seconds(30);  // the longest wait for an answer

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

// Sends one request and returns the whole answer.
std::string exchange(int fd, std::string_view request, std::vector<char>& input) {
  send_all(fd, request);
  std::string answer;
  while (true) {
    const ssize_t got = ::recv(fd, input.data(), input.size(), 0);
    if (got <= 0) throw std::runtime_error("the server closed a connection");
    answer.append(input.data(), static_cast<std::size_t>(got));
    const std::size_t size = answer_bytes(answer);
    if (size == 0 || answer.size() < size) continue;
    must_be_200(answer);
    return answer;
  }
}

}  // namespace

Load::Load(int port, std::size_t connections, const std::function<void(std::string&)>& append_request)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), connections_(connections), input_(kInputBytes) {
  if (epoll_ < 0) fail("epoll_create1");
  idle_.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    connections_[i].fd = connect_to(port);
    output_.clear();
    append_request(output_);
    exchange(connections_[i].fd, output_, input_);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event) != 0) fail("epoll_ctl");
    idle_.push_back(i);
  }
}

Load::~Load() {
  for (const Connection& connection : connections_) {
    if (connection.fd >= 0) ::close(connection.fd);
  }
  ::close(epoll_);
}

std::string Load::ask(std::string_view request) { return exchange(connections_.front().fd, request, input_); }

Outcome Load::run(const Plan& plan) {
  progress_ = {};
  progress_.begin = Clock::now();
  send_due(plan);
  while (idle_.size() < connections_.size() || has_more(plan, Clock::now())) wait_and_receive(plan);
  const double seconds = std::chrono::duration<double>(Clock::now() - progress_.begin).count();
  return {progress_.answered, seconds, std::move(progress_.latency_us)};
}

Load::Clock::time_point Load::next_due(const Plan& plan) const {
  if (plan.rate == 0) return progress_.begin;
  const std::chrono::duration<double> after(static_cast<double>(progress_.sent) / plan.rate);
  return progress_.begin + std::chrono::duration_cast<Clock::duration>(after);
}

bool Load::has_more(const Plan& plan, Clock::time_point now) const {
  if (plan.requests != 0 && progress_.sent >= plan.requests) return false;
  return plan.seconds == 0 || std::chrono::duration<double>(now - progress_.begin).count() < plan.seconds;
}

// Sends what is due on idle connections.
void Load::send_due(const Plan& plan) {
  const Clock::time_point now = Clock::now();
  while (!idle_.empty() && has_more(plan, now)) {
    const Clock::time_point due = next_due(plan);
    if (due > now) return;
    Connection& connection = connections_[idle_.back()];
    idle_.pop_back();
    send_next(connection, plan, plan.rate == 0 ? now : due);
  }
}

void Load::wait_and_receive(const Plan& plan) {
  std::array<epoll_event, 256> events;
  const bool waits_for_due = !idle_.empty() && plan.rate != 0;
  const Clock::duration most = waits_for_due ? next_due(plan) - Clock::now() : Clock::duration(kPatience);
  const timespec timeout{
      .tv_sec = std::max<long>(0, most / std::chrono::seconds(1)),
      .tv_nsec = std::max<long>(0, most % std::chrono::seconds(1) / std::chrono::nanoseconds(1))};
  const int count = ::epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
  if (count == 0 && !waits_for_due) throw std::runtime_error("the server does not answer any more");
  for (int i = 0; i < count; ++i) {
    const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
    on_readable(connections_[index]);
    if (connections_[index].awaited != 0) continue;
    idle_.push_back(index);
    send_due(plan);
  }
  if (count == 0) send_due(plan);
}

void Load::send_next(Connection& connection, const Plan& plan, Clock::time_point due) {
  output_.clear();
  for (std::size_t i = 0; i < plan.depth; ++i) plan.append_request(output_);
  connection.awaited = plan.depth;
  connection.sent = due;
  progress_.sent += plan.depth;
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
    ++progress_.answered;
    if (--connection.awaited == 0)
      progress_.latency_us.push_back(
          std::chrono::duration<float, std::micro>(Clock::now() - connection.sent).count());
  }
  connection.begun.assign(bytes);
}

}  // namespace porchlight::bench
