// Messages to the service manager that started the process: the protocol of systemd's sd_notify(3), one datagram to
// $NOTIFY_SOCKET for each.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "node/config_sources.h"

namespace porchlight::server {

// Any thread. Without $NOTIFY_SOCKET, messages are not sent; one that cannot be sent is lost, as the manager may be.
class ServiceManager {
 public:
  // `environment` has NOTIFY_SOCKET (a path, or "@name" of an abstract socket), WATCHDOG_USEC and WATCHDOG_PID.
  explicit ServiceManager(const node::Environment& environment);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // The process serves; also ends a reload.
  void ready(std::string_view status);
  // It reads its configuration again, until ready().
  void reloading();
  void stopping();
  // What it does, as one line for people. Sent if it is not the last one.
  void status(std::string_view text);
  // It is starting and needs up to `more` time from now.
  void extend_start(std::chrono::microseconds more);
  // It makes progress.
  void alive();

  // How often alive() is expected at least; nullopt if it is not.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }
  // Whether anything listens to messages.
  bool is_there() const { return fd_ >= 0; }

 private:
  void send(const std::string& message) const;

  int fd_ = -1;
  std::optional<std::chrono::microseconds> watchdog_;
  Mutex mutex_;
  std::string last_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::server
