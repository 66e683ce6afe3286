// Start-up: the newest whole snapshot, then the log from there on.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>

#include "state/snapshot.h"
#include "state/snapshot_codec.h"
#include "state/snapshot_file.h"

namespace porchlight::state {

namespace {

constexpr std::size_t kReplayBatches = 512;

// The newest snapshot whose checksums hold, if there is one; those before it are named in `damaged`.
std::string newest_whole(const std::filesystem::path& dir, std::string& damaged) {
  for (const auto& file : list_snapshots(dir)) {
    const auto positions = SnapshotCodec::positions(MappedFile(file).bytes());
    if (positions) return file.string();
    spdlog::warn("{}: {}; an older one is looked for", file.string(), positions.error());
    damaged += fmt::format("{} is damaged ({}). ", file.string(), positions.error());
  }
  return {};
}

// Applies what the log of a shard has beyond the view. An error says where it does not fit.
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
            fmt::format("the log of shard {} goes on with {}:{}, but what is known ends at {}:{}", shard,
                        shard, stored.seq, shard, seq));
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
  std::string damaged;
  RestoreResult restored{newest_whole(dir, damaged), 0};
  if (!restored.snapshot.empty()) {
    const MappedFile file(restored.snapshot);
    const auto loaded = SnapshotCodec::decode(view, file.bytes());
    if (!loaded) return std::unexpected(fmt::format("{}: {}", restored.snapshot, loaded.error()));
  }
  std::atomic<std::uint64_t> batches = 0;
  std::mutex mutex;
  std::string fault;
  parallel_for(kShards, [&](std::uint32_t shard) {
    const auto replayed = replay(view, *logs[shard], shard);
    if (replayed) {
      batches += *replayed;
      return;
    }
    const std::scoped_lock lock(mutex);
    fault = replayed.error();
  });
  if (!fault.empty()) return std::unexpected(fmt::format("{}{}. {}", damaged, fault, kWhatToDo));
  restored.batches = batches;
  return restored;
}

}  // namespace porchlight::state
