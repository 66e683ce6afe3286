// The store on disk: a small database, each write synced before it is acknowledged.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>

#include "authority/store.h"
#include "disk/small_database.h"

namespace porchlight::authority {

class RocksStore final : public Store {
 public:
  // Opens the folder, or makes it. An error is a sentence.
  static std::expected<std::unique_ptr<RocksStore>, std::string> open(const std::filesystem::path& folder);

  Result<std::optional<std::string>> get(std::string_view key) const override;
  Result<void> put(std::string_view key, std::string_view value) override;
  Result<void> remove(std::string_view key) override;
  Result<void> each(std::string_view prefix,
                    const std::function<void(std::string_view, std::string_view)>& look) const override;
  Result<std::optional<std::pair<std::string, std::string>>> next(std::string_view prefix,
                                                                  std::string_view after) const override;

 private:
  explicit RocksStore(std::unique_ptr<disk::SmallDatabase> database) : database_(std::move(database)) {}

  std::unique_ptr<disk::SmallDatabase> database_;
};

}  // namespace porchlight::authority
