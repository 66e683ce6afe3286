// Rows of bytes under keys, read and written one by one: the interface of the small stores beside the log (credentials,
// SCIM). RocksKvStore is the implementation of the server; tests have one in memory.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace porchlight::storage {

// The disk cannot be read or written now.
struct StorageFault {};

template <typename T>
using StorageResult = std::expected<T, StorageFault>;

// Whether a write is on the disk when it returns. kNo: it becomes durable a little later; a crash may undo it.
enum class SyncMode : bool { kNo, kYes };

// Sets the value of a key; without a value, removes the key if it exists.
struct KvMutation {
  std::string key;
  std::optional<std::string> value;
};
using KvBatch = std::vector<KvMutation>;

struct KvRow {
  std::string key, value;
  friend bool operator==(const KvRow&, const KvRow&) = default;
};

// Any thread. Keys are ordered by their bytes. A write that returns a fault may nevertheless be there after a restart.
class KvStore {
 public:
  virtual ~KvStore() = default;

  // Returns nullopt if the key does not exist.
  virtual StorageResult<std::optional<std::string>> get(std::string_view key) const = 0;
  // Applies the mutations in order: all of them, or none.
  virtual StorageResult<void> write(const KvBatch& batch, SyncMode sync = SyncMode::kYes) = 0;
  // Calls `visit` with each row whose key begins with `prefix`, in order, until it returns false. The rows are those
  // of the moment of the call; `visit` may write to the store.
  virtual StorageResult<void> for_each(
      std::string_view prefix,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
  // The first row whose key begins with `prefix` and is greater than `after`, which may be empty.
  virtual StorageResult<std::optional<KvRow>> next(std::string_view prefix, std::string_view after) const = 0;
  // Copies the store to the folder `to`, which must not exist: all that was written before the call. The error is a
  // sentence for the operator.
  virtual std::expected<void, std::string> copy_to(const std::filesystem::path& to) const = 0;

  // Writes of a single row, synced.
  StorageResult<void> put(std::string_view key, std::string_view value) {
    return write({{std::string(key), std::string(value)}});
  }
  StorageResult<void> remove(std::string_view key) { return write({{std::string(key), std::nullopt}}); }
};

}  // namespace porchlight::storage
