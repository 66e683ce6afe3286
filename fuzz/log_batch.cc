// Decodes arbitrary bytes as a batch of the log. A batch that decodes must encode to the same bytes again. The
// checksum is corrected first, so that the fuzzer reaches the code behind it. Also scans the bytes as a write-ahead
// file.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "log/batch_codec.h"
#include "log/crc32c.h"
#include "log/wal_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::log;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)find_markers(bytes);
  (void)whole_bytes(bytes);
  if (bytes.size() >= kBatchHeaderBytes) {
    const std::uint32_t crc = crc32c(bytes.substr(0, 36) + bytes.substr(kBatchHeaderBytes));
    std::memcpy(bytes.data() + 36, &crc, sizeof(crc));
  }
  const auto decoded = decode_batch(bytes);
  if (!decoded) return 0;
  const std::string again =
      encode_batch(header_of(decoded->batch), encode_events(decoded->batch), decoded->n, decoded->chain);
  if (again != bytes) std::abort();
  return 0;
}
