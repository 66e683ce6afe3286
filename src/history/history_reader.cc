// Any error of the database closes it. If it is damaged it is deleted as well; the next opening builds it again from
// the logs. Meanwhile queries get kUnavailable. After any other error it is opened for reads until it can be opened for
// writing again: queries whose users are indexed up to the present are answered, others get kUnavailable.
#include "history/history_reader.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "storage/folder.h"

namespace porchlight::history {
namespace {

// After an error, the time until the database is opened again.
constexpr auto kRetryEvery = std::chrono::seconds(1);
// Entries are deleted this long after they leave the retention, so that no query under way still needs them.
constexpr Duration kGrace = std::chrono::minutes(1);
// Delta links older than this read all users again. Graph's links of users and groups last as long.
constexpr Duration kChangesKeptMax = std::chrono::days(7);

}  // namespace

HistoryReader::HistoryReader(std::filesystem::path dir, Duration retention, const Clock& clock,
                             const state::View& view, std::vector<log::ShardLog*> logs, RecentBatches& recent,
                             const presence::Policy& policy)
    : dir_(std::move(dir)),
      retention_(retention),
      changes_kept_(std::min(retention, kChangesKeptMax)),
      clock_(clock),
      view_(view),
      logs_(std::move(logs)),
      recent_(recent),
      policy_(policy),
      indexed_(logs_.size()),
      all_shards_(logs_.size()) {
  std::iota(all_shards_.begin(), all_shards_.end(), 0u);
}

StoreResult<HistoryReader::OpenIndex> HistoryReader::open(HistoryStore::OpenMode mode) {
  auto store = HistoryStore::open(
      dir_, [this] { return cutoffs(); }, mode);
  if (!store) return std::unexpected(store.error());
  auto indexer = Indexer::start(**store, view_, logs_, recent_, clock_, changes_kept_);
  if (!indexer) return std::unexpected(indexer.error());
  return OpenIndex{*std::move(store), *std::move(indexer)};
}

// What the database may forget. Any thread.
Cutoffs HistoryReader::cutoffs() const {
  const MutexLock lock(mutex_);
  return {.entries = cutoff() - kGrace, .changes = changes_known_from_, .policy = policy_};
}

// Publishes the store, or null if none is open, for store(), and what its tables may forget.
void HistoryReader::share_store() {
  const MutexLock lock(mutex_);
  shared_ = is_open_to_write() ? opened_->store : nullptr;
  changes_known_from_ = shared_ ? opened_->indexer.changes_known_from() : Positions{};
}

std::shared_ptr<HistoryStore> HistoryReader::store() const {
  const MutexLock lock(mutex_);
  return shared_;
}

std::expected<void, std::string> HistoryReader::copy_to(const std::filesystem::path& to) {
  return is_open() ? opened_->store->copy_to(to) : storage::copy_closed_database(dir_, to);
}

// Opens the database; if that fails because of damage, opens an empty one.
StoreResult<HistoryReader::OpenIndex> HistoryReader::open_or_recreate() {
  auto opened = open(HistoryStore::OpenMode::kReadWrite);
  if (opened || !opened.error().is_damaged) return opened;
  spdlog::warn("{}: {}; building it again from the log", dir_.string(), opened.error().why);
  HistoryStore::destroy(dir_);
  return open(HistoryStore::OpenMode::kReadWrite);
}

bool HistoryReader::is_open_to_write() { return opened_ && !opened_->store->is_read_only(); }

// Opens the database for writing unless it is, if a retry is due. Returns false if it is not even open for reads.
bool HistoryReader::is_open() {
  const auto now = std::chrono::steady_clock::now();
  if (is_open_to_write() || now < next_try_) return opened_.has_value();
  next_try_ = now + kRetryEvery;
  // While the disk takes no writes, what is open for reads stays open.
  if (opened_ && !storage::probe_writes(*rocksdb::Env::Default(), dir_.string()).ok()) return true;
  opened_.reset();
  share_store();
  auto opened = open_or_recreate();
  if (!opened) {
    close(opened.error());
    return opened_.has_value();
  }
  opened_.emplace(*std::move(opened));
  share_store();
  reported_.clear();
  record_checkpoints();
  return true;
}

// Closes the database until next_try_, apart from reads, and returns the error of the query under way.
std::unexpected<QueryError> HistoryReader::close(const StoreError& why) {
  if (std::exchange(reported_, why.why) != why.why)
    spdlog::warn("{}: the history takes no writes: {}", dir_.string(), why.why);
  opened_.reset();
  share_store();
  if (why.is_damaged) HistoryStore::destroy(dir_);
  next_try_ = std::chrono::steady_clock::now() + kRetryEvery;
  for (auto& indexed : indexed_) indexed = 0;
  if (!why.is_damaged) open_to_read();
  return std::unexpected(QueryError{QueryErrorCode::kUnavailable});
}

// What is indexed is not recorded: the log is not trimmed by a database that cannot be written.
void HistoryReader::open_to_read() {
  if (auto opened = open(HistoryStore::OpenMode::kReadOnly)) opened_.emplace(*std::move(opened));
}

void HistoryReader::record_checkpoints() {
  for (std::uint32_t shard = 0; shard < logs_.size(); ++shard)
    indexed_[shard] = opened_->indexer.checkpoint(shard).seq;
}

// The shards that a slice did not reach come first in the next one.
bool HistoryReader::index_next() {
  if (!is_open() || !is_open_to_write()) return false;
  const auto reached = opened_->indexer.advance(all_shards_);
  if (!reached) {
    close(reached.error());
    return false;
  }
  if (!forget_old_changes()) return false;
  record_checkpoints();
  std::ranges::rotate(all_shards_, all_shards_.begin() + static_cast<std::ptrdiff_t>(*reached));
  return *reached < all_shards_.size();
}

// Returns false if the database was closed.
bool HistoryReader::forget_old_changes() {
  const auto forgotten = opened_->indexer.forget_changes_before(changes_cutoff());
  if (!forgotten) {
    close(forgotten.error());
    return false;
  }
  if (*forgotten) share_store();
  return true;
}

// Indexes all batches of the shard that the view has, and so all that were acknowledged.
std::expected<void, QueryError> HistoryReader::catch_up(std::uint32_t shard) {
  const std::uint64_t end = view_.position(shard).seq;
  if (!is_open_to_write()) {
    if (opened_->indexer.checkpoint(shard).seq >= end) return {};
    return std::unexpected(QueryError{QueryErrorCode::kUnavailable});
  }
  while (opened_->indexer.checkpoint(shard).seq < end) {
    const auto advanced = opened_->indexer.advance({&shard, 1});
    if (!advanced) return close(advanced.error());
  }
  indexed_[shard] = opened_->indexer.checkpoint(shard).seq;
  return {};
}

std::expected<void, QueryError> HistoryReader::catch_up() {
  if (!is_open()) return std::unexpected(QueryError{QueryErrorCode::kUnavailable});
  for (std::uint32_t shard = 0; shard < logs_.size(); ++shard) {
    if (auto ready = catch_up(shard); !ready) return ready;
  }
  return {};
}

// The checkpoints say so durably before anything is deleted.
std::expected<void, QueryError> HistoryReader::forget_before(Time time) {
  if (!is_open() || !is_open_to_write()) return std::unexpected(QueryError{QueryErrorCode::kUnavailable});
  if (auto marked = opened_->indexer.forget_before(time); !marked) return close(marked.error());
  forgotten_ = std::max(forgotten_.load(), time);
  return {};
}

// Indexes the shards of these users. kBeforeRetention if `asked` is before the retention or before the earliest time
// that the database knows of their shards.
std::expected<void, QueryError> HistoryReader::catch_up(const std::vector<state::UserKey>& people,
                                                        Time asked) {
  if (!is_open()) return std::unexpected(QueryError{QueryErrorCode::kUnavailable});
  Time earliest = cutoff();
  for (const state::UserKey& person : people) {
    const std::uint32_t shard = state::shard_of(person.tenant, person.user);
    if (auto ready = catch_up(shard); !ready) return ready;
    earliest = std::max(earliest, opened_->indexer.checkpoint(shard).earliest);
  }
  if (asked < earliest) return std::unexpected(QueryError{QueryErrorCode::kBeforeRetention, earliest});
  return {};
}

std::expected<std::vector<std::optional<presence::Record>>, QueryError> HistoryReader::records_at(
    const std::vector<state::UserKey>& people, Time at) {
  if (auto ready = catch_up(people, at); !ready) return std::unexpected(ready.error());
  std::vector<std::optional<presence::Record>> records;
  records.reserve(people.size());
  for (const state::UserKey& person : people) {
    auto stored = opened_->store->newest(person, latest_entry_at(at));
    if (!stored) return close(stored.error());
    const bool was_there = *stored && (*stored)->person_state.exists;
    records.push_back(was_there ? std::optional(std::move((*stored)->person_state.record)) : std::nullopt);
  }
  return records;
}

// Whether the database has all changes since `known`. If the log has batches that the view has not, another server was
// ahead of this one: the view will have them soon. Otherwise the log has lost what the caller knows.
std::expected<void, QueryError> HistoryReader::check(const KnownChanges& known) const {
  const auto refused = [](QueryErrorCode why, Time earliest = {}) {
    return std::unexpected(QueryError{why, earliest});
  };
  const Indexer& indexer = opened_->indexer;
  const Time earliest = changes_cutoff();
  bool is_ahead = false;
  for (std::uint32_t shard = 0; shard < logs_.size(); ++shard) {
    const std::uint64_t seq = known.positions[shard];
    if (seq < indexer.changes_known_from()[shard]) return refused(QueryErrorCode::kBeforeRetention, earliest);
    if (seq <= indexer.checkpoint(shard).seq) continue;
    is_ahead = true;
    const auto tail = logs_[shard]->tail();
    if (!tail) return refused(QueryErrorCode::kUnavailable);
    if (seq > tail->seq) return refused(QueryErrorCode::kBeforeRetention, earliest);
  }
  if (known.at < earliest) return refused(QueryErrorCode::kBeforeRetention, earliest);
  if (is_ahead) return refused(QueryErrorCode::kUnavailable);
  return {};
}

std::expected<Changes, QueryError> HistoryReader::changes_after(const Guid& tenant,
                                                                const std::optional<KnownChanges>& known) {
  if (auto ready = catch_up(); !ready) return std::unexpected(ready.error());
  Changes changes{.last = opened_->indexer.indexed(), .people = {}};
  if (!known) return changes;
  if (auto covered = check(*known); !covered) return std::unexpected(covered.error());
  auto people = opened_->indexer.changes_after(tenant, known->positions);
  if (!people) return close(people.error());
  if (!*people) return std::unexpected(QueryError{QueryErrorCode::kBeforeRetention, changes_cutoff()});
  changes.people = **std::move(people);
  return changes;
}

std::expected<Timeline, QueryError> HistoryReader::timeline(const state::UserKey& person, Time from,
                                                            Time until, std::size_t limit) {
  if (auto ready = catch_up({person}, from); !ready) return std::unexpected(ready.error());
  auto timeline = opened_->store->timeline(person, from, until, limit);
  if (!timeline) return close(timeline.error());
  return *std::move(timeline);
}

}  // namespace porchlight::history
