// Opening. RocksDB first opens with kAbsoluteConsistency: it fails if the write-ahead log does not end cleanly. Then
// the files are examined without a change (diagnose()): if a commit after the first unreadable one is known to have
// been written (wal_scan.h), durable data is damaged, and opening fails. Otherwise only the last write is torn; it
// was never acknowledged, and kPointInTimeRecovery cuts it off. If the disk takes no writes, the result of diagnose()
// is kept open for reads.
#include "log/rocks_open.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>

#include "base/bytes.h"
#include "log/batch_codec.h"
#include "storage/rocks_options.h"

namespace porchlight::log {

namespace {

using rocksdb::Status;
using rocksdb::WALRecoveryMode;

// Ids are most of an event, and they are random: they compress only if a user's events are in the same block. One block
// of each shard fits into the cache below, for the history, which reads the shards in turn.
constexpr std::size_t kTableBlockBytes = 64 * 1024;
// The part of a batch's key that names the shard.
constexpr std::size_t kShardPrefixBytes = 1 + sizeof(Position::shard);
constexpr std::size_t kBatchKeyBytes = kShardPrefixBytes + sizeof(Position::seq);

// The part of a batch's key that names the shard. The keys at which a range of trimmed batches begins, with number 0,
// are not in the domain: RocksDB has them in a list of their own, and must not use a place in it for a batch.
class ShardOfBatch final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "porchlight.ShardOfBatch"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), kShardPrefixBytes};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    const std::string_view bytes = key.ToStringView();
    return bytes.size() == kBatchKeyBytes &&
           bytes.find_first_not_of('\0', kShardPrefixBytes) != std::string_view::npos;
  }
};

std::string as_text(Position position) { return fmt::format("{}:{}", position.shard, position.seq); }

rocksdb::Options log_options(const EmbeddedOptions& options, WALRecoveryMode mode) {
  rocksdb::Options rocks = storage::rocks_options(options.dir, options.env);
  rocks.wal_recovery_mode = mode;
  // Data that is not in a table yet is replayed at the next start. A small buffer keeps that fast.
  rocks.write_buffer_size = 16 * 1024 * 1024;
  rocks.max_write_buffer_number = 3;
  rocks.avoid_flush_during_shutdown = true;
  rocks.max_open_files = 256;
  rocks.max_background_jobs = 2;
  storage::compress_tables(rocks);
  // A shard's batches are inserted behind each other, but between those of other shards: the place of the last
  // insertion of each shard is remembered, and most comparisons of keys are saved.
  rocks.memtable_insert_with_hint_prefix_extractor = std::make_shared<ShardOfBatch>();
  rocks.bytes_per_sync = 1024 * 1024;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kTableBlockBytes;
  table.block_cache = rocksdb::NewLRUCache(8 * 1024 * 1024);
  rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return rocks;
}

Status open_for_writing(const EmbeddedOptions& options, WALRecoveryMode mode,
                        std::unique_ptr<rocksdb::DB>& db) {
  rocksdb::DB* raw = nullptr;
  const Status status = rocksdb::DB::Open(log_options(options, mode), options.dir, &raw);
  db.reset(raw);
  return status;
}

constexpr std::string_view kWhatToDo =
    "Nothing was changed. Restore the data folder from a copy, or run `porchlight log repair --data DIR`, "
    "which keeps all before the damage and drops what follows it.";

bool has_database(const std::string& dir) {
  std::error_code ignored;  // opening says why the folder cannot be read
  return std::filesystem::exists(std::filesystem::path(dir) / "CURRENT", ignored);
}

// RocksDB creates a new database if the file CURRENT is missing. If other files of a database are present, that would
// lose them: returns an error. nullopt if all is well.
std::optional<std::string> missing_current(const std::string& dir) {
  if (has_database(dir)) return std::nullopt;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(dir, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".sst") || name.ends_with(".log") || name.starts_with("MANIFEST")) {
      return fmt::format(
          "{}: the file CURRENT is missing beside {}. Nothing was changed. Restore the data folder "
          "from a copy.",
          dir, name);
    }
  }
  return std::nullopt;
}

// The state of a database that cannot be opened for writing as it is.
struct Diagnosis {
  std::unique_ptr<rocksdb::DB> db;  // open for reads
  LogEnds ends;                     // of the part that can be recovered
  WalScan wal;
  std::optional<Marker> torn;  // the commit after the last recovered one, if its marker is undamaged
  std::vector<Marker> later;   // later commits: they prove that the one before was durable
};

