// The key-value store on disk: a SmallDatabase behind the interface of kv_store.h.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "storage/kv_store.h"
#include "storage/small_database.h"

namespace porchlight::storage {

class RocksKvStore final : public KvStore {
 public:
  // Opens the database in the folder, or creates it. The error is a sentence for the operator: another process has
  // it open, its format is unknown, or the disk fails.
  static std::expected<std::unique_ptr<RocksKvStore>, std::string> open(const SmallDatabaseOptions& options);

  StorageResult<std::optional<std::string>> get(std::string_view key) const override;
  StorageResult<void> write(const KvBatch& batch, SyncMode sync) override;
  StorageResult<void> for_each(
      std::string_view prefix,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  StorageResult<std::optional<KvRow>> next(std::string_view prefix, std::string_view after) const override;
  std::expected<void, std::string> copy_to(const std::filesystem::path& to) const override;

 private:
  explicit RocksKvStore(std::unique_ptr<SmallDatabase> database) : database_(std::move(database)) {}

  const std::unique_ptr<SmallDatabase> database_;  // never null
};

}  // namespace porchlight::storage
