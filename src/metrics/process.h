// The metrics of the process that Prometheus's client libraries have in common (process_*).
#pragma once

#include "base/time.h"
#include "metrics/exposition.h"

namespace porchlight::metrics {

// Reads /proc/self; what cannot be read there is left out. `started`: when the process began to serve.
void add_process(Exposition& page, Time started);

}  // namespace porchlight::metrics