// The last recovered batch of a shard.
std::uint64_t end_of_shard(const Diagnosis& found, std::uint32_t shard) {
  return shard < found.ends.tails.size() ? found.ends.tails[shard].seq : 0;
}

// Examines the database without a change.
std::expected<Diagnosis, std::string> diagnose(const EmbeddedOptions& options) {
  rocksdb::Options rocks = log_options(options, WALRecoveryMode::kPointInTimeRecovery);
  rocks.create_if_missing = false;
  rocksdb::DB* raw = nullptr;
  const Status status = rocksdb::DB::OpenForReadOnly(rocks, options.dir, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (storage::is_disk_fault(status))
    return std::unexpected(fmt::format("{}: the log can't be read: {}", options.dir, status.ToString()));
  if (!status.ok()) {
    return std::unexpected(
        fmt::format("{}: the log's tables are damaged: {}. Nothing was changed. Restore the data "
                    "folder from a copy.",
                    options.dir, status.ToString()));
  }
  auto ends = read_ends(*db, options.shards);
  if (!ends) return std::unexpected(ends.error());
  Diagnosis found{std::move(db), std::move(*ends), scan_wals(options.dir), std::nullopt, {}};
  const std::uint64_t last = found.ends.last_commit.commit;
  for (const Marker& marker : found.wal.markers) {
    if (marker.commit == last + 1) found.torn = marker;
    if (marker.commit > last + 1) found.later.push_back(marker);
  }
  return found;
}

// Names the first lost batch, as exactly as the markers allow.
std::string describe_gap(const Diagnosis& found) {
  for (const Marker& marker : found.later) {
    for (const Position& position : marker.positions) {
      const std::uint64_t next = end_of_shard(found, position.shard) + 1;
      if (position.seq > next) return "batch " + as_text({position.shard, next}) + " is unreadable";
    }
  }
  if (found.torn && !found.torn->positions.empty()) {
    return "batch " + as_text(found.torn->positions.front()) + " is unreadable";
  }
  const auto& last = found.ends.last_commit.positions;
  return last.empty() ? "its first batches are unreadable"
                      : "what was written after batch " + as_text(last.back()) + " is unreadable";
}

std::string damage_report(const EmbeddedOptions& options, const Diagnosis& found) {
  return fmt::format(
      "{}: the log is damaged in the middle: {} ({}, from byte {}), but {} later writes are there. {}",
      options.dir, describe_gap(found), found.wal.damaged_file, found.wal.damaged_at, found.later.size(),
      kWhatToDo);
}

void warn_torn_tail(const EmbeddedOptions& options, const Diagnosis& found) {
  const Marker& affected = found.torn ? *found.torn : found.ends.last_commit;
  std::vector<std::string> ends;
  ends.reserve(affected.positions.size());
  for (const Position& position : affected.positions) {
    ends.push_back(as_text({position.shard, end_of_shard(found, position.shard)}));
  }
  spdlog::warn(
      "{}: the last write was torn and is cut off: {} bytes of {} from byte {}; last whole batch {}: {}",
      options.dir, found.wal.bytes_not_read, found.wal.damaged_file, found.wal.damaged_at,
      found.torn ? "of each shard in it" : "before it", fmt::join(ends, ", "));
}

std::expected<OpenedDatabase, std::string> finish_opening(std::unique_ptr<rocksdb::DB> db,
                                                          std::uint32_t shards) {
  auto ends = read_ends(*db, shards);
  if (!ends) return std::unexpected(ends.error());
  return OpenedDatabase{std::move(db), std::move(*ends), {}};
}

// The error of an opening, for the operator.
std::unexpected<std::string> cannot_open(const EmbeddedOptions& options, const Status& status) {
  if (storage::is_in_use(status)) {
    return std::unexpected(
        fmt::format("{}: in use by another process; is a server starting or stopping there?", options.dir));
  }
  return std::unexpected(fmt::format("{}: the log can't be opened: {}", options.dir, status.ToString()));
}

// Keeps a database open for reads if opening it for writing failed because of the disk; otherwise returns the error.
std::expected<OpenedDatabase, std::string> open_to_read(const EmbeddedOptions& options,
                                                        const Status& refused) {
  if (!storage::is_disk_fault(refused)) return cannot_open(options, refused);
  auto found = diagnose(options);
  if (!found) return cannot_open(options, refused);
  if (!found->later.empty()) return std::unexpected(damage_report(options, *found));
  return OpenedDatabase{std::move(found->db), std::move(found->ends), refused.ToString()};
}

// The last batch of a shard. A default Tail if the shard is empty.
std::expected<Tail, std::string> read_end(rocksdb::Iterator& it, std::uint32_t shard) {
  it.SeekForPrev(batch_key({shard, std::numeric_limits<std::uint64_t>::max()}));
  if (!it.status().ok()) {
    return std::unexpected(
        fmt::format("the log of shard {} can't be read: {}", shard, it.status().ToString()));
  }
  const std::string prefix = batch_key({shard, 0}).substr(0, kShardPrefixBytes);
  if (!it.Valid() || !it.key().starts_with(prefix)) return Tail{};
  const auto last = decode_batch(it.value().ToStringView());
  if (last && it.key() == batch_key({shard, last->n}))
    return Tail{last->n, last->batch.epoch, last->chain, last->batch.at};
  const bool is_newer = !last && last.error() == CodecError::kNewer;
  return std::unexpected(fmt::format("the last batch of shard {} {}", shard,
                                     is_newer
                                         ? "is of a newer format: run the version that wrote it"
                                         : "is not as it was written. Restore the data folder from a copy."));
}

}  // namespace

