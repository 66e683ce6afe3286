// What of the authority outlives a restart: bytes under keys, each write durable before it is acknowledged.
// The kinds of keys, and what is kept under them: docs/authority.md.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "authority/error.h"

namespace porchlight::authority {

// Any thread. The only fault is kUnavailable: the disk does not do what it is told.
class AuthorityStore {
 public:
  virtual ~AuthorityStore() = default;
  virtual OAuthResult<std::optional<std::string>> get(std::string_view key) const = 0;
  virtual OAuthResult<void> put(std::string_view key, std::string_view value) = 0;
  // Good where there is nothing under the key.
  virtual OAuthResult<void> remove(std::string_view key) = 0;
  // Calls `look` with all keys that begin with `prefix`, in order. `look` must not change the store.
  virtual OAuthResult<void> for_each(
      std::string_view prefix,
      const std::function<void(std::string_view key, std::string_view value)>& look) const = 0;
  // The first of these keys after `after`, which may be empty, and what is under it.
  virtual OAuthResult<std::optional<std::pair<std::string, std::string>>> next(
      std::string_view prefix, std::string_view after) const = 0;
};

// One that forgets: for tests.
class MemoryAuthorityStore final : public AuthorityStore {
 public:
  OAuthResult<std::optional<std::string>> get(std::string_view key) const override;
  OAuthResult<void> put(std::string_view key, std::string_view value) override;
  OAuthResult<void> remove(std::string_view key) override;
  OAuthResult<void> for_each(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& look) const override;
  OAuthResult<std::optional<std::pair<std::string, std::string>>> next(std::string_view prefix,
                                                                       std::string_view after) const override;
  // From now on every call fails, or none does.
  void fail(bool failing) { failing_ = failing; }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_;  // guarded by mutex_
  bool failing_ = false;
};

}  // namespace porchlight::authority
