#include "node/open_databases.h"

#include <utility>

#include "storage/database_copy.h"

namespace porchlight::node {

void OpenDatabases::add(std::string_view store, Copy copy) {
  const MutexLock lock(mutex_);
  copies_.insert_or_assign(std::string(store), std::move(copy));
}

void OpenDatabases::remove(std::string_view store) {
  const MutexLock lock(mutex_);
  copies_.erase(std::string(store));
}

std::expected<void, std::string> OpenDatabases::copy(std::string_view store,
                                                     const std::filesystem::path& folder,
                                                     const std::filesystem::path& to) const {
  const MutexLock lock(mutex_);
  const auto found = copies_.find(store);
  return found == copies_.end() ? storage::copy_closed_database(folder, to) : found->second(to);
}

}  // namespace porchlight::node
