// The process that serves a port of this machine: what it has cost so far. From /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace porchlight::loadtest {

// Who listens on this TCP port; nothing where that cannot be seen, such as another user's process.
std::optional<pid_t> find_listener(std::uint16_t port);

struct ProcessCost {
  double cpu_seconds;
  std::uint64_t resident_bytes;
};
// Nothing where there is no such process, or it may not be looked at.
std::optional<ProcessCost> cost_of(pid_t pid);

}  // namespace porchlight::loadtest
