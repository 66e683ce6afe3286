#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace porchlight::server {
namespace {

std::string_view value_of(const node::Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

// A whole number above zero.
std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

// A datagram socket that is connected to that path or abstract name; -1 if it cannot be connected.
int connect_datagrams(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool known = name.size() > 1 && name.size() < sizeof address.sun_path &&
                     (name.front() == '/' || name.front() == '@');
  if (!known) return -1;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

// One line of the message.
std::string status_line(std::string_view text) {
  std::string line = "STATUS=" + std::string(text) + "\n";
  std::replace_if(
      line.begin(), line.end() - 1, [](unsigned char c) { return c < ' '; }, ' ');
  return line;
}

}  // namespace

ServiceManager::ServiceManager(const node::Environment& environment)
    : fd_(connect_datagrams(value_of(environment, "NOTIFY_SOCKET"))) {
  const auto usec = number_of(value_of(environment, "WATCHDOG_USEC"));
  const std::string_view pid = value_of(environment, "WATCHDOG_PID");
  if (usec && (pid.empty() || number_of(pid) == ::getpid())) watchdog_ = std::chrono::microseconds(*usec);
}

ServiceManager::~ServiceManager() {
  if (fd_ >= 0) ::close(fd_);
}

void ServiceManager::ready(std::string_view text) {
  {
    const MutexLock lock(mutex_);
    last_status_ = text;
  }
  send("READY=1\n" + status_line(text));
}

// The time lets the manager tell this reload from an earlier one (sd_notify(3), RELOADING=1).
void ServiceManager::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t usec = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\n");
}

void ServiceManager::stopping() { send("STOPPING=1\n" + status_line("stopping")); }

void ServiceManager::status(std::string_view text) {
  {
    const MutexLock lock(mutex_);
    if (last_status_ == text) return;
    last_status_ = text;
  }
  send(status_line(text));
}

void ServiceManager::extend_start(std::chrono::microseconds more) {
  send("EXTEND_TIMEOUT_USEC=" + std::to_string(more.count()) + "\n");
}

void ServiceManager::alive() { send("WATCHDOG=1\n"); }

void ServiceManager::send(const std::string& message) const {
  if (fd_ >= 0) (void)::send(fd_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace porchlight::server
