// Forgetting in order: empty batches take the place of old last ones, which the log keeps for their chain; new
// snapshots take the place of those that hold old state; then the log is trimmed, and the tables that had old data are
// merged.
#include "node/disk_keeper.h"

#include <fmt/format.h>

#include <future>

#include "base/logging.h"
#include "history/history_store.h"
#include "node/history_lag.h"
#include "node/log_order.h"
#include "state/snapshot.h"
#include "storage/folder.h"

namespace porchlight::node {
namespace {

using std::chrono::steady_clock;

// Between two looks at the clock. Cheap, and so a manual clock that is advanced takes effect soon.
constexpr std::chrono::seconds kLookEvery{1};
// Between two measurements of the folders.
constexpr std::chrono::seconds kMeasureEvery{10};
// After a database was over its bound: what cannot be removed now is not tried again at once.
constexpr std::chrono::seconds kMeasureAfterShrinking{60};

std::uint64_t free_bytes(const std::filesystem::path& folder) {
  std::error_code unknown;
  const auto disk = std::filesystem::space(folder, unknown);
  return unknown ? 0 : disk.available;
}

// The part of a database to remove.
double excess_of(const DiskUse& use) {
  return 1 - kTrimTo * static_cast<double>(use.bytes_max) / static_cast<double>(use.bytes);
}

}  // namespace

DiskKeeper::DiskKeeper(const Parts& parts, Settings settings)
    : parts_(parts),
      settings_(std::move(settings)),
      tails_at_start_(tails()),
      pool_(0, [this] { return run(); }) {}

DiskKeeper::~DiskKeeper() { is_stopping_ = true; }

std::string DiskKeeper::describe() const {
  const MutexLock lock(mutex_);
  return description_;
}

// A wall clock that was set back by more than the interval starts it again.
steady_clock::time_point DiskKeeper::run() {
  const Time now = parts_.clock.wall();
  if (now >= last_forgotten_ + kForgetEvery || now < last_forgotten_) {
    last_forgotten_ = now;
    forget(now);
  }
  if (steady_clock::now() >= next_check_) {
    next_check_ = steady_clock::now() + kMeasureEvery;
    check_bounds(now);
  }
  return steady_clock::now() + kLookEvery;
}

std::vector<std::uint64_t> DiskKeeper::tails() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(parts_.logs.size());
  for (log::ShardLog* const shard : parts_.logs) numbers.push_back(shard->tail().value_or(log::Tail{}).seq);
  return numbers;
}

// The folder as it was has what is to be forgotten, too.
void DiskKeeper::forget_upgrade() {
  std::error_code ignored;
  if (std::filesystem::exists(settings_.before_upgrade, ignored) && tails() != tails_at_start_)
    std::filesystem::remove_all(settings_.before_upgrade, ignored);
}

void DiskKeeper::forget(Time now) {
  forget_upgrade();
  parts_.audit.forget(now);
  const Time log_cutoff = now - settings_.log_retention;
  if (has_old_events(log_cutoff)) {
    renew_old_tails(log_cutoff, now);
    catch_up_history();
    take_new_snapshots(log_cutoff);
    if (const auto trimmed = parts_.snapshotter.trim_log(); !trimmed) log_warning(trimmed.error());
    erase_trimmed();
  }
  if (parts_.history && has_old_events(now - settings_.history_retention)) merge_history();
}

// Whether there may be something from before the time: a batch, or a log that has lost its beginning already.
bool DiskKeeper::has_old_events(Time before) const {
  return std::ranges::any_of(parts_.logs, [before](log::ShardLog* shard) {
    const auto first = shard->read(1, 1);
    return first && !first->empty() && (first->front().seq > 1 || first->front().batch.at < before);
  });
}

void DiskKeeper::renew_old_tails(Time before, Time now) {
  for (std::uint32_t shard = 0; shard < parts_.logs.size() && !is_stopping_; ++shard) {
    const auto tail = parts_.logs[shard]->tail();
    if (!tail || tail->seq == 0) continue;
    const auto last = parts_.logs[shard]->read(tail->seq, 1);
    if (!last || last->empty() || last->back().batch.at >= before || last->back().batch.events.empty())
      continue;
    std::promise<void> renewed;
    parts_.writer.renew_tail(shard, now, [&](const state::Outcome&) { renewed.set_value(); });
    renewed.get_future().wait();
  }
}

// The log keeps what the history has not read.
void DiskKeeper::catch_up_history() {
  if (!parts_.history) return;
  std::promise<void> done;
  parts_.history->catch_up([&](const auto&) { done.set_value(); });
  done.get_future().wait();
}

