// The metrics of the process that Prometheus's client libraries have in common (process_*).
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "metrics/exposition.h"

namespace porchlight::metrics {

// The memory of the process in bytes.
struct ProcessMemory {
  std::uint64_t all = 0, resident = 0;
};
// Reads /proc/self; nullopt if that cannot be read. Any thread.
std::optional<ProcessMemory> process_memory();

// Reads /proc/self; what cannot be read there is left out. `started`: when the process began to serve.
void add_process(Exposition& page, Time started);

}  // namespace porchlight::metrics
