// Opening the RocksDB of the embedded log: how it is tuned, what is checked, and what is said of damage.
#pragma once

#include <rocksdb/db.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "log/embedded_log.h"
#include "log/wal_scan.h"

namespace porchlight::log {

// The key of a batch, and of the marker of the last commit.
std::string batch_key(Position position);
inline constexpr std::string_view kMarkerKey = "G";

// The ends of all shards, and the last commit, as the database has them.
struct LogEnds {
  std::vector<Tail> tails;
  Marker last_commit;
};
std::expected<LogEnds, std::string> read_ends(rocksdb::DB& db, std::uint32_t shards);

struct OpenedDatabase {
  std::unique_ptr<rocksdb::DB> db;
  LogEnds ends;
};

// As EmbeddedEngine::open and ::repair.
std::expected<OpenedDatabase, std::string> open_rocks(const EmbeddedOptions& options);
std::expected<RepairResult, std::string> repair_rocks(const EmbeddedOptions& options);

}  // namespace porchlight::log
