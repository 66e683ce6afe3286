// One event loop: the listeners and connections of a thread. Requests are the Handler's business.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "http/handler.h"
#include "http/limits.h"
#include "http/loop_counters.h"
#include "http/tls.h"

namespace porchlight::http {

// An open listening socket. The plain and TLS listeners of several loops share an address through SO_REUSEPORT, or are
// descriptors of one socket.
struct Listener {
  int fd;
  ListenerKind kind;
  bool proxy_protocol = false;  // trusted proxies begin each connection with a header of the PROXY protocol
  bool is_shared = false;       // other loops accept from the same socket
};

// Limits connections over all loops of the process. Make one, and pass it to every loop.
class ConnectionLimiter;
std::shared_ptr<ConnectionLimiter> make_connection_limiter(const Limits& limits);

// An event loop. Except where stated, functions are called on its thread.
class Loop {
 public:
  // `tls` may be null if no listener needs it. clock.steady() drives the time-outs. Peers in `trusted_proxies` name
  // the clients of their requests. The handler, the clock and the listeners' descriptors must outlive the loop; the
  // loop does not close the descriptors. Throws std::system_error if the system has no resources.
  Loop(Handler& handler, const Clock& clock, const Limits& limits, std::shared_ptr<ConnectionLimiter> limiter,
       std::shared_ptr<TlsContext> tls, std::vector<Listener> listeners,
       std::vector<IpRange> trusted_proxies = {});
  ~Loop();

  // Serves until drained. To be called on the thread that owns the loop.
  void run();
  // From any thread. What it counts, for metrics.
  const LoopCounters& counters() const;
  // From any thread: runs `task` on the loop's thread in its next iteration.
  void post(std::move_only_function<void()> task);
  // From any thread: stops accepting, finishes the requests in flight, closes idle connections, and lets
  // run() return when no connection is left or `grace` of real time has passed.
  void drain(Duration grace);
  // From any thread: connections that are accepted from now on use this context.
  void set_tls(std::shared_ptr<TlsContext> tls);
  // From any thread: makes the loop read the clock, after a manual clock has moved.
  void wake();

 private:
  friend class Exchange;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::http
