// The progress of copying a backup, on stderr, and the end of it by a signal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace porchlight::cli {

// From now on SIGINT and SIGTERM only make add() return false, so that what was begun is removed; a second one ends the
// process as usual. Writing to a closed pipe is an error instead of a signal.
void catch_stop_signals();

// Writes a line once a second, beginning after two seconds. For one thread.
class CopyProgress {
 public:
  // `total`: the bytes to copy; 0 if that is not known.
  explicit CopyProgress(std::uint64_t total) : total_(total) {}
  // These bytes were copied. Returns false after a signal.
  bool add(std::uint64_t bytes);
  std::uint64_t copied() const { return copied_; }

 private:
  using SteadyClock = std::chrono::steady_clock;
  const std::uint64_t total_;
  std::uint64_t copied_ = 0;
  SteadyClock::time_point next_line_ = SteadyClock::now() + std::chrono::seconds(2);
};

// "812.0 MB".
std::string megabytes(std::uint64_t bytes);

}  // namespace porchlight::cli
