// The streams that hold the logs of a cell.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "nats/engine.h"

namespace porchlight::nats {

// How many are made at once. One after the other takes ten times as long, and all at once more than the engine's
// servers agree on in time.
inline constexpr std::size_t kStreamsMadeAtOnce = 16;
// How long the engine may take for one, before it is asked again: servers that have no leader yet do not reply.
inline constexpr Duration kStreamMadeWithin = std::chrono::seconds(3);
inline constexpr Duration kStreamMadeAgainAfter = std::chrono::milliseconds(100);
// The ages at which batches may be forgotten.
inline constexpr Duration kBatchAgeMin = std::chrono::minutes(10);
inline constexpr Duration kBatchAgeMax = std::chrono::days(30);

struct CellStreams {
  std::string cell;           // letters a-z and digits
  std::uint32_t shards = 64;  // one stream for each
  unsigned replicas = 3;      // 1, 3 or 5: on how many servers each batch is
  Duration max_age = std::chrono::hours(24);
};

// Makes the streams that are missing: in files, without a way to delete batches but by age. Tries again until `within`
// has passed if the engine refuses, for example because its servers have not found each other yet. Fails with the
// reason, and at once if a stream has other settings or the settings are not possible. Waits.
std::expected<void, std::string> make_streams(Engine& engine, const CellStreams& settings, Duration within);

}  // namespace porchlight::nats
