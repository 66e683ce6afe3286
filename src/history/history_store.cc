// Keys order the entries of one user and column from the newest to the oldest. So the entry in force at a time is the
// first one at or after the key of that time, found with one Seek(); a timeline runs backwards, with Prev(), towards
// newer entries. The prefix (user and column) has a Bloom filter; reads that cross prefixes set total_order_seek.
#include "history/history_store.h"

#include <fmt/format.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "history/retention_filter.h"
#include "storage/rocks_options.h"

namespace porchlight::history {
namespace {

using rocksdb::Status;

constexpr std::string_view kFormatKey = "F";
// In kFormatBefore: a number of the database, and the beginning of the keys of changes and of what follows them.
constexpr std::string_view kGenerationKey = "G", kOldChanges = "C", kOldChangesEnd = "D";
constexpr std::size_t kTimelineBytesMax = 4 * 1024 * 1024;
// Disk space reserved for the log; on a small disk, an eighth of the disk.
constexpr std::uint64_t kReserveBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kCompactionSeconds = 24 * 60 * 60;
// Entries that a quantile of their times is computed from.
constexpr std::size_t kSampledEntries = 4000;
// The tag and the lengths of a put in a RocksDB write.
constexpr std::size_t kPutOverheadBytes = 12;
// The file of a table that is not one of RocksDB's yet.
constexpr std::string_view kNewTable = "new_table";
// A block that is decompressed for one entry: larger ones are smaller on disk, and slower to read.
constexpr std::size_t kTableBlockBytes = 16 * 1024;

// Small buffers: the memory of a server with a million users is planned for the users (docs/decisions/0003-speed.md).
rocksdb::Options history_options(const std::filesystem::path& dir, std::function<Cutoffs()> cutoffs) {
  rocksdb::Options rocks = storage::rocks_options(dir.string(), nullptr);
  rocks.write_buffer_size = 4 * 1024 * 1024;
  rocks.max_write_buffer_number = 3;
  rocks.avoid_flush_during_shutdown = true;
  rocks.max_open_files = 256;
  rocks.max_background_jobs = 2;
  rocks.level_compaction_dynamic_level_bytes = true;
  storage::compress_tables(rocks);
  // New tables have entries of all users, so they are merged with the whole of the next level, whatever their number:
  // the more at once, the less for each. A read looks for a user in each of them, by its Bloom filter.
  rocks.level0_file_num_compaction_trigger = 16;
  rocks.bytes_per_sync = 1024 * 1024;
  // Tables that are made beside RocksDB have no id (HistoryStore::add_table).
  rocks.verify_sst_unique_id_in_manifest = false;
  rocks.compaction_filter_factory = std::make_shared<RetentionFilterFactory>(std::move(cutoffs));
  rocks.periodic_compaction_seconds = kCompactionSeconds;
  rocks.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kEntryPrefixBytes));
  // For each kind of key, the first byte, the search for the place of a key begins at the last one. Writes are sorted.
  rocks.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(1));
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kTableBlockBytes;
  table.block_cache = rocksdb::NewLRUCache(8 * 1024 * 1024);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false;
  rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return rocks;
}

// Errors that mean damage: a missing or corrupt file, or options that do not fit the files.
StoreError store_error(const Status& status) {
  return {status.ToString(), status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument()};
}
// The next merge compresses.
void store_plain(rocksdb::Options& rocks) {
  rocks.compression = rocksdb::kNoCompression;
  rocks.bottommost_compression = rocksdb::kDisableCompressionOption;
  rocks.compression_per_level.clear();
}

StoreError malformed() { return {"an entry is malformed", true}; }

std::string_view person_prefix(std::string_view key) { return key.substr(0, kEntryPrefixBytes); }

}  // namespace

// Adds the key and value that the functions append to a string.
template <typename AppendKey, typename AppendValue>
void HistoryStore::Writes::add(AppendKey append_key, AppendValue append_value) {
  Put put{{}, bytes_.size(), 0, 0};
  append_key(bytes_);
  put.key_bytes = static_cast<std::uint32_t>(bytes_.size() - put.at);
  append_value(bytes_);
  put.value_bytes = static_cast<std::uint32_t>(bytes_.size() - put.at - put.key_bytes);
  std::memcpy(put.key_head.data(), key_of(put).data(),
              std::min<std::size_t>(put.key_bytes, sizeof put.key_head));
  for (std::uint64_t& number : put.key_head) number = std::byteswap(number);
  puts_.push_back(put);
}

