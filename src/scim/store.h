// What SCIM keeps beside the directory, as bytes under keys. A write is all or nothing.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scim/error.h"

namespace porchlight::scim {

// What is to be under a key; nothing takes it away.
struct StoreMutation {
  std::string key;
  std::optional<std::string> value;
};
using StoreMutations = std::vector<StoreMutation>;

// kLater: soon on the disk; a crash may undo it. kNow: there before the call returns.
enum class Durability : std::uint8_t { kNow, kLater };

// Any thread. The only fault is that the disk does not do what it is told.
class ScimStore {
 public:
  virtual ~ScimStore() = default;
  virtual ScimResult<std::optional<std::string>> get(std::string_view key) const = 0;
  // All of them, in order.
  virtual ScimResult<void> write(const StoreMutations& mutations, Durability sync = Durability::kNow) = 0;
  // Calls `look` with all keys that begin with `prefix`, in order, as they were when the call began, while it
  // returns true.
  virtual ScimResult<void> for_each(
      std::string_view prefix,
      const std::function<bool(std::string_view key, std::string_view value)>& look) const = 0;
};

// One that forgets: for tests.
class MemoryScimStore final : public ScimStore {
 public:
  ScimResult<std::optional<std::string>> get(std::string_view key) const override;
  ScimResult<void> write(const StoreMutations& mutations, Durability sync) override;
  ScimResult<void> for_each(
      std::string_view prefix,
      const std::function<bool(std::string_view, std::string_view)>& look) const override;
  // From now on every call fails, or none does.
  void fail(bool failing) { failing_ = failing; }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_;  // guarded by mutex_
  bool failing_ = false;
};

}  // namespace porchlight::scim
