// Storms against a server of this machine: many streams, and people who change while they are looked at.
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

// The limits of a load test, whoever asks.
inline constexpr std::size_t kStreamsMax = 100'000;
inline constexpr std::size_t kChangesMax = 100;

struct LoadTestOptions {
  LoopbackServer server{};
  std::string token;                // an application's, that may set presence
  std::vector<std::string> people;  // ids; each stream follows one of them, in turns
  std::size_t streams = 1000;
  std::size_t changes = 10;   // of each person
  Duration longest{120'000};  // then it ends, with what is missing
  std::optional<pid_t> pid;   // the server's process, to look at what it costs
  std::function<void(const std::string&)> progress = [](const std::string&) {};  // every two seconds
};

// All streams are opened, then each person changes so often, the next time when all who follow were told.
std::expected<Report, std::string> run_watched(const LoadTestOptions& options);
// All streams are closed at once and come back with Last-Event-ID, while people change.
std::expected<Report, std::string> run_reconnect(const LoadTestOptions& options);

}  // namespace porchlight::loadtest
