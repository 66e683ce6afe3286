// Start-up: loads the newest snapshot whose checksums hold, then replays the log behind it, the shards in parallel.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/mutex.h"
#include "state/snapshot.h"
#include "state/snapshot_codec.h"
#include "state/snapshot_source.h"

namespace porchlight::state {

namespace {

constexpr std::size_t kReplayBatches = 512;  // per read of the log

// Loads the newest snapshot whose checksums hold into the empty view, and returns its name; an empty name if none is
// usable. Appends the names of newer ones, and what is wrong with them, to `unusable`. An error if the view is partly
// filled.
std::expected<std::string, std::string> load_newest(View& view, const std::filesystem::path& dir,
                                                    std::string& unusable) {
  for (const auto& file : list_snapshots(dir)) {
    const auto loaded = SnapshotCodec::decode(view, SnapshotFile(file));
    if (loaded) return file.string();
    const SnapshotFault& fault = loaded.error();
    const std::string why =
        fmt::format("{}: {}", fault.is_unreadable ? "cannot be read" : "is damaged", fault.why);
    if (fault.has_changed) return std::unexpected(fmt::format("{} {}", file.string(), why));
    spdlog::warn("{}: {}; trying an older snapshot", file.string(), why);
    unusable += fmt::format("{} {}. ", file.string(), why);
  }
  return {};
}

// Applies the batches of a shard that the view lacks, and returns their number. Errors: the log ends before the
// snapshot, begins after it, or can't be read. A gap is never skipped.
std::expected<std::uint64_t, std::string> replay(View& view, log::ShardLog& log, std::uint32_t shard) {
  const auto tail = log.tail();
  if (!tail) return std::unexpected(tail.error().why);
  std::uint64_t seq = view.position(shard).seq;
  if (tail->seq < seq) {
    return std::unexpected(
        fmt::format("the log of shard {} ends at {}:{}, but the snapshot holds up to {}:{}: the "
                    "end of the log is lost",
                    shard, shard, tail->seq, shard, seq));
  }
  const std::uint64_t first = seq;
  while (seq < tail->seq) {
    const auto batches = log.read(seq + 1, kReplayBatches);
    if (!batches) return std::unexpected(batches.error().why);
    for (const log::StoredBatch& stored : *batches) {
      if (stored.seq != seq + 1) {
        return std::unexpected(
            fmt::format("the log of shard {} continues with {}:{}, but the state known so far ends at {}:{}",
                        shard, shard, stored.seq, shard, seq));
      }
      view.apply({shard, stored.seq}, stored.batch);
      seq = stored.seq;
    }
    if (batches->empty()) return std::unexpected(fmt::format("batch {}:{} is missing", shard, seq + 1));
  }
  return seq - first;
}

}  // namespace

std::expected<RestoreResult, std::string> restore(View& view, const std::filesystem::path& dir,
                                                  const std::vector<log::ShardLog*>& logs) {
  constexpr std::string_view kWhatToDo = "Nothing was changed. Restore the data folder from a copy.";
  std::string unusable;
  auto loaded = load_newest(view, dir, unusable);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  RestoreResult restored{*std::move(loaded), 0};
  std::atomic<std::uint64_t> batches = 0;
  Mutex mutex;
  std::string fault;  // of any shard; guarded by mutex until parallel_for() returns
  parallel_for(kShards, [&](std::uint32_t shard) {
    const auto replayed = replay(view, *logs[shard], shard);
    if (replayed) {
      batches += *replayed;
      return;
    }
    const MutexLock lock(mutex);
    fault = replayed.error();
  });
  if (!fault.empty()) return std::unexpected(fmt::format("{}{}. {}", unusable, fault, kWhatToDo));
  restored.batches = batches;
  return restored;
}

}  // namespace porchlight::state
