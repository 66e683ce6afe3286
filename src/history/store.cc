#include "history/store.h"

#include <fmt/format.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "history/forget.h"

namespace porchlight::history {
namespace {

using rocksdb::Status;

constexpr std::string_view kFormatKey = "F", kGenerationKey = "G";
constexpr std::size_t kPastBytesMax = 4 * 1024 * 1024;
// Disk space that is left to the log; an eighth of a disk so small that this would be more.
constexpr std::uint64_t kReserveBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kMergedEverySeconds = 24 * 60 * 60;

// Small buffers: a server with a million people has not much more memory to spare than they take.
rocksdb::Options rocks_options(std::function<Time()> edge) {
  rocksdb::Options rocks;
  rocks.create_if_missing = true;
  rocks.write_buffer_size = 4 * 1024 * 1024;
  rocks.max_write_buffer_number = 3;
  rocks.avoid_flush_during_shutdown = true;
  rocks.max_open_files = 256;
  rocks.max_background_jobs = 2;
  rocks.level_compaction_dynamic_level_bytes = true;
  rocks.compression = rocksdb::kLZ4Compression;
  rocks.bytes_per_sync = 1024 * 1024;
  rocks.manifest_preallocation_size = 64 * 1024;
  rocks.info_log_level = rocksdb::WARN_LEVEL;
  rocks.keep_log_file_num = 2;
  rocks.max_log_file_size = 1024 * 1024;
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  rocks.compaction_filter_factory = std::make_shared<ForgetFactory>(std::move(edge));
  rocks.periodic_compaction_seconds = kMergedEverySeconds;
  rocks.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kEntryPrefixBytes));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(8 * 1024 * 1024);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false;
  rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return rocks;
}

Broken broken(const Status& status) {
  return {status.ToString(), status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument()};
}
Broken malformed() { return {"an entry is not as it was written", true}; }

std::string_view whose(std::string_view key) { return key.substr(0, kEntryPrefixBytes); }

}  // namespace

void Store::Writes::put(const state::UserKey& person, const Moment& moment, const Fold& fold) {
  const auto add = [&](Part part, const std::string& value) {
    batch_.Put(entry_key(person, part, moment), value).PermitUncheckedError();
  };
  add(Part::kRecord, encode_fold(fold));
  if (fold.calendar == moment) add(Part::kCalendar, encode_calendar(fold.record));
  if (fold.audience == moment) add(Part::kAudience, encode_audience(fold.record));
}

void Store::Writes::mark(std::uint32_t shard, const Mark& mark) {
  batch_.Put(mark_key(shard), encode_mark(mark)).PermitUncheckedError();
}

void Store::Writes::change(const Guid& tenant, std::uint64_t number, const ChangeEntry& entry) {
  batch_.Put(change_key(tenant, number), encode_change(entry)).PermitUncheckedError();
}

Store::Store(std::unique_ptr<rocksdb::DB> db, const std::filesystem::path& dir)
    : db_(std::move(db)), dir_(dir) {
  std::error_code unknown;
  const auto disk = std::filesystem::space(dir_, unknown);
  reserve_bytes_ = unknown ? 0 : std::min<std::uint64_t>(kReserveBytes, disk.capacity / 8);
}

OrBroken<std::unique_ptr<Store>> Store::open(const std::filesystem::path& dir, std::function<Time()> edge) {
  rocksdb::DB* raw = nullptr;
  const Status status = rocksdb::DB::Open(rocks_options(std::move(edge)), dir.string(), &raw);
  if (!status.ok()) return std::unexpected(broken(status));
  std::unique_ptr<Store> store(new Store(std::unique_ptr<rocksdb::DB>(raw), dir));
  if (auto checked = store->check_format(); !checked) return std::unexpected(checked.error());
  if (auto read = store->read_generation(); !read) return std::unexpected(read.error());
  return store;
}

void Store::destroy(const std::filesystem::path& dir) {
  std::error_code ignored;
  std::filesystem::remove_all(dir, ignored);
}

OrBroken<void> Store::check_format() {
  const std::string ours(1, static_cast<char>(kFormat));
  std::string found;
  Status status = db_->Get({}, kFormatKey, &found);
  if (status.IsNotFound()) {
    status = db_->Put({}, kFormatKey, ours);
    found = ours;
  }
  if (!status.ok()) return std::unexpected(broken(status));
  if (found != ours) return std::unexpected(Broken{"it is of another format", true});
  return {};
}

OrBroken<void> Store::read_generation() {
  std::string bytes;
  Status status = db_->Get({}, kGenerationKey, &bytes);
  if (status.IsNotFound()) {
    ByteWriter(bytes).guid(secure_random_guid());
    status = db_->Put({}, kGenerationKey, bytes);
  }
  if (!status.ok()) return std::unexpected(broken(status));
  generation_ = ByteReader(bytes).fixed<std::uint64_t>();
  return {};
}

OrBroken<std::uint64_t> Store::last_change(const Guid& tenant) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  const std::string end = change_key(tenant, std::numeric_limits<std::uint64_t>::max());
  it->SeekForPrev(end);
  if (!it->status().ok()) return std::unexpected(broken(it->status()));
  const bool has_any = it->Valid() && is_change_key(it->key().ToStringView()) &&
                       it->key().starts_with(std::string_view(end).substr(0, 1 + sizeof(Guid)));
  return has_any ? change_number(it->key().ToStringView()) : 0;
}

