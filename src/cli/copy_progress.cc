#include "cli/copy_progress.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

namespace porchlight::cli {
namespace {

volatile std::sig_atomic_t is_stopped = 0;

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { is_stopped = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool CopyProgress::add(std::uint64_t bytes) {
  copied_ += bytes;
  const auto now = SteadyClock::now();
  if (now >= next_line_) {
    next_line_ = now + std::chrono::seconds(1);
    const std::string of_total = total_ > 0 ? " of " + megabytes(total_) : "";
    fmt::print(stderr, "{}{}\n", megabytes(copied_), of_total);
  }
  return is_stopped == 0;
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace porchlight::cli
