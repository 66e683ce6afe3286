// The whole view as a file, and the places in the log up to which it holds. A start loads the newest and
// replays only what came after.
//
//     file     = "PLS1" | u8 format | section*          one for each shard, the directory, the end
//     section  = u8 kind | u32 number | u64 bytes | u64 checksum | body        checksum: XXH3 of the body
//     shard    = u64 seq | u64 people | person*         in order of key; bodies are in snapshot_codec.cc
//     end      = nothing: proves that no section is missing
//
// A shard may be ahead of its `seq`, never behind it: replay passes over what it finds done already.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::state {

// The newest and the one before: should the newest be damaged, the log still reaches back to the other.
inline constexpr std::size_t kSnapshotsKept = 2;

struct SnapshotInfo {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::vector<log::Position> positions;  // one for each shard
};

// Writes the view as the newest snapshot of `dir`, durably, and removes all but kSnapshotsKept. The view may
// go on changing meanwhile; nobody waits longer than for some hundred people to be copied. On failure the
// folder is as it was.
std::expected<SnapshotInfo, std::string> write_snapshot(const View& view, const std::filesystem::path& dir);

// write_snapshot(), and then lets the logs forget what the older snapshot that is kept does not need.
std::expected<SnapshotInfo, std::string> write_snapshot_and_trim(const View& view,
                                                                 const std::filesystem::path& dir,
                                                                 const std::vector<log::ShardLog*>& logs);

// The snapshots of the folder, newest first.
std::vector<std::filesystem::path> list_snapshots(const std::filesystem::path& dir);

// Puts a snapshot's bytes into a view that is empty. The positions, or what is wrong with the bytes; nothing
// of the view is changed where a checksum says so, but it is worth nothing where anything else does.
std::expected<std::vector<log::Position>, std::string> load_snapshot(View& view, std::string_view bytes);

// What start-up did.
struct RestoreResult {
  std::string snapshot;  // the file's name; empty where there was none
  std::uint64_t batches = 0;
};

// Start-up: fills an empty view from the newest whole snapshot and the logs. An error says what is missing
// or damaged, and where.
std::expected<RestoreResult, std::string> restore(View& view, const std::filesystem::path& dir,
                                                  const std::vector<log::ShardLog*>& logs);

}  // namespace porchlight::state
