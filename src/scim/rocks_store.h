// The store on disk: a small database.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>

#include "scim/store.h"
#include "storage/small_database.h"

namespace porchlight::scim {

class RocksScimStore final : public ScimStore {
 public:
  // Opens the folder, or makes it. An error is a sentence.
  static std::expected<std::unique_ptr<RocksScimStore>, std::string> open(
      const std::filesystem::path& folder);

  ScimResult<std::optional<std::string>> get(std::string_view key) const override;
  ScimResult<void> write(const StoreMutations& mutations, Durability sync) override;
  ScimResult<void> for_each(
      std::string_view prefix,
      const std::function<bool(std::string_view, std::string_view)>& look) const override;

 private:
  explicit RocksScimStore(std::unique_ptr<storage::SmallDatabase> database)
      : database_(std::move(database)) {}

  std::unique_ptr<storage::SmallDatabase> database_;
};

}  // namespace porchlight::scim
