// The lower bound for the cost of a request: a bare epoll loop that answers every request with the same bytes and
// parses nothing. All requests have the same size, by which it separates them.
//
//     bench_floor ANSWER_FILE REQUEST_BYTES      prints its address on stdout
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t kAnswersPerWrite = 64;
constexpr std::size_t kInputBytes = 64 * 1024;
constexpr int kEventsPerTurn = 256;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::string read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

int listen_on_any_port() {
  const int fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  checked(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), "bind");
  checked(::listen(fd, 1024), "listen");
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

class Floor {
 public:
  Floor(const std::string& answer, std::size_t request_bytes)
      : answer_bytes_(answer.size()), request_bytes_(request_bytes) {
    for (std::size_t i = 0; i < kAnswersPerWrite; ++i) answers_ += answer;
    watch(listener_, EPOLLIN);
  }

  void turn() {
    std::array<epoll_event, kEventsPerTurn> events;
    const int count = ::epoll_wait(epoll_, events.data(), kEventsPerTurn, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener_)
        accept_one();
      else
        answer(fd);
    }
  }

 private:
  void watch(int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  void accept_one() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (begun_.size() <= static_cast<std::size_t>(fd)) begun_.resize(static_cast<std::size_t>(fd) + 1);
    begun_[static_cast<std::size_t>(fd)] = 0;
    watch(fd, EPOLLIN | EPOLLET);
  }

  // Drops a peer that does not read its answers at once; the load generator always does.
  void answer(int fd) {
    const ssize_t got = ::recv(fd, input_.data(), input_.size(), 0);
    if (got <= 0) {
      ::close(fd);
      return;
    }
    std::size_t& begun = begun_[static_cast<std::size_t>(fd)];
    begun += static_cast<std::size_t>(got);
    const std::size_t whole = begun / request_bytes_;
    begun %= request_bytes_;
    const std::size_t bytes = std::min(whole, kAnswersPerWrite) * answer_bytes_;
    if (bytes == 0) return;
    if (::send(fd, answers_.data(), bytes, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes)) ::close(fd);
  }

  const std::size_t answer_bytes_;
  const std::size_t request_bytes_;
  const int epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  const int listener_ = listen_on_any_port();
  std::string answers_;
  std::vector<std::size_t> begun_;  // by descriptor: bytes of an incomplete request
  std::array<char, kInputBytes> input_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string answer = argc == 3 ? read_file(argv[1]) : "";
  const std::size_t request_bytes = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (answer.empty() || request_bytes == 0) {
    std::fputs("usage: bench_floor ANSWER_FILE REQUEST_BYTES\n", stderr);
    return 2;
  }
  Floor floor(answer, request_bytes);
  while (true) floor.turn();
}
