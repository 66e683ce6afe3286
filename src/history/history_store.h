// The history database: a RocksDB of entries, changes and checkpoints (entry.h). Writes are not synced. A write
// contains the entries of some batches and the checkpoint behind them, and is applied as a whole or not at all; so
// what a crash loses is indexed from the log again. A write of many keys becomes a table at once: that costs a third.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history/change_marks.h"
#include "history/entry.h"
#include "history/retention_filter.h"
#include "history/timeline.h"
#include "storage/database_copy.h"
#include "storage/rocks_usage.h"

namespace porchlight::history {

// An error of the database. If it is damaged, its content is not what was written and it must be deleted and built
// again.
struct StoreError {
  std::string why;
  bool is_damaged = false;
};
template <typename T>
using StoreResult = std::expected<T, StoreError>;

// An entry.
struct StoredState {
  EntryTime entry_time;
  PersonState person_state;
};

// A write with so many keys or more becomes a table. Smaller tables would be merged more often.
inline constexpr std::size_t kTablePutsMin = 8192;

// Reads may be called on any thread. Writes: one thread.
class HistoryStore {
 public:
  enum class OpenMode : bool { kReadOnly, kReadWrite };
  // Opens the folder, which is created if missing. What is before `cutoffs()`, which is called from time to time
  // on any thread, is forgotten (retention_filter.h). kReadOnly changes nothing on
  // the disk; then write() and compact() fail.
  static StoreResult<std::unique_ptr<HistoryStore>> open(const std::filesystem::path& dir,
                                                         std::function<Cutoffs()> cutoffs,
                                                         OpenMode mode = OpenMode::kReadWrite);
  bool is_read_only() const { return mode_ == OpenMode::kReadOnly; }
  // Deletes the folder. The database must not be open.
  static void destroy(const std::filesystem::path& dir);

  // The checkpoints by shard; a default Checkpoint if the shard has none.
  StoreResult<std::vector<Checkpoint>> checkpoints(std::uint32_t shards) const;
  // The change marks; without any, those of a database whose changes are known from its checkpoints on.
  StoreResult<ChangeMarks> change_marks() const;

  // Changes that are written together. They are sorted by key: many become a table as they are, and for few RocksDB
  // finds the place of each near that of the one before.
  class Writes {
   public:
    void put(const state::UserKey& person, const EntryTime& entry_time, const PersonState& person_state);
    void checkpoint(std::uint32_t shard, const Checkpoint& checkpoint);
    void change(const Guid& tenant, const ChangePlace& place, const ChangeEntry& entry);
    void change_marks(const ChangeMarks& marks);

   private:
    friend class HistoryStore;
    // A key and, behind it, its value in `bytes_`.
    struct Put {
      std::array<std::uint64_t, 4> key_head;  // the first bytes of the key, as numbers of the same order
      std::size_t at;
      std::uint32_t key_bytes, value_bytes;
    };
    template <typename AppendKey, typename AppendValue>
    void add(AppendKey append_key, AppendValue append_value);
    rocksdb::Slice key_of(const Put& put) const { return {bytes_.data() + put.at, put.key_bytes}; }
    rocksdb::Slice value_of(const Put& put) const {
      return {bytes_.data() + put.at + put.key_bytes, put.value_bytes};
    }
    void sort();

    std::string bytes_;
    std::vector<Put> puts_;
  };
  // Applies all of them or none; afterwards, they are sorted. Fails if the disk is almost full: the remaining space is
  // for the log.
  StoreResult<void> write(Writes& writes);

  // The newest entry of the user that is not after `upto`; nullopt if not found.
  StoreResult<std::optional<StoredState>> newest(const state::UserKey& person, const EntryTime& upto) const;
  // The record in force at `from` and the changes in (from, until): at most `limit`, or kTimelineBytesMax of encoded
  // entries.
  StoreResult<Timeline> timeline(const state::UserKey& person, Time from, Time until,
                                 std::size_t limit) const;

  // The batches of the tenant's newest changes; 0 where it has none.
  StoreResult<Positions> newest_changes(const Guid& tenant) const;
  // The users of the tenant who changed after the batches `known`; nullopt if they are more than kChangedPeopleMax.
  // Only shards whose `newest` change is later are read. The caller knows that the database has all those changes.
  StoreResult<std::optional<std::map<Guid, PersonChanges>>> changes_after(const Guid& tenant,
                                                                          const Positions& known,
                                                                          const Positions& newest) const;

  // Writes to a table what is in memory, which empties the write-ahead files. Any thread, as the next three.
  StoreResult<void> flush();
  // Merges all tables now, which deletes old entries; ends early with an error once `canceled` is set. RocksDB does it
  // within a day by itself.
  StoreResult<void> compact(std::atomic<bool>& canceled);
  // Copies the database to a folder (storage/database_copy.h).
  storage::CopyResult copy_to(const std::filesystem::path& to) {
    return storage::copy_open_database(*db_, to);
  }
  // The time before which about this part of all entries is, from 0 to 1, by a sample of all tables; nullopt if there
  // are no entries in tables.
  StoreResult<std::optional<Time>> entry_time_quantile(double part) const;

 private:
  HistoryStore(std::unique_ptr<rocksdb::DB> db, const std::filesystem::path& dir, OpenMode mode);
  StoreResult<void> check_format();
  rocksdb::Status convert();
  // Over all keys. Without `fill_cache`, what it reads takes no room in the cache.
  std::unique_ptr<rocksdb::Iterator> iterate(bool fill_cache = true) const;
  StoreResult<std::string> get(const std::string& key) const;
  StoreResult<PersonState> complete(const state::UserKey& person, std::string_view value,
                                    const PersonState* near, std::size_t& bytes) const;
  bool has_room() const;
  rocksdb::Status write_batch(const Writes& writes);
  rocksdb::Status add_table(const Writes& writes);

  std::unique_ptr<rocksdb::DB> db_;
  const storage::RocksUsageSource usage_{*db_};
  const std::filesystem::path dir_;
  const OpenMode mode_;
  std::uint64_t reserve_bytes_;
};

}  // namespace porchlight::history
