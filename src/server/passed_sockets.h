// Listening sockets that the service manager holds and passes (systemd.socket(5), sd_listen_fds(3)): they exist while
// the server is restarted, so no connection is refused.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "http/message.h"
#include "node/config_sources.h"

namespace porchlight::server {

// The most sockets that are taken.
inline constexpr int kPassedSocketsMax = 64;
// The first descriptor that is passed (SD_LISTEN_FDS_START).
inline constexpr int kPassedSocketsFirst = 3;

// A TCP socket that listens.
struct PassedSocket {
  int fd;
  std::string address;                                   // "127.0.0.1:80", "[::1]:80"
  http::ListenerKind kind = http::ListenerKind::kPlain;  // kPlain, kTls or kMetrics
};

// The sockets for which LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES are set, if they are for the process `pid`. `first`:
// the first descriptor. Sockets with the name "http", "https" or "metrics" take the place of `listen`, `tls_listen` or
// `metrics.listen` of the configuration as a whole; one with another name is the entry with its address. Then these
// have the addresses of all listeners, and the default address only if no socket for requests was passed. An error is a
// sentence.
std::expected<std::vector<PassedSocket>, std::string> take_passed_sockets(
    const node::Environment& environment, pid_t pid, node::ReadConfig& read, int first = kPassedSocketsFirst);

}  // namespace porchlight::server
