// The databases of a data folder that this process has open, by the name of their store: how each is copied while it is
// in use.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace porchlight::node {

// Any thread.
class OpenDatabases {
 public:
  // Copies the database to a folder, which does not exist. The error is a sentence.
  using Copy = std::function<std::expected<void, std::string>(const std::filesystem::path& to)>;

  // From now on `copy` makes copies of the store.
  void add(std::string_view store, Copy copy) ABSL_LOCKS_EXCLUDED(mutex_);
  // The database is about to be closed. Waits for a copy that is being made.
  void remove(std::string_view store) ABSL_LOCKS_EXCLUDED(mutex_);
  // Copies the store that lies in `folder`, whether it is open or not.
  std::expected<void, std::string> copy(std::string_view store, const std::filesystem::path& folder,
                                        const std::filesystem::path& to) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable Mutex mutex_;  // held during a copy
  std::map<std::string, Copy, std::less<>> copies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::node
