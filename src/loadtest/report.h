// The results of a load test, and whether they are within the bounds (docs/notifications.md, "A storm"). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace porchlight::loadtest {

// The documented bounds, for an optimised build: of each stream, and of each event sent to a stream.
inline constexpr double kBytesPerStreamMax = 8 * 1024;
inline constexpr double kCpuUsPerOpeningMax = 200;
inline constexpr double kCpuUsPerEventMax = 50;
// With fewer streams, their cost cannot be distinguished from what else the server does.
inline constexpr std::size_t kStreamsForCostMin = 500;

// Percentiles in milliseconds.
struct Latency {
  double p50 = 0, p99 = 0, max = 0;
};
// The percentiles of a list of milliseconds; zeros if it is empty.
Latency latency_of(std::vector<float> ms);

// What a scenario measured.
struct Report {
  std::string scenario;  // "watched" or "reconnect"
  std::size_t streams = 0;
  std::size_t people = 0;
  double open_seconds = 0;  // from the first connection until all streams had their snapshot
  std::size_t resumed = 0;  // streams that resumed with Last-Event-ID
  std::size_t retries = 0;  // connections that were refused and tried again
  std::size_t lost = 0;     // streams that the server ended
  std::size_t changes = 0;
  std::uint64_t delivered = 0;      // events with a change
  std::uint64_t delivered_max = 0;  // upper bound: each change once to each stream of that user
  std::size_t behind = 0;           // streams without the newest state at the end
  Latency latency;                  // from the response to a change to its event
  Latency answer_latency;           // from a change to its response
  std::uint64_t bytes = 0;          // received by the streams
  // What the server's process used and grew by; nullopt if it cannot be seen.
  struct ServerCost {
    double cpu_seconds = 0;
    std::optional<double> opening_cpu_seconds = {};  // the part for opening, if no change happened meanwhile
    double resident_bytes = 0;
  };
  std::optional<ServerCost> server;
};

// One of the bounds, in words, and whether it held.
struct BoundCheck {
  std::string what;
  bool holds;
};
// All bounds that the report can decide.
std::vector<BoundCheck> evaluate(const Report& report);
// Whether all of them held.
bool within_bound(const Report& report);

// The report as lines of text, and as one JSON object.
std::string text_of(const Report& report);
std::string json_of(const Report& report);

}  // namespace porchlight::loadtest
