// Opening and repair of the RocksDB of the embedded log: its options, the checks, and the reports of damage.
#pragma once

#include <rocksdb/db.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "log/embedded_log.h"
#include "log/wal_scan.h"

namespace porchlight::log {

// The keys of a batch and of the marker of the last commit (embedded_log.h).
std::string batch_key(Position position);
inline constexpr std::string_view kMarkerKey = "G";

// The ends of all shards and the last commit in the database.
struct LogEnds {
  std::vector<Tail> tails;
  Marker last_commit;
};
// The error says which batch is damaged or of a newer format.
std::expected<LogEnds, std::string> read_ends(rocksdb::DB& db, std::uint32_t shards);

// A database that open_rocks() found undamaged.
struct OpenedDatabase {
  std::unique_ptr<rocksdb::DB> db;
  LogEnds ends;
  std::string read_only;  // why it was opened for reads only: the error of the disk; empty if it takes writes
};

// As EmbeddedEngine::open() and EmbeddedEngine::repair().
std::expected<OpenedDatabase, std::string> open_rocks(const EmbeddedOptions& options);
std::expected<RepairResult, std::string> repair_rocks(const EmbeddedOptions& options);
// As EmbeddedEngine::read_positions().
std::expected<std::vector<std::uint64_t>, std::string> positions_of(const EmbeddedOptions& options);

}  // namespace porchlight::log
