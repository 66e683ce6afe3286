// Snapshots: the whole view as a file, with the position in each shard's log that it includes (docs/log_format.md). A
// start loads the newest one and replays only the log behind it.
//
//     file     = "PLS1" | u8 format | section*          one for each shard, the directory, then the end
//     section  = u8 kind | u32 number | u64 bytes | u64 checksum | body        checksum: XXH3 of the body
//     shard    = u64 seq | u64 people | person*         in order of key; other bodies are in snapshot_codec.cc
//     end      = an empty body: proves that the file is complete
//
// The content of a shard section may be newer than its `seq`, never older: replay ignores events that are included
// already, by their versions.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/durable_file.h"
#include "log/event.h"
#include "log/shard_log.h"
#include "presence/policy.h"
#include "state/view.h"

namespace porchlight::state {

// The newest and the one before it. If the newest is damaged, a start uses the other one: the log is kept from there
// on.
inline constexpr std::size_t kSnapshotsKept = 2;

// A snapshot that was written.
struct SnapshotInfo {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::vector<log::Position> positions;  // one for each shard
};

// What users left behind that expired before `before` is not written (presence::settled()). By default, all is.
struct Forget {
  Time before = Time::min();
  presence::Policy policy = presence::kDocumentedPolicy;
};

// Writes the view as the newest snapshot of `dir`, which is created if missing, makes it durable, and removes all but
// kSnapshotsKept. The view may change meanwhile; other threads wait at most while kPeoplePerLock users are copied. On
// failure the earlier snapshots remain. The error is for the operator.
std::expected<SnapshotInfo, std::string> write_snapshot(const View& view, const std::filesystem::path& dir,
                                                        FileSystem& files = FileSystem::system(),
                                                        const Forget& forget = {});

// Trims the logs up to the positions of the oldest kept snapshot. Trims nothing if that one is damaged, or if there are
// fewer than kSnapshotsKept: without it the log is the only other copy. The error is for the operator.
std::expected<void, std::string> trim_logs(const std::filesystem::path& dir,
                                           const std::vector<log::ShardLog*>& logs);

// write_snapshot(), then trim_logs().
std::expected<SnapshotInfo, std::string> write_snapshot_and_trim(const View& view,
                                                                 const std::filesystem::path& dir,
                                                                 const std::vector<log::ShardLog*>& logs,
                                                                 FileSystem& files = FileSystem::system(),
                                                                 const Forget& forget = {});

// The snapshots of the folder, newest first. Empty if the folder can't be read.
std::vector<std::filesystem::path> list_snapshots(const std::filesystem::path& dir);

// Loads the bytes of a snapshot into an empty view and returns the positions. The error says what is wrong with the
// bytes. If a checksum is wrong the view is unchanged; after any other error it is partly filled and must not be
// used.
std::expected<std::vector<log::Position>, std::string> load_snapshot(View& view, std::string_view bytes);

// The result of a start-up.
struct RestoreResult {
  std::string snapshot;       // the file that was loaded; empty if there was none
  std::uint64_t batches = 0;  // replayed from the logs
};

// Start-up: fills an empty view from the newest undamaged snapshot and the logs. The error says what is missing or
// damaged, and where.
std::expected<RestoreResult, std::string> restore(View& view, const std::filesystem::path& dir,
                                                  const std::vector<log::ShardLog*>& logs);

}  // namespace porchlight::state
