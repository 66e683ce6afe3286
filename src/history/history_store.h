// The database of the past: a RocksDB of entries and marks (entry.h). Its writes are not synced: what a crash
// takes away is read from the log again, for entries and mark of one write are there together or not at all.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history/entry.h"
#include "history/timeline.h"

namespace porchlight::history {

// Why the database does not do what it is told. Damaged: what is there is not what was written, so that it
// must be made anew.
struct StoreError {
  std::string why;
  bool is_damaged = false;
};
template <typename T>
using StoreResult = std::expected<T, StoreError>;

struct StoredState {
  EntryTime entry_time;
  PersonState person_state;
};

class HistoryStore {
 public:
  // Opens the folder, or makes it. Entries before `edge`, asked for from time to time on any thread, are
  // forgotten, except what is in force there.
  static StoreResult<std::unique_ptr<HistoryStore>> open(const std::filesystem::path& dir,
                                                         std::function<Time()> cutoff);
  // Removes all of it. Nobody may have it open.
  static void destroy(const std::filesystem::path& dir);

  // By shard; what was never marked is as it was made.
  StoreResult<std::vector<Checkpoint>> checkpoints(std::uint32_t shards) const;

  class Writes {
   public:
    void put(const state::UserKey& person, const EntryTime& entry_time, const PersonState& person_state);
    void checkpoint(std::uint32_t shard, const Checkpoint& checkpoint);
    void change(const Guid& tenant, std::uint64_t number, const ChangeEntry& entry);

   private:
    friend class HistoryStore;
    rocksdb::WriteBatch batch_;
  };
  // All or nothing.
  StoreResult<void> write(Writes& writes);

  // The newest entry of the person that is not after `upto`.
  StoreResult<std::optional<StoredState>> newest(const state::UserKey& person, const EntryTime& upto) const;
  // What was in force at `from` and what changed in (from, until), up to `limit` changes or some megabytes.
  StoreResult<Timeline> timeline(const state::UserKey& person, Time from, Time until,
                                 std::size_t limit) const;

  // The number of the tenant's newest change; 0 where it has none.
  StoreResult<std::uint64_t> last_change(const Guid& tenant) const;
  // Who changed after number `known`; nothing where that is no longer known, or they are more than
  // kChangedPeopleMax.
  StoreResult<std::optional<Changes>> changes_after(const Guid& tenant, std::uint64_t known) const;
  // A number that this database has and no other.
  std::uint64_t generation() const { return generation_; }

  // Merges all tables, and so forgets what may be forgotten now rather than within a day.
  StoreResult<void> compact();

 private:
  HistoryStore(std::unique_ptr<rocksdb::DB> db, const std::filesystem::path& dir);
  StoreResult<void> check_format();
  StoreResult<void> read_generation();
  StoreResult<std::string> get(const std::string& key) const;
  StoreResult<PersonState> complete(const state::UserKey& person, std::string_view value,
                                    const PersonState* near, std::size_t& bytes) const;
  bool has_room() const;

  std::unique_ptr<rocksdb::DB> db_;
  const std::filesystem::path dir_;
  std::uint64_t reserve_bytes_;
  std::uint64_t generation_ = 0;
};

}  // namespace porchlight::history