std::string batch_key(Position position) {
  std::string key = "L";
  ByteWriter out(key);
  out.big_endian(position.shard);
  out.big_endian(position.seq);
  return key;
}

std::expected<LogEnds, std::string> read_ends(rocksdb::DB& db, std::uint32_t shards) {
  LogEnds ends;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator({}));
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const auto tail = read_end(*it, shard);
    if (!tail) return std::unexpected(tail.error());
    ends.tails.push_back(*tail);
  }
  std::string bytes;
  const Status status = db.Get({}, rocksdb::Slice(kMarkerKey), &bytes);
  if (status.IsNotFound()) return ends;
  const auto marker = decode_marker(bytes);
  if (!status.ok() || !marker) return std::unexpected("the log's commit marker is not as it was written");
  ends.last_commit = *marker;
  return ends;
}

std::expected<OpenedDatabase, std::string> open_rocks(const EmbeddedOptions& options) {
  if (auto fault = missing_current(options.dir)) return std::unexpected(std::move(*fault));
  std::unique_ptr<rocksdb::DB> db;
  Status status = open_for_writing(options, WALRecoveryMode::kAbsoluteConsistency, db);
  if (status.ok()) return finish_opening(std::move(db), options.shards);
  if (!status.IsCorruption()) return open_to_read(options, status);
  {
    const auto found = diagnose(options);
    if (!found) return std::unexpected(found.error());
    if (!found->later.empty()) return std::unexpected(damage_report(options, *found));
    warn_torn_tail(options, *found);
  }
  status = open_for_writing(options, WALRecoveryMode::kPointInTimeRecovery, db);
  if (status.ok()) return finish_opening(std::move(db), options.shards);
  return open_to_read(options, status);
}

std::expected<std::vector<std::uint64_t>, std::string> positions_of(const EmbeddedOptions& options) {
  if (auto fault = missing_current(options.dir)) return std::unexpected(std::move(*fault));
  if (!has_database(options.dir)) return std::vector<std::uint64_t>(options.shards, 0);
  const auto found = diagnose(options);
  if (!found) return std::unexpected(found.error());
  if (!found->later.empty()) return std::unexpected(damage_report(options, *found));
  std::vector<std::uint64_t> positions;
  positions.reserve(found->ends.tails.size());
  for (const Tail& tail : found->ends.tails) positions.push_back(tail.seq);
  return positions;
}

std::expected<RepairResult, std::string> repair_rocks(const EmbeddedOptions& options) {
  if (auto fault = missing_current(options.dir)) return std::unexpected(std::move(*fault));
  auto found = diagnose(options);
  if (!found) return std::unexpected(found.error());
  found->db.reset();
  std::unique_ptr<rocksdb::DB> db;
  const Status status = open_for_writing(options, WALRecoveryMode::kPointInTimeRecovery, db);
  if (storage::is_in_use(status)) {
    return std::unexpected(
        fmt::format("{}: in use by a server; stop it, then run `porchlight log repair` again", options.dir));
  }
  if (!status.ok()) return cannot_open(options, status);
  RepairResult repaired;
  repaired.bytes_dropped = found->wal.bytes_not_read;
  for (std::uint32_t shard = 0; shard < options.shards; ++shard) {
    if (found->ends.tails[shard].seq > 0)
      repaired.last_whole.push_back({shard, found->ends.tails[shard].seq});
  }
  if (found->torn) repaired.dropped = found->torn->positions;
  for (const Marker& marker : found->later) {
    repaired.dropped.insert(repaired.dropped.end(), marker.positions.begin(), marker.positions.end());
  }
  return repaired;
}

}  // namespace porchlight::log
