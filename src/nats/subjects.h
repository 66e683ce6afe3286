// Names of the streams and subjects of a cell in the engine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::nats {

// `cell` is the name of the cell: letters a-z and digits, at most kCellBytesMax.
inline constexpr std::size_t kCellBytesMax = 64;

// The stream that is the log of a shard, and the only subject whose messages it keeps.
inline std::string stream_of(std::string_view cell, std::uint32_t shard) {
  return std::string(cell) + "-shard-" + std::to_string(shard);
}
inline std::string stream_subject(std::string_view cell, std::uint32_t shard) {
  return "p." + std::string(cell) + ".shard." + std::to_string(shard);
}

// Messages to all other nodes that listen, followed by the name of the sender; and requests to one node.
inline std::string told_subject(std::string_view cell, std::string_view subject) {
  return "p." + std::string(cell) + ".told." + std::string(subject) + ".";
}
inline std::string asked_subject(std::string_view cell, std::string_view subject) {
  return "p." + std::string(cell) + ".asked." + std::string(subject);
}

}  // namespace porchlight::nats
