// Load tests against a server on this machine: many event streams, and users whose presence changes meanwhile
// (docs/notifications.md, "A storm").
#pragma once

#include <sys/types.h>

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "loadtest/loopback.h"
#include "loadtest/report.h"

namespace porchlight::loadtest {

// Limits of the options.
inline constexpr std::size_t kStreamsMax = 100'000;
inline constexpr std::size_t kChangesMax = 100;

// What to run. `people` and `token` are checked by the server.
struct LoadTestOptions {
  LoopbackServer server{};
  std::string token;                // of an application that may set presence
  std::vector<std::string> people;  // ids of users; stream i follows user i modulo their number
  std::size_t streams = 1000;
  std::size_t changes = 10;   // of each user
  Duration longest{120'000};  // time limit; an error then says what is missing
  std::optional<pid_t> pid;   // the server's process, to measure its cost
  std::function<void(const std::string&)> progress = [](const std::string&) {};  // called every two seconds
};

// Opens all streams, then changes the presence of each user `changes` times; each change waits until all streams have
// the previous one. An error is a sentence.
std::expected<Report, std::string> run_watched(const LoadTestOptions& options);
// Opens all streams, closes them at once and reopens them with Last-Event-ID while presence changes.
std::expected<Report, std::string> run_reconnect(const LoadTestOptions& options);

}  // namespace porchlight::loadtest
