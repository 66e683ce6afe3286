// CRC-32C (Castagnoli), the checksum of batches, of markers, and of the records of RocksDB's write-ahead files.
#pragma once

#include <cstdint>
#include <string_view>

namespace porchlight::log {

// Of the bytes of `head`, then those of `rest`.
std::uint32_t crc32c(std::string_view head, std::string_view rest = {});

}  // namespace porchlight::log
