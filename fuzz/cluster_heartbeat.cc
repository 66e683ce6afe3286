// Decodes arbitrary bytes as a heartbeat of another node. What decodes must be the same after it is encoded.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cluster/heartbeats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::cluster;
  const auto beat = decode_heartbeat(std::string_view(reinterpret_cast<const char*>(data), size));
  if (beat && decode_heartbeat(encode_heartbeat(*beat)) != beat) std::abort();
  return 0;
}
