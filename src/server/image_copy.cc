#include "server/image_copy.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "log/embedded_log.h"
#include "node/stores.h"
#include "state/view.h"

namespace porchlight::server {
namespace {

// Spreads the copying over time. A thread that computes without a pause keeps a processor for whole time slices, also
// with a low share, and the requests of a server wait for their end.
class Pace {
 public:
  // Waits as long as copying these bytes takes at the rate.
  void keep(std::uint64_t bytes) {
    const auto taken = std::chrono::duration<double>(static_cast<double>(bytes) / kBytesPerSecond);
    using std::chrono::steady_clock;
    next_ = std::max(next_, steady_clock::now()) + std::chrono::duration_cast<steady_clock::duration>(taken);
    std::this_thread::sleep_until(next_);
  }

 private:
  static constexpr double kBytesPerSecond = 128e6;
  std::chrono::steady_clock::time_point next_{};
};

// The stores that a backup without keys has not.
std::vector<std::string> left_out(bool with_keys) {
  std::vector<std::string> names;
  for (const node::Store& store : node::all_stores())
    if (!with_keys && store.care == node::StoreCare::kKeys) names.emplace_back(store.name);
  return names;
}

}  // namespace

std::expected<backup::Manifest, std::string> copy_image(const ImageToCopy& image,
                                                        backup::BackupTarget& target,
                                                        const backup::OnCopied& on_copied) {
  auto positions =
      log::EmbeddedEngine::read_positions({.dir = (image.path / "log").string(), .shards = state::kShards});
  if (!positions) return std::unexpected(positions.error());
  Pace pace;
  auto manifest = backup::write_backup(image.path, left_out(image.with_keys),
                                       {.version = image.version,
                                        .time = image.time,
                                        .has_keys = image.with_keys,
                                        .positions = *std::move(positions),
                                        .files = {}},
                                       target, [&](std::uint64_t bytes) {
                                         pace.keep(bytes);
                                         return on_copied(bytes);
                                       });
  if (!manifest) return manifest;
  if (auto finished = target.finish(); !finished) return std::unexpected(finished.error());
  return manifest;
}

}  // namespace porchlight::server
