// The subscriptions on disk, and what each told of whom: a RocksDB of their own.
//
//   format                      "subscriptions 1"
//   s<subscription>             the subscription (subscription.h)
//   t<subscription><person>     one byte: the code of the state that was told last, or kSentUnknown
//   d<time><subscription><person>   a dead letter (dead_letter.h)
//
// A person without a row was told of as PresenceUnknown, or not at all, which is the same.
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

// In a told state's place: something was sent of which nobody knows whether it came.
inline constexpr std::uint8_t kSentUnknown = 0xFF;

// What was told of a person last: the code of a state, or kSentUnknown.
struct LastSent {
  Guid person;
  std::uint8_t code;
};

// Any thread. False: the disk does not do what it is told (disk/small_database.h).
class SubscriptionStore {
 public:
  // Opens the folder, or makes it. An error is a sentence. `env`: another disk than the machine's, for tests.
  static std::expected<std::unique_ptr<SubscriptionStore>, std::string> open(
      const std::filesystem::path& folder, rocksdb::Env* env = nullptr);

  // What is written at once, of several subscriptions.
  class StoreBatch {
   public:
    // A new subscription, or one that changed; what it told stays.
    void put(const Subscription& subscription);
    void put_last_sent(const Guid& subscription, const LastSent& last_sent);
    void remove_last_sent(const Guid& subscription, const Guid& person);
    void add_dead_letter(const DeadLetter& letter);
    // The whole subscription; `people`: whom it may have told of.
    void remove(const Guid& subscription, std::span<const Guid> people);
    bool empty() const { return batch_.Count() == 0; }

   private:
    friend class SubscriptionStore;
    rocksdb::WriteBatch batch_;
  };
  // kNo: durable by itself a little later. Where a power cut takes what was told, it is told once more.
  using WriteSync = storage::SyncMode;
  bool write(StoreBatch batch, WriteSync sync);

  // Calls `look` with every subscription and what it told, by person, in order, while it returns true. An
  // error is a sentence.
  std::expected<void, std::string> each(
      StringPool& texts, const std::function<bool(Subscription, std::vector<LastSent>)>& visit) const;

  // The dead letters, oldest first, `limit` at most.
  std::vector<DeadLetter> dead_letters(std::size_t limit) const;
  // Whether it was there.
  bool remove_dead_letter(const DeadLetter& letter);

 private:
  explicit SubscriptionStore(std::unique_ptr<storage::SmallDatabase> database)
      : database_(std::move(database)) {}

  std::unique_ptr<storage::SmallDatabase> database_;
};

}  // namespace porchlight::notify
