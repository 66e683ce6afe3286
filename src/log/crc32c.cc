// RocksDB's implementation is not in its public headers. The instruction of SSE4.2 takes eight bytes at once; elsewhere
// Boost.CRC looks each byte up in a table.
#include "log/crc32c.h"

#ifdef __SSE4_2__
#include <nmmintrin.h>

#include <cstring>
#else
#include <boost/crc.hpp>
#endif

namespace porchlight::log {

#ifdef __SSE4_2__

namespace {

std::uint64_t extend(std::uint64_t crc, std::string_view bytes) {
  for (; bytes.size() >= sizeof crc; bytes.remove_prefix(sizeof crc)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), sizeof eight);
    crc = _mm_crc32_u64(crc, eight);
  }
  for (const char byte : bytes)
    crc = _mm_crc32_u8(static_cast<std::uint32_t>(crc), static_cast<std::uint8_t>(byte));
  return crc;
}

}  // namespace

std::uint32_t crc32c(std::string_view head, std::string_view rest) {
  return ~static_cast<std::uint32_t>(extend(extend(0xFFFFFFFF, head), rest));
}

#else

std::uint32_t crc32c(std::string_view head, std::string_view rest) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(head.data(), head.size());
  crc.process_bytes(rest.data(), rest.size());
  return crc.checksum();
}

#endif

}  // namespace porchlight::log