OrBroken<std::optional<Changes>> Store::changes_after(const Guid& tenant, std::uint64_t known) const {
  const auto last = last_change(tenant);
  if (!last) return std::unexpected(last.error());
  if (known > *last) return std::nullopt;
  Changes changes{.generation = generation_, .last = *last, .people = {}};
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  std::uint64_t next = known + 1;
  for (it->Seek(change_key(tenant, next)); next <= *last; it->Next(), ++next) {
    if (!it->status().ok()) return std::unexpected(broken(it->status()));
    // Numbers have no gaps: a missing one was forgotten.
    if (!it->Valid() || it->key() != change_key(tenant, next)) return std::nullopt;
    const auto entry = decode_change(it->value().ToStringView());
    if (!entry) return std::unexpected(malformed());
    Changed& person = changes.people[entry->user];
    person.presence |= entry->kind == ChangeKind::kPresence;
    person.audience |= entry->kind == ChangeKind::kAudience;
    person.removed |= entry->kind == ChangeKind::kRemoved;
    if (changes.people.size() > kChangedMax) return std::nullopt;
  }
  return changes;
}

OrBroken<std::vector<Mark>> Store::marks(std::uint32_t shards) const {
  std::vector<Mark> marks(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    std::string bytes;
    const Status status = db_->Get({}, mark_key(shard), &bytes);
    if (status.IsNotFound()) continue;
    if (!status.ok()) return std::unexpected(broken(status));
    const auto mark = decode_mark(bytes);
    if (!mark) return std::unexpected(malformed());
    marks[shard] = *mark;
  }
  return marks;
}

bool Store::has_room() const {
  std::error_code unknown;
  const auto disk = std::filesystem::space(dir_, unknown);
  return unknown || disk.available >= reserve_bytes_;
}

OrBroken<void> Store::write(Writes& writes) {
  if (!has_room()) return std::unexpected(Broken{"the disk is almost full; what is left is the log's"});
  const Status status = db_->Write({}, &writes.batch_);
  if (!status.ok()) return std::unexpected(broken(status));
  return {};
}

OrBroken<std::string> Store::get(const std::string& key) const {
  std::string value;
  const Status status = db_->Get({}, key, &value);
  if (!status.ok()) return std::unexpected(broken(status));
  return value;
}

// The fold of an entry, with calendar and audience: from the entry before it, or from their own.
OrBroken<Fold> Store::complete(const state::UserKey& person, std::string_view value, const Fold* near,
                               std::size_t& bytes) const {
  auto decoded = decode_fold(value);
  if (!decoded) return std::unexpected(malformed());
  Fold& fold = decoded->fold;
  bytes += value.size();
  const auto fetch = [&](Part part, const Moment& moment, auto decode) -> OrBroken<void> {
    const auto found = get(entry_key(person, part, moment));
    if (!found) return std::unexpected(found.error());
    bytes += found->size();
    if (!decode(*found, fold.record)) return std::unexpected(malformed());
    return {};
  };
  if (decoded->lacking.calendar) {
    if (near && near->calendar == fold.calendar) {
      fold.record.more().calendar = calendar_of(near->record);
    } else if (auto fetched = fetch(Part::kCalendar, fold.calendar, decode_calendar); !fetched) {
      return std::unexpected(fetched.error());
    }
  }
  if (decoded->lacking.audience) {
    if (near && near->audience == fold.audience) {
      fold.record.more().audience = audience_of(near->record);
      fold.record.more().audience_stamp = near->record.extras->audience_stamp;
    } else if (auto fetched = fetch(Part::kAudience, fold.audience, decode_audience); !fetched) {
      return std::unexpected(fetched.error());
    }
  }
  return std::move(fold);
}

OrBroken<std::optional<Kept>> Store::newest(const state::UserKey& person, const Moment& upto) const {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  const std::string key = entry_key(person, Part::kRecord, upto);
  it->Seek(key);
  if (!it->status().ok()) return std::unexpected(broken(it->status()));
  if (!it->Valid() || !it->key().starts_with(whose(key))) return std::nullopt;
  std::size_t bytes = 0;
  auto fold = complete(person, it->value().ToStringView(), nullptr, bytes);
  if (!fold) return std::unexpected(fold.error());
  return Kept{moment_of(it->key().ToStringView()), *std::move(fold)};
}

OrBroken<Past> Store::past(const state::UserKey& person, Time from, Time until, std::size_t limit) const {
  const auto as_change = [](const Fold& fold) {
    return fold.is_there ? std::optional(fold.record) : std::nullopt;
  };
  auto before = newest(person, last_moment(from));
  if (!before) return std::unexpected(before.error());
  Fold near = *before ? (*before)->fold : Fold{};
  Past past{as_change(near), {}, until};
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  const std::string start = entry_key(person, Part::kRecord, last_moment(from));
  std::size_t bytes = 0;
  for (it->SeekForPrev(start); it->Valid() && it->key().starts_with(whose(start)); it->Prev()) {
    const Time at = moment_of(it->key().ToStringView()).at;
    if (at >= until) break;
    // Of what happened within one millisecond only the last could be seen.
    const bool is_same_time = !past.changes.empty() && past.changes.back().at == at;
    if (!is_same_time && (past.changes.size() == limit || bytes > kPastBytesMax)) {
      past.until = at;
      break;
    }
    auto fold = complete(person, it->value().ToStringView(), &near, bytes);
    if (!fold) return std::unexpected(fold.error());
    near = *std::move(fold);
    if (is_same_time) past.changes.pop_back();
    past.changes.push_back({at, as_change(near)});
  }
  if (!it->status().ok()) return std::unexpected(broken(it->status()));
  return past;
}

OrBroken<void> Store::merge() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const Status status = db_->CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return std::unexpected(broken(status));
  return {};
}

}  // namespace porchlight::history
