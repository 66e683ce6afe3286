// The body of the demo's entry, parsed within its bounds.
#include <cstddef>
#include <cstdint>

#include "server/demo_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)porchlight::server::parse_demo_entry({reinterpret_cast<const char*>(data), size});
  return 0;
}
