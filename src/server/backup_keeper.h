// Backups that administrators of the operator's tenant start from the API: into the folder of the configuration, never
// to the client (docs/decisions/0018-backups.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin.h"
#include "base/mutex.h"
#include "base/time.h"
#include "base/worker.h"
#include "node/backup_lock.h"
#include "node/node.h"
#include "server/image_copy.h"

namespace porchlight::server {

// Backups that a list has at most: the newest.
inline constexpr std::size_t kBackupsListed = 100;

// Any thread.
class BackupKeeper {
 public:
  // What was started last since the server started.
  struct Run {
    std::string name;  // of its folder
    Time started{};
    std::uint64_t total_bytes = 0;   // of the files to copy
    std::uint64_t copied_bytes = 0;  // until now
    std::optional<Time> ended = {};  // nullopt: it is being made
    std::string fault = {};  // why there is no backup, as a sentence; empty: it is complete, or being made
  };
  struct ListedBackup {
    std::string name;  // of its folder
    Time time{};       // every write that was acknowledged before it is in the backup
    std::uint64_t bytes = 0;
    bool has_keys = true;
  };

  // `node` must outlive it. `folder`: where backups go; empty: nowhere, and none can be started.
  BackupKeeper(node::Node& node, std::filesystem::path folder, std::string version);
  // The destructor ends the backup that is being made, and removes what was written of it.

  const std::filesystem::path& folder() const { return folder_; }
  // Makes the image, and begins to copy it on a thread of its own. Returns the name of the folder. Errors: kThrottled
  // while another backup is being made, by whatever process; kInvalid without a folder, or if it cannot be used.
  admin::Checked<std::string> start();
  std::optional<Run> last_run() const;
  // The complete backups in the folder, the newest first; other files are left out. Empty if it cannot be read.
  std::vector<ListedBackup> list() const;

 private:
  admin::Checked<std::filesystem::path> usable_folder() const;
  // On the worker's thread.
  std::expected<void, std::string> copy(const ImageToCopy& image, backup::BackupTarget& target);
  void end_run(std::expected<void, std::string> result);

  node::Node& node_;
  const std::filesystem::path folder_;
  const std::string version_;
  std::atomic<std::uint64_t> copied_ = 0;  // of the last run
  mutable Mutex mutex_;
  std::optional<Run> last_ ABSL_GUARDED_BY(mutex_);
  WorkerPool worker_{1, 1, CpuShare::kLow};  // last: its task uses the members above
};

}  // namespace porchlight::server
