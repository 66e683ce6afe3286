// Decodes arbitrary bytes as a command, and as an outcome, of another node. What decodes must encode to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cluster/command_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::cluster;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto command = decode_command(bytes);
  if (command && encode_command(*command) != bytes) std::abort();
  const auto outcome = decode_outcome(bytes);
  if (outcome && encode_outcome(*outcome) != bytes) std::abort();
  return 0;
}
