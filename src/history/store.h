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
#include "history/past.h"

namespace porchlight::history {

// Why the database does not do what it is told. Damaged: what is there is not what was written, so that it
// must be made anew.
struct Broken {
  std::string why;
  bool is_damaged = false;
};
template <typename T>
using OrBroken = std::expected<T, Broken>;

struct Kept {
  Moment moment;
  Fold fold;
};

class Store {
 public:
  // Opens the folder, or makes it. Entries before `edge`, asked for from time to time on any thread, are
  // forgotten, except what is in force there.
  static OrBroken<std::unique_ptr<Store>> open(const std::filesystem::path& dir, std::function<Time()> edge);
  // Removes all of it. Nobody may have it open.
  static void destroy(const std::filesystem::path& dir);

  // By shard; what was never marked is as it was made.
  OrBroken<std::vector<Mark>> marks(std::uint32_t shards) const;

  class Writes {
   public:
    void put(const state::UserKey& person, const Moment& moment, const Fold& fold);
    void mark(std::uint32_t shard, const Mark& mark);
    void change(const Guid& tenant, std::uint64_t number, const ChangeEntry& entry);

   private:
    friend class Store;
    rocksdb::WriteBatch batch_;
  };
  // All or nothing.
  OrBroken<void> write(Writes& writes);

  // The newest entry of the person that is not after `upto`.
  OrBroken<std::optional<Kept>> newest(const state::UserKey& person, const Moment& upto) const;
  // What was in force at `from` and what changed in (from, until), up to `limit` changes or some megabytes.
  OrBroken<Past> past(const state::UserKey& person, Time from, Time until, std::size_t limit) const;

  // The number of the tenant's newest change; 0 where it has none.
  OrBroken<std::uint64_t> last_change(const Guid& tenant) const;
  // Who changed after number `known`; nothing where that is no longer known, or they are more than
  // kChangedMax.
  OrBroken<std::optional<Changes>> changes_after(const Guid& tenant, std::uint64_t known) const;
  // A number that this database has and no other.
  std::uint64_t generation() const { return generation_; }

  // Merges all tables, and so forgets what may be forgotten now rather than within a day.
  OrBroken<void> merge();

 private:
  Store(std::unique_ptr<rocksdb::DB> db, const std::filesystem::path& dir);
  OrBroken<void> check_format();
  OrBroken<void> read_generation();
  OrBroken<std::string> get(const std::string& key) const;
  OrBroken<Fold> complete(const state::UserKey& person, std::string_view value, const Fold* near,
                          std::size_t& bytes) const;
  bool has_room() const;

  std::unique_ptr<rocksdb::DB> db_;
  const std::filesystem::path dir_;
  std::uint64_t reserve_bytes_;
  std::uint64_t generation_ = 0;
};

}  // namespace porchlight::history
