// `porchlight serve`: runs a server with the given options until a signal stops it.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace porchlight::server {

// Options of the command line. They take precedence over the configuration file.
struct ServeOptions {
  std::string_view version;  // of the program, for the log
  std::filesystem::path data;
  std::filesystem::path config;         // empty: the defaults
  bool create = false;                  // creates the data folder, if it is missing or empty
  bool adopt = false;                   // makes a copy of a data folder the original
  bool no_notifications = false;        // posts no notifications
  bool demo = false;                    // ServerHooks::demo
  std::vector<std::string> listen;      // replaces the configuration's addresses
  std::vector<std::string> tls_listen;  // the same
  bool manual_clock = false;
  std::optional<Time> clock_start;  // of the manual clock; absent: now
  bool throttle_off = false;
  std::optional<std::size_t> threads;
  std::optional<bool> authority;    // absent: as configured
  std::vector<std::string> clouds;  // names; empty: as configured
};

// Serves until SIGTERM or SIGINT, then drains. Prints a line for each listener on stdout once it is ready. Call it
// before the process has other threads. An error is a sentence.
std::expected<void, std::string> serve(const ServeOptions& options);

}  // namespace porchlight::server
