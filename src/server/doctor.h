// Examines a machine, a data folder and a configuration for what would make a server fail or serve less: `porchlight
// doctor`. Reads only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/config_sources.h"

namespace porchlight::server {

// Bounds of what is reported.
inline constexpr std::uint64_t kFreeBytesLeast = std::uint64_t{256} << 20;  // below: a problem
inline constexpr std::uint64_t kFreeBytesEnough = std::uint64_t{2} << 30;   // below: a warning
inline constexpr std::uint64_t kDescriptorsLeast = 1024;                    // below: a problem
inline constexpr std::uint64_t kDescriptorsEnough = 65'536;                 // below: a warning
inline constexpr Duration kClockBehindMax = std::chrono::minutes(5);        // the log may be newer by that
inline constexpr Duration kCertificateLeft = std::chrono::days(14);         // less: a warning
inline constexpr Duration kSnapshotBehindMax = std::chrono::days(1);        // older than the log: a warning
// Before this project existed no clock was right.
inline constexpr Time kClockLeast{std::chrono::seconds(1'767'225'600)};  // 2026-01-01

enum class Health : std::uint8_t { kOk, kWarning, kProblem };

// What one check found.
struct Finding {
  Health health;
  std::string text;    // what is so
  std::string advice;  // what to do; empty if it is good
};

// The checks of figures. Pure.
Finding disk_finding(std::uint64_t free_bytes);
// `limit`: of the server that runs, or of one that would be started from here.
Finding descriptors_finding(std::uint64_t limit);
// `written`: when the log was last written; absent without a log.
Finding clock_finding(Time now, std::optional<Time> written);
// `snapshot`: when the newest one was written; absent without one.
Finding snapshot_finding(std::optional<Time> snapshot, std::optional<Time> written);

// All checks, in the order in which they are printed. `server`: the process that has the folder open, 0 if it is
// not visible from here; nullopt if no server runs. Calls the configured addresses of issuers, each for at most five
// seconds.
std::vector<Finding> examine(const std::filesystem::path& data, const node::ReadConfig& read,
                             std::optional<pid_t> server, Time now);

}  // namespace porchlight::server
