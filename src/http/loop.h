// One event loop: a thread's listeners and connections. Knows nothing of what the requests mean.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/handler.h"
#include "http/limits.h"
#include "http/tls.h"

namespace porchlight::http {

// An open listening socket. Plain and TLS listeners of several loops share an address by SO_REUSEPORT.
struct Listener {
  int fd;
  ListenerKind kind;
};

// Counts connections over all loops of the process: the limits that no loop can see alone.
class ConnectionLimiter;
std::shared_ptr<ConnectionLimiter> make_connection_limiter(const Limits& limits);

class Loop {
 public:
  // `tls` may be null where no listener needs it. `clock`: steady() times the connections out. The handler,
  // the clock and the listeners' descriptors must outlive the loop; the loop closes none of the listeners.
  Loop(Handler& handler, const Clock& clock, const Limits& limits, std::shared_ptr<ConnectionLimiter> limiter,
       std::shared_ptr<TlsContext> tls, std::vector<Listener> listeners);
  ~Loop();

  // Serves until told to stop. Call on the thread that owns the loop.
  void run();
  // From any thread: runs `task` on the loop's thread, in the next turn.
  void post(std::move_only_function<void()> task);
  // From any thread: stops accepting, answers what is in flight, closes idle connections, and returns from
  // run() when none is left or after `grace` of real time.
  void drain(Duration grace);
  // From any thread: looks at the clock again (after a manual clock moved).
  void wake();

 private:
  friend class Exchange;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::http
