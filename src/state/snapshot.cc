// Files of snapshots. A crash at any point of writing one leaves either the old set of snapshots or the new one
// complete (base/durable_file.h).
#include "state/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "state/snapshot_codec.h"
#include "state/snapshot_source.h"

namespace porchlight::state {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "snapshot-";
constexpr std::string_view kSuffix = ".pls";

// The number in the name of a snapshot.
std::uint64_t number_of(const fs::path& file) {
  return std::strtoull(file.filename().c_str() + kPrefix.size(), nullptr, 10);
}

std::unexpected<std::string> fault(const fs::path& file, std::string_view what) {
  return std::unexpected(fmt::format("{}: {}", file.string(), what));
}

// Removes all but the newest kSnapshotsKept.
void remove_old(FileSystem& files, const fs::path& dir) {
  const auto snapshots = list_snapshots(dir);
  for (std::size_t i = kSnapshotsKept; i < snapshots.size(); ++i) (void)files.remove(snapshots[i]);
}

}  // namespace

std::vector<fs::path> list_snapshots(const fs::path& dir) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(dir, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) files.push_back(entry.path());
  }
  std::ranges::sort(files, std::greater(), number_of);
  return files;
}

std::expected<SnapshotInfo, std::string> write_snapshot(const View& view, const fs::path& dir,
                                                        FileSystem& files, const Forget& forget) {
  std::error_code ignored;  // writing the file says why
  fs::create_directories(dir, ignored);
  const auto earlier = list_snapshots(dir);
  const std::uint64_t number = earlier.empty() ? 1 : number_of(earlier.front()) + 1;
  SnapshotInfo info{dir / fmt::format("{}{:012}{}", kPrefix, number, kSuffix), 0, {}};
  const auto written =
      replace_file(files, dir / "snapshot.tmp", info.file, 0600, [&](FileSystem::Output& out) {
        FileResult result;
        auto positions = SnapshotCodec::encode(view, forget, [&](std::string_view bytes) {
          info.bytes += bytes.size();
          result = out.write(bytes);
          return result.has_value();
        });
        if (positions) info.positions = std::move(*positions);
        return result;
      });
  if (!written) return fault(info.file, "cannot be written: " + text_of(written.error()));
  remove_old(files, dir);
  return info;
}

std::expected<void, std::string> trim_logs(const fs::path& dir, const std::vector<log::ShardLog*>& logs) {
  const auto files = list_snapshots(dir);
  if (files.size() < kSnapshotsKept) return {};
  const auto oldest = SnapshotCodec::positions(SnapshotFile(files[kSnapshotsKept - 1]));
  if (!oldest) return {};
  for (const log::Position& position : *oldest) {
    if (position.seq == 0) continue;
    const auto trimmed = logs[position.shard]->trim(position.seq);
    if (!trimmed) return fault(dir, "the log can't be trimmed: " + trimmed.error().why);
  }
  return {};
}

std::expected<SnapshotInfo, std::string> write_snapshot_and_trim(const View& view, const fs::path& dir,
                                                                 const std::vector<log::ShardLog*>& logs,
                                                                 FileSystem& file_system,
                                                                 const Forget& forget) {
  auto info = write_snapshot(view, dir, file_system, forget);
  if (!info) return info;
  if (auto trimmed = trim_logs(dir, logs); !trimmed) return std::unexpected(std::move(trimmed.error()));
  return info;
}

std::expected<std::vector<log::Position>, std::string> load_snapshot(View& view, std::string_view bytes) {
  auto loaded = SnapshotCodec::decode(view, SnapshotBytes(bytes));
  if (!loaded) return std::unexpected(std::move(loaded.error().why));
  return *std::move(loaded);
}

}  // namespace porchlight::state
