#include "server/progress_reporter.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace porchlight::server {

ProgressReporter::ProgressReporter(ServiceManager& manager, std::function<bool()> progresses,
                                   std::function<std::string()> state)
    : manager_(manager), progresses_(std::move(progresses)), state_(std::move(state)) {
  if (manager_.is_there()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ProgressReporter::report() {
  manager_.status(state_());
  if (progresses_() && manager_.watchdog()) manager_.alive();
}

void ProgressReporter::run(const std::stop_token& stop) {
  std::chrono::microseconds every = kStateReportEvery;
  if (manager_.watchdog()) every = std::min(every, *manager_.watchdog() / 2);
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  do report();
  while (!pause.wait_for(lock, stop, every, [&] { return stop.stop_requested(); }));
}

}  // namespace porchlight::server