void HistoryStore::Writes::put(const state::UserKey& person, const EntryTime& entry_time,
                               const PersonState& person_state) {
  const auto put_column = [&](EntryColumn column, auto append_value) {
    add([&](std::string& out) { append_entry_key(out, person, column, entry_time); }, append_value);
  };
  put_column(EntryColumn::kRecord, [&](std::string& out) { append_person_state(out, person_state); });
  if (person_state.calendar == entry_time)
    put_column(EntryColumn::kCalendar,
               [&](std::string& out) { out += encode_calendar(person_state.record); });
  if (person_state.visibility == entry_time)
    put_column(EntryColumn::kVisibility,
               [&](std::string& out) { out += encode_visibility(person_state.record); });
}

void HistoryStore::Writes::checkpoint(std::uint32_t shard, const Checkpoint& checkpoint) {
  add([&](std::string& out) { out += checkpoint_key(shard); },
      [&](std::string& out) { out += encode_checkpoint(checkpoint); });
}

void HistoryStore::Writes::change(const Guid& tenant, const ChangePlace& place, const ChangeEntry& entry) {
  add([&](std::string& out) { append_change_key(out, tenant, place); },
      [&](std::string& out) { append_change(out, entry); });
}

void HistoryStore::Writes::change_marks(const ChangeMarks& marks) {
  add([&](std::string& out) { out += kChangeMarksKey; },
      [&](std::string& out) { out += encode_change_marks(marks); });
}

// By key. Of two values for a key, the later one counts.
void HistoryStore::Writes::sort() {
  std::ranges::sort(puts_, [&](const Put& a, const Put& b) {
    if (a.key_head != b.key_head) return a.key_head < b.key_head;
    const int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : a.at > b.at;
  });
  const auto repeated = std::ranges::unique(
      puts_, [&](const Put& a, const Put& b) { return a.key_head == b.key_head && key_of(a) == key_of(b); });
  puts_.erase(repeated.begin(), repeated.end());
}

HistoryStore::HistoryStore(std::unique_ptr<rocksdb::DB> db, const std::filesystem::path& dir, OpenMode mode)
    : db_(std::move(db)), dir_(dir), mode_(mode) {
  std::error_code unknown;
  const auto disk = std::filesystem::space(dir_, unknown);
  reserve_bytes_ = unknown ? 0 : std::min<std::uint64_t>(kReserveBytes, disk.capacity / 8);
}

StoreResult<std::unique_ptr<HistoryStore>> HistoryStore::open(const std::filesystem::path& dir,
                                                              std::function<Cutoffs()> cutoffs,
                                                              OpenMode mode) {
  // RocksDB would create it too, but report as an error that it cannot be read. A failure shows when it is opened.
  if (std::error_code ignored; mode != OpenMode::kReadOnly) std::filesystem::create_directory(dir, ignored);
  rocksdb::DB* raw = nullptr;
  const rocksdb::Options options = history_options(dir, std::move(cutoffs));
  const Status status = mode == OpenMode::kReadOnly
                            ? rocksdb::DB::OpenForReadOnly(options, dir.string(), &raw)
                            : rocksdb::DB::Open(options, dir.string(), &raw);
  if (!status.ok()) return std::unexpected(store_error(status));
  std::unique_ptr<HistoryStore> store(new HistoryStore(std::unique_ptr<rocksdb::DB>(raw), dir, mode));
  if (auto checked = store->check_format(); !checked) return std::unexpected(checked.error());
  return store;
}

void HistoryStore::destroy(const std::filesystem::path& dir) {
  std::error_code ignored;
  std::filesystem::remove_all(dir, ignored);
}

