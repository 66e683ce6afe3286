// Any bytes are refused as an entry of the audit log, or decode to one that encodes to the same bytes.
#include <cstdint>
#include <cstdlib>

#include "audit/entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto entry = porchlight::audit::decode_entry(bytes);
  if (entry && porchlight::audit::encode_entry(*entry) != bytes) std::abort();
  return 0;
}