// All that are kept: each may hold state from before the time.
void DiskKeeper::take_new_snapshots(Time before) {
  for (std::size_t taken = 0; taken < state::kSnapshotsKept && !is_stopping_; ++taken) {
    if (!parts_.snapshotter.has_snapshot_before(before) || !parts_.snapshotter.take_snapshot()) return;
  }
}

void DiskKeeper::erase_trimmed() {
  if (const auto erased = parts_.engine.erase_trimmed(is_stopping_); !erased && !is_stopping_)
    log_warning("trimmed events stay on the disk for now: " + erased.error().why);
}

void DiskKeeper::merge_history() {
  const auto store = parts_.history->store();
  if (!store) return;
  auto merged = store->flush();
  if (merged && storage::folder_bytes(settings_.history_folder) <= kMergedHistoryBytesMax)
    merged = store->compact(is_stopping_);
  if (!merged && !is_stopping_) log_warning("old history stays on the disk for now: " + merged.error().why);
}

void DiskKeeper::check_bounds(Time now) {
  const DiskUse log = use_of_log();
  std::string lines = node::describe(log, now) + '\n';
  double growth = growth_per_day(log, now);
  warn(log, is_log_warned_);
  if (log.bytes_max > 0 && log.bytes > log.bytes_max) shrink_log(log, now);
  if (parts_.history) {
    const DiskUse history = use_of_history(now);
    lines += node::describe(history, now) + '\n';
    growth += growth_per_day(history, now);
    warn(history, is_history_warned_);
    if (history.bytes_max > 0 && history.bytes > history.bytes_max) shrink_history(history);
  }
  lines += describe_free(free_bytes(settings_.log_folder), growth) + '\n';
  if (parts_.history)
    lines += describe_history_lag(history_lag(*parts_.history, parts_.view, parts_.logs, now)) + '\n';
  const MutexLock lock(mutex_);
  description_ = std::move(lines);
}

DiskUse DiskKeeper::use_of_log() const {
  return {.name = "log",
          .bytes = storage::folder_bytes(settings_.log_folder),
          .bytes_max = settings_.log_bytes_max,
          .retention = settings_.log_retention,
          .since = oldest_batch(parts_.logs)};
}

// The oldest entries are those in force at the beginning of the retention, and may be much older.
DiskUse DiskKeeper::use_of_history(Time now) const {
  DiskUse use{.name = "history",
              .bytes = storage::folder_bytes(settings_.history_folder),
              .bytes_max = settings_.history_bytes_max,
              .retention = settings_.history_retention,
              .since = {}};
  const auto store = parts_.history->store();
  const auto oldest = store ? store->entry_time_quantile(0) : std::nullopt;
  if (oldest && *oldest) use.since = std::max(**oldest, now - settings_.history_retention);
  return use;
}

// Once for each time that the part is reached.
void DiskKeeper::warn(const DiskUse& use, bool& is_warned) {
  if (!is_nearly_full(use)) {
    is_warned = false;
  } else if (!std::exchange(is_warned, true)) {
    log_warning(fmt::format("the {} takes {} bytes of at most {}; at the bound, its oldest part is removed",
                            use.name, use.bytes, use.bytes_max));
  }
}

// The log keeps what the snapshots do not cover, so new ones are taken first.
void DiskKeeper::shrink_log(const DiskUse& use, Time now) {
  next_check_ = steady_clock::now() + kMeasureAfterShrinking;
  const auto from = batch_time_quantile(parts_.logs, excess_of(use), now);
  if (!from) return log_warning("the log is over its bound and cannot be read: " + from.error().why);
  for (const auto& retained : parts_.retained_logs) retained->keep_from(*from);
  catch_up_history();
  for (std::size_t taken = 0; taken < state::kSnapshotsKept && !is_stopping_; ++taken)
    if (!parts_.snapshotter.take_snapshot()) return;
  erase_trimmed();
}

void DiskKeeper::shrink_history(const DiskUse& use) {
  next_check_ = steady_clock::now() + kMeasureAfterShrinking;
  const auto store = parts_.history->store();
  if (!store || !store->flush()) return;  // the sample is of tables
  const auto from = store->entry_time_quantile(excess_of(use));
  if (!from || !*from) return;
  std::promise<bool> marked;
  parts_.history->forget_before(**from, [&](const auto& done) { marked.set_value(done.has_value()); });
  if (!marked.get_future().get()) return;
  if (const auto merged = store->compact(is_stopping_); !merged && !is_stopping_)
    log_warning("the history is over its bound: " + merged.error().why);
}

}  // namespace porchlight::node