StoreResult<void> HistoryStore::check_format() {
  const std::string ours(1, static_cast<char>(kFormat)), before(1, static_cast<char>(kFormatBefore));
  std::string found;
  Status status = db_->Get({}, kFormatKey, &found);
  if (status.IsNotFound()) {
    status = db_->Put({}, kFormatKey, ours);
  } else if (status.ok() && found == before) {
    // Without writes, its entries are read as they are, and its changes are not.
    if (!is_read_only()) status = convert();
  } else if (status.ok() && found != ours) {
    return std::unexpected(StoreError{"the database is of another format", true});
  }
  if (!status.ok()) return std::unexpected(store_error(status));
  return {};
}

// Keeps entries and checkpoints. The numbered changes go: no link that the server has issued since can name them. The
// deletion of their range must not stay in memory: see log/database.h.
Status HistoryStore::convert() {
  rocksdb::WriteBatch batch;
  Status status = batch.DeleteRange(kOldChanges, kOldChangesEnd);
  if (status.ok()) status = batch.Delete(kGenerationKey);
  if (status.ok()) status = batch.Put(kFormatKey, std::string(1, static_cast<char>(kFormat)));
  if (status.ok()) status = db_->Write({}, &batch);
  return status.ok() ? db_->Flush({}) : status;
}

// From the last shard to the first: each seek finds the newest change of a shard that has one.
StoreResult<Positions> HistoryStore::newest_changes(const Guid& tenant) const {
  Positions newest{};
  const auto it = iterate();
  constexpr std::uint64_t kSeqMax = std::numeric_limits<std::uint64_t>::max();
  constexpr std::uint16_t kIndexMax = std::numeric_limits<std::uint16_t>::max();
  for (std::uint32_t end = state::kShards; end > 0;) {
    it->SeekForPrev(change_key(tenant, {end - 1, kSeqMax, kIndexMax}));
    if (!it->Valid() || !is_change_key_of(it->key().ToStringView(), tenant)) break;
    const ChangePlace place = change_place(it->key().ToStringView());
    newest[place.shard] = place.seq;
    end = place.shard;
  }
  if (!it->status().ok()) return std::unexpected(store_error(it->status()));
  return newest;
}

StoreResult<std::optional<std::map<Guid, PersonChanges>>> HistoryStore::changes_after(
    const Guid& tenant, const Positions& known, const Positions& newest) const {
  std::map<Guid, PersonChanges> people;
  std::unique_ptr<rocksdb::Iterator> it;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    if (newest[shard] <= known[shard]) continue;
    if (!it) it = iterate();
    for (it->Seek(change_key(tenant, {shard, known[shard] + 1, 0})); it->Valid(); it->Next()) {
      const std::string_view key = it->key().ToStringView();
      if (!is_change_key_of(key, tenant) || change_place(key).shard != shard) break;
      const auto entry = decode_change(it->value().ToStringView());
      if (!entry) return std::unexpected(malformed());
      add_kind(people[entry->user], entry->kind);
      if (people.size() > kChangedPeopleMax) return std::nullopt;
    }
    if (!it->status().ok()) return std::unexpected(store_error(it->status()));
  }
  return people;
}

StoreResult<ChangeMarks> HistoryStore::change_marks() const {
  std::string bytes;
  const Status status = db_->Get({}, rocksdb::Slice(kChangeMarksKey), &bytes);
  if (status.ok()) {
    auto marks = decode_change_marks(bytes);
    if (!marks) return std::unexpected(malformed());
    return *std::move(marks);
  }
  if (!status.IsNotFound()) return std::unexpected(store_error(status));
  const auto read = checkpoints(state::kShards);
  if (!read) return std::unexpected(read.error());
  Positions indexed{};
  std::ranges::transform(*read, indexed.begin(), &Checkpoint::seq);
  return ChangeMarks(indexed);
}

StoreResult<std::vector<Checkpoint>> HistoryStore::checkpoints(std::uint32_t shards) const {
  std::vector<Checkpoint> checkpoints(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    std::string bytes;
    const Status status = db_->Get({}, checkpoint_key(shard), &bytes);
    if (status.IsNotFound()) continue;
    if (!status.ok()) return std::unexpected(store_error(status));
    const auto checkpoint = decode_checkpoint(bytes);
    if (!checkpoint) return std::unexpected(malformed());
    checkpoints[shard] = *checkpoint;
  }
  return checkpoints;
}

