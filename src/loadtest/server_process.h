// The process that listens on a port of this machine, and the CPU and memory that it uses, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace porchlight::loadtest {

// The process that listens on a TCP port; nullopt if that cannot be seen, for example if it is another user's.
std::optional<pid_t> find_listener(std::uint16_t port);

// What a process uses.
struct ProcessCost {
  double cpu_seconds;  // of its threads, since they started
  std::uint64_t resident_bytes;
};
// nullopt if there is no such process or its files cannot be read.
std::optional<ProcessCost> cost_of(pid_t pid);

}  // namespace porchlight::loadtest
