// `porchlight serve`: from options to a running server, until a signal says stop.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace porchlight::server {

struct ServeOptions {
  std::filesystem::path data;
  std::filesystem::path config;         // empty: the defaults
  std::vector<std::string> listen;      // instead of the configuration's
  std::vector<std::string> tls_listen;  // instead of the configuration's
  bool manual_clock = false;
  std::optional<Time> clock_start;  // of the manual clock; absent: now
  bool throttle_off = false;
  std::optional<std::size_t> threads;
  std::optional<bool> authority;    // instead of the configuration's
  std::vector<std::string> clouds;  // by name; instead of the configuration's
};

// Serves until SIGTERM or SIGINT, then drains. Prints one line per listener on stdout when it is ready. Call
// it before the process has other threads.
std::expected<void, std::string> serve(const ServeOptions& options);

}  // namespace porchlight::server