// Asks the file system each time: other programs use the disk too.
bool HistoryStore::has_room() const {
  std::error_code unknown;
  const auto disk = std::filesystem::space(dir_, unknown);
  return unknown || disk.available >= reserve_bytes_;
}

StoreResult<void> HistoryStore::write(Writes& writes) {
  if (!has_room())
    return std::unexpected(StoreError{"the disk is almost full; the rest is reserved for the log"});
  writes.sort();
  const Status status = writes.puts_.size() < kTablePutsMin ? write_batch(writes) : add_table(writes);
  if (!status.ok()) return std::unexpected(store_error(status));
  return {};
}

Status HistoryStore::write_batch(const Writes& writes) {
  rocksdb::WriteBatch batch(writes.bytes_.size() + writes.puts_.size() * kPutOverheadBytes);
  Status status;
  for (const Writes::Put& put : writes.puts_) {
    if (!status.ok()) return status;
    status = batch.Put(writes.key_of(put), writes.value_of(put));
  }
  return status.ok() ? db_->Write({}, &batch) : status;
}

// Makes a table of the writes, beside those of RocksDB, and adds it to them. In memory each key would first be searched
// for its place, and written to the write-ahead file as well.
Status HistoryStore::add_table(const Writes& writes) {
  rocksdb::Options options = db_->GetOptions();
  store_plain(options);
  rocksdb::SstFileWriter table(rocksdb::EnvOptions(), options);
  const std::string path = (dir_ / kNewTable).string();
  // A crash may have left the name, and it may be a second one of a table that RocksDB has already. Opening it would
  // empty that table.
  std::error_code failed;
  std::filesystem::remove(path, failed);
  if (failed) return Status::IOError(path, failed.message());
  Status status = table.Open(path);
  for (const Writes::Put& put : writes.puts_) {
    if (!status.ok()) return status;
    status = table.Put(writes.key_of(put), writes.value_of(put));
  }
  if (status.ok()) status = table.Finish();
  rocksdb::IngestExternalFileOptions moved;
  moved.move_files = true;
  return status.ok() ? db_->IngestExternalFile({path}, moved) : status;
}

std::unique_ptr<rocksdb::Iterator> HistoryStore::iterate(bool fill_cache) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = fill_cache;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options));
}

StoreResult<std::string> HistoryStore::get(const std::string& key) const {
  std::string value;
  const Status status = db_->Get({}, key, &value);
  if (!status.ok()) return std::unexpected(store_error(status));
  return value;
}

// Decodes an entry of the record column and adds calendar and visibility. They are stored once per change, in their
// own columns; the entry names the time of each. If the entry before (`near`) has the same one, it is shared without
// a read. Adds the size of what was read to `bytes`.
StoreResult<PersonState> HistoryStore::complete(const state::UserKey& person, std::string_view value,
                                                const PersonState* near, std::size_t& bytes) const {
  auto decoded = decode_person_state(value);
  if (!decoded) return std::unexpected(malformed());
  PersonState& person_state = decoded->person_state;
  bytes += value.size();
  const auto fetch = [&](EntryColumn column, const EntryTime& entry_time, auto decode) -> StoreResult<void> {
    const auto found = get(entry_key(person, column, entry_time));
    if (!found) return std::unexpected(found.error());
    bytes += found->size();
    if (!decode(*found, person_state.record)) return std::unexpected(malformed());
    return {};
  };
  if (decoded->missing.calendar) {
    if (near && near->calendar == person_state.calendar) {
      person_state.record.ensure_extras().calendar = calendar_of(near->record);
    } else if (auto fetched = fetch(EntryColumn::kCalendar, person_state.calendar, decode_calendar);
               !fetched) {
      return std::unexpected(fetched.error());
    }
  }
  if (decoded->missing.visibility) {
    if (near && near->visibility == person_state.visibility) {
      person_state.record.ensure_extras().visibility = visibility_of(near->record);
      person_state.record.ensure_extras().visibility_sequence = near->record.extras->visibility_sequence;
    } else if (auto fetched = fetch(EntryColumn::kVisibility, person_state.visibility, decode_visibility);
               !fetched) {
      return std::unexpected(fetched.error());
    }
  }
  return std::move(person_state);
}

