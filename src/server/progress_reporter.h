// Reports to the service manager while the server runs: its state, and that all serving loops make progress.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "server/service_manager.h"

namespace porchlight::server {

// How often the state is reported if no watchdog asks for more.
inline constexpr std::chrono::seconds kStateReportEvery{5};

// Reports on a thread of its own, at half of the watchdog's time. No thread if there is no service manager.
class ProgressReporter {
 public:
  // `progresses`: whether all loops have turned since the last call (Server::all_loops_turned()). `state`: one line.
  ProgressReporter(ServiceManager& manager, std::function<bool()> progresses,
                   std::function<std::string()> state);
  // The destructor ends the thread.

  // What the thread does each time.
  void report();

 private:
  void run(const std::stop_token& stop);

  ServiceManager& manager_;
  const std::function<bool()> progresses_;
  const std::function<std::string()> state_;
  std::jthread thread_;
};

}  // namespace porchlight::server
