// The lower bound for the cost of streams: a bare epoll loop that keeps the connections of streams, and pushes the same
// bytes to all streams of a user when a request changes that user. It stores nothing and writes no disk.
//
//     bench_push_floor EVENT_BYTES      prints its address on stdout
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

constexpr int kEventsPerTurn = 256;
constexpr std::size_t kIdChars = 36;
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kDone = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::string chunk(std::string_view text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return std::string(size).append(text).append("\r\n");
}

// An event with this availability, padded to `bytes`.
std::string event(std::string_view availability, std::size_t bytes) {
  std::string text = "id: 1\nevent: presence\ndata: {\"availability\":\"";
  text.append(availability).append("\",\"padding\":\"");
  if (text.size() + 4 < bytes) text.append(bytes - text.size() - 4, '.');
  return chunk(text.append("\"}\n\n"));
}

int listen_on_any_port() {
  const int fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  checked(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), "bind");
  checked(::listen(fd, 4096), "listen");
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void raise_descriptors() {
  rlimit limit{};
  checked(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Floor {
 public:
  explicit Floor(std::size_t event_bytes)
      : busy_(event("Busy", event_bytes)), do_not_disturb_(event("DoNotDisturb", event_bytes)) {
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
    watch(fd, EPOLLIN | EPOLLET);
  }

  // The requests are small and arrive in one piece.
  void answer(int fd) {
    const ssize_t got = ::recv(fd, input_.data(), input_.size(), 0);
    if (got <= 0) {
      forget(fd);
      ::close(fd);
      return;
    }
    const std::string_view request(input_.data(), static_cast<std::size_t>(got));
    if (request.starts_with("GET"))
      begin_stream(fd, request);
    else
      change(fd, request);
  }

  void begin_stream(int fd, std::string_view request) {
    Person& person = people_[std::string(request.substr(request.find("users=") + 6, kIdChars))];
    if (places_.size() <= static_cast<std::size_t>(fd)) places_.resize(static_cast<std::size_t>(fd) + 1);
    place(fd) = {&person, person.streams.size()};
    person.streams.push_back(fd);
    const std::string first = chunk("event: snapshot\ndata: {}\n\n");
    const std::string ready = chunk("event: ready\ndata: {}\n\n");
    push(fd, std::string(kHead) + first + (person.is_busy ? busy_ : do_not_disturb_) + ready);
  }

  void change(int fd, std::string_view request) {
    Person& person = people_[std::string(request.substr(request.find("/users/") + 7, kIdChars))];
    person.is_busy = request.find(R"("Busy")") != request.npos;
    push(fd, kDone);
    for (const int stream : person.streams) push(stream, person.is_busy ? busy_ : do_not_disturb_);
  }

  // Removes a stream; the user's last stream moves to its index.
  void forget(int fd) {
    if (places_.size() <= static_cast<std::size_t>(fd)) return;
    const auto [person, at] = std::exchange(place(fd), {});
    if (person == nullptr) return;
    const int last = person->streams.back();
    person->streams[at] = last;
    if (last != fd) place(last).at = at;
    person->streams.pop_back();
  }

  static void push(int fd, std::string_view bytes) {
    [[maybe_unused]] const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  struct Person {
    bool is_busy = false;
    std::vector<int> streams;
  };
  struct Place {
    Person* person = nullptr;
    std::size_t at = 0;  // index in its streams
  };
  Place& place(int fd) { return places_[static_cast<std::size_t>(fd)]; }

  const std::string busy_, do_not_disturb_;
  const int epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  const int listener_ = listen_on_any_port();
  std::unordered_map<std::string, Person> people_;
  std::vector<Place> places_;  // by descriptor
  std::array<char, 16 * 1024> input_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t event_bytes = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (event_bytes == 0) {
    std::fputs("usage: bench_push_floor EVENT_BYTES\n", stderr);
    return 2;
  }
  raise_descriptors();
  Floor floor(event_bytes);
  while (true) floor.turn();
}