StoreResult<std::optional<StoredState>> HistoryStore::newest(const state::UserKey& person,
                                                             const EntryTime& upto) const {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  const std::string key = entry_key(person, EntryColumn::kRecord, upto);
  it->Seek(key);
  if (!it->status().ok()) return std::unexpected(store_error(it->status()));
  if (!it->Valid() || !it->key().starts_with(person_prefix(key))) return std::nullopt;
  std::size_t bytes = 0;
  auto person_state = complete(person, it->value().ToStringView(), nullptr, bytes);
  if (!person_state) return std::unexpected(person_state.error());
  return StoredState{entry_time_of(it->key().ToStringView()), *std::move(person_state)};
}

// Walks from the entry in force at `from` towards newer ones. Each state completes the next (complete()), so a
// calendar that many entries share is read once.
StoreResult<Timeline> HistoryStore::timeline(const state::UserKey& person, Time from, Time until,
                                             std::size_t limit) const {
  const auto as_change = [](const PersonState& person_state) {
    return person_state.exists ? std::optional(person_state.record) : std::nullopt;
  };
  auto before = newest(person, latest_entry_at(from));
  if (!before) return std::unexpected(before.error());
  PersonState near = *before ? (*before)->person_state : PersonState{};
  Timeline timeline{as_change(near), {}, until};
  const auto it = iterate();
  const std::string start = entry_key(person, EntryColumn::kRecord, latest_entry_at(from));
  std::size_t bytes = 0;
  for (it->SeekForPrev(start); it->Valid() && it->key().starts_with(person_prefix(start)); it->Prev()) {
    const Time at = entry_time_of(it->key().ToStringView()).at;
    if (at >= until) break;
    // Of several changes in one millisecond only the last is visible.
    const bool is_same_time = !timeline.changes.empty() && timeline.changes.back().at == at;
    if (!is_same_time && (timeline.changes.size() == limit || bytes > kTimelineBytesMax)) {
      timeline.until = at;
      break;
    }
    auto person_state = complete(person, it->value().ToStringView(), &near, bytes);
    if (!person_state) return std::unexpected(person_state.error());
    near = *std::move(person_state);
    if (is_same_time) timeline.changes.pop_back();
    timeline.changes.push_back({at, as_change(near)});
  }
  if (!it->status().ok()) return std::unexpected(store_error(it->status()));
  return timeline;
}

StoreResult<void> HistoryStore::flush() {
  const Status status = db_->Flush({});
  if (!status.ok()) return std::unexpected(store_error(status));
  return {};
}

StoreResult<void> HistoryStore::compact(std::atomic<bool>& canceled) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  options.canceled = &canceled;
  const Status status = db_->CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return std::unexpected(store_error(status));
  return {};
}

// As many entries from the beginning of each table: tables are about equally large.
StoreResult<std::optional<Time>> HistoryStore::entry_time_quantile(double part) const {
  std::vector<rocksdb::LiveFileMetaData> tables;
  db_->GetLiveFilesMetaData(&tables);
  if (tables.empty()) return std::nullopt;
  const std::size_t of_each = std::max<std::size_t>(1, kSampledEntries / tables.size());
  const auto it = iterate(false);
  std::vector<Time> times;
  for (const rocksdb::LiveFileMetaData& table : tables) {
    std::size_t left = of_each;
    const auto is_entry = [&] { return it->Valid() && is_entry_key(it->key().ToStringView()); };
    for (it->Seek(std::max(table.smallestkey, first_entry_key())); is_entry() && left > 0; it->Next(), --left)
      times.push_back(entry_time_of(it->key().ToStringView()).at);
    if (!it->status().ok()) return std::unexpected(store_error(it->status()));
  }
  if (times.empty()) return std::nullopt;
  const auto last = static_cast<double>(times.size() - 1);
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(std::clamp(part, 0.0, 1.0) * last);
  std::ranges::nth_element(times, nth);
  return *nth;
}

}  // namespace porchlight::history
