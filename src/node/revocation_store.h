// The revocations of tokens on disk: a database of its own, which is created with the first revocation.
//
//   "revoked/" | 16 B tenant | 16 B user or application, nil for the whole tenant -> i64, ms since 1970
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "identity/revocations.h"
#include "storage/kv_store.h"

namespace porchlight::node {

// Any thread.
class RevocationStore {
 public:
  explicit RevocationStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Loads the revocations if the folder exists. Called once, before the rest. An error, which is a sentence, if they
  // cannot be read.
  std::expected<void, std::string> load();
  // Revokes what was issued to the user or application, or to the whole tenant (identity::kWholeTenant), up to `at`. It
  // is durable when it takes effect. After an error, which is a sentence, it has no effect now, but may have one after
  // a restart.
  std::expected<void, std::string> add(const Guid& tenant, const Guid& subject, Time at);
  // Copies them to the folder `to`, which must not exist; makes no folder without a revocation. The error is a
  // sentence.
  std::expected<void, std::string> copy_to(const std::filesystem::path& to);
  // Lives as long as the store.
  const identity::Revocations& revocations() const { return revocations_; }

 private:
  std::expected<void, std::string> open() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  storage::StorageResult<void> delete_rows(const Guid& tenant, storage::KvBatch& rows) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::filesystem::path folder_;
  identity::Revocations revocations_;
  Mutex mutex_;  // held from writing a row to its effect
  std::unique_ptr<storage::KvStore> store_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::node
