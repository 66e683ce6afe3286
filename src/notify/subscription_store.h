// The subscriptions on disk, and what was last sent for each person, in a RocksDB database of their own.
//
//   format                      "subscriptions 1"
//   s<subscription>             the subscription (subscription.h)
//   t<subscription><person>     one byte: the code of the state that was sent last, or kSentUnknown
//   d<time><subscription><person>   a dead letter (dead_letter.h)
//
// Ids are 16 bytes; the time is 8 bytes, big-endian, in ms since 1970. For a person without a row the last state
// sent is PresenceUnknown: the state that a subscriber assumes.
#pragma once

#include <rocksdb/write_batch.h>

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "notify/dead_letter.h"
#include "notify/subscription.h"
#include "storage/small_database.h"

namespace porchlight::notify {

// In place of a state code: something was sent, and it is not known whether it was accepted.
inline constexpr std::uint8_t kSentUnknown = 0xFF;

// What was last sent for a person: the code of a state, or kSentUnknown.
struct LastSent {
  Guid person;
  std::uint8_t code;
};

// Thread-safe. A function that returns false failed to write (storage/small_database.h).
class SubscriptionStore {
 public:
  // Opens the database in the folder, which is created if needed. An error is a sentence. `env`: a file system for
  // tests in place of the machine's.
  static std::expected<std::unique_ptr<SubscriptionStore>, std::string> open(
      const std::filesystem::path& folder, rocksdb::Env* env = nullptr);

  // Writes that are applied together, to any number of subscriptions.
  class StoreBatch {
   public:
    // A new or changed subscription. What was last sent is not touched.
    void put(const Subscription& subscription);
    void put_last_sent(const Guid& subscription, const LastSent& last_sent);
    void remove_last_sent(const Guid& subscription, const Guid& person);
    void add_dead_letter(const DeadLetter& letter);
    // The subscription and the rows of `people`, who must include all that have a row.
    void remove(const Guid& subscription, std::span<const Guid> people);
    bool empty() const { return batch_.Count() == 0; }

   private:
    friend class SubscriptionStore;
    rocksdb::WriteBatch batch_;
  };
  // kNo: durable a little later. If a power failure loses what was sent, it is sent once more.
  using WriteSync = storage::SyncMode;
  // Applies a batch. Returns false if that failed; then none of it is applied.
  bool write(StoreBatch batch, WriteSync sync);

  // Calls `visit` with every subscription and what was last sent, in order of person, until it returns false. An
  // error is a sentence; the subscriptions before it were visited.
  std::expected<void, std::string> each(
      StringPool& texts, const std::function<bool(Subscription, std::vector<LastSent>)>& visit) const;

  // Copies the store to a folder (storage/database_copy.h).
  storage::CopyResult copy_to(const std::filesystem::path& to) const { return database_->copy_to(to); }

  // Up to `limit` dead letters, oldest first.
  std::vector<DeadLetter> dead_letters(std::size_t limit) const;
  // Returns whether it existed and was removed.
  bool remove_dead_letter(const DeadLetter& letter);

 private:
  explicit SubscriptionStore(std::unique_ptr<storage::SmallDatabase> database)
      : database_(std::move(database)) {}

  std::unique_ptr<storage::SmallDatabase> database_;
};

}  // namespace porchlight::notify
