// What a storm cost, and whether it kept within its bound (docs/notifications.md, "A storm"). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace porchlight::loadtest {

// The written bound, of an optimised build: for each stream, and for each event that is told to one.
inline constexpr double kBytesPerStreamMax = 8 * 1024;
inline constexpr double kCpuUsPerOpeningMax = 200;
inline constexpr double kCpuUsPerEventMax = 50;
// Of fewer streams what they cost cannot be told from what the server does beside them.
inline constexpr std::size_t kStreamsForCostMin = 500;

// In ms.
struct Latency {
  double p50 = 0, p99 = 0, max = 0;
};
Latency latency_of(std::vector<float> ms);

struct Report {
  std::string scenario;  // its name
  std::size_t streams = 0;
  std::size_t people = 0;
  double open_seconds = 0;  // from the first connection until all were told what there is
  std::size_t resumed = 0;  // went on where they had ended
  std::size_t retries = 0;  // times that one was refused, and came again
  std::size_t lost = 0;     // ended by the server
  std::size_t changes = 0;
  std::uint64_t delivered = 0;      // events that told of a change
  std::uint64_t delivered_max = 0;  // as many as there may be: each change once to each stream of the person
  std::size_t behind = 0;           // streams that do not know the newest state in the end
  Latency latency;                  // from the change's answer to the event
  Latency answer_latency;           // of the changes: how long each took
  std::uint64_t bytes = 0;          // that the streams received
  // What the server's process spent and grew by, where it could be seen.
  struct ServerCost {
    double cpu_seconds = 0;
    std::optional<double> opening_cpu_seconds = {};  // of these, where no change was told meanwhile
    double resident_bytes = 0;
  };
  std::optional<ServerCost> server;
};

// A part of the bound, in words, and whether it held.
struct BoundCheck {
  std::string what;
  bool holds;
};
std::vector<BoundCheck> evaluate(const Report& report);
bool within_bound(const Report& report);

// For people, some lines; and as one JSON object.
std::string text_of(const Report& report);
std::string json_of(const Report& report);

}  // namespace porchlight::loadtest
