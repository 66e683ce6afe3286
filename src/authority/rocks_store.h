// The store on disk: a small database, each write synced before it is acknowledged.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>

#include "authority/store.h"
#include "storage/small_database.h"

namespace porchlight::authority {

class RocksAuthorityStore final : public AuthorityStore {
 public:
  // Opens the folder, or makes it. An error is a sentence.
  static std::expected<std::unique_ptr<RocksAuthorityStore>, std::string> open(
      const std::filesystem::path& folder);

  OAuthResult<std::optional<std::string>> get(std::string_view key) const override;
  OAuthResult<void> put(std::string_view key, std::string_view value) override;
  OAuthResult<void> remove(std::string_view key) override;
  OAuthResult<void> for_each(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& look) const override;
  OAuthResult<std::optional<std::pair<std::string, std::string>>> next(std::string_view prefix,
                                                                       std::string_view after) const override;

 private:
  explicit RocksAuthorityStore(std::unique_ptr<storage::SmallDatabase> database)
      : database_(std::move(database)) {}

  std::unique_ptr<storage::SmallDatabase> database_;
};

}  // namespace porchlight::authority
