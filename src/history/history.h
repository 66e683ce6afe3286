// The presence history: what a user's record was at any time within the retention. A thread of its own indexes the logs
// into a database (history_reader.h) and answers queries from it.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/worker.h"
#include "history/query_error.h"
#include "history/timeline.h"
#include "log/shard_log.h"
#include "presence/policy.h"
#include "state/view.h"

namespace porchlight::history {

class HistoryReader;
class HistoryStore;
class RecentBatches;

// Queries that may wait; further ones of the tenant that has most of them get kBusy. Tenants take turns.
inline constexpr std::size_t kQueriesMax = 256;
// Changes in one answer of timeline(); fewer if they are large.
inline constexpr std::size_t kChangesMax = 5000;

// May be used from any thread. Callbacks are called once: on the history's thread, on that of the query that takes the
// place of this one, or in the destructor.
class History {
 public:
  template <typename T>
  using ResultCallback = std::move_only_function<void(std::expected<T, QueryError>)>;
  using Records = std::vector<std::optional<presence::Record>>;

  // Keeps the history of the last `retention` in `dir`, which is created if missing. `logs` has one log for each shard.
  // `recent`, if the view calls it, spares most reads of the logs. The referred objects must outlive the history.
  History(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
          std::vector<log::ShardLog*> logs, RecentBatches& recent,
          const presence::Policy& policy = presence::kDocumentedPolicy);
  // Waiting queries get kUnavailable. No query may be made any more.
  ~History();

  // The record of each user as a read at time `at` would have found it, in order of `people`; nullopt for a user who
  // did not exist. Includes all events up to `at` that were acknowledged before the call.
  void records_at(std::vector<state::UserKey> people, Time at, ResultCallback<Records> done);
  // The records of a user in [from, until). Long timelines end earlier, at Timeline::until.
  void timeline(const state::UserKey& person, Time from, Time until, ResultCallback<Timeline> done);

  // The users of the tenant who changed since `known`, which this or another history of the same logs has returned,
  // including all events that were acknowledged before the call; no users without `known`. kBeforeRetention if the
  // history no longer has that, or if the logs have lost it; the caller then reads all users. kUnavailable also if the
  // view is behind `known`.
  void changes_after(const Guid& tenant, const std::optional<KnownChanges>& known,
                     ResultCallback<Changes> done);

  // Indexes all events that were acknowledged before the call.
  void catch_up(ResultCallback<void> done);
  // Forgets what was before `time`: queries get kBeforeRetention, as beyond the retention, and merges of tables delete
  // it (retention_filter.h).
  void forget_before(Time time, ResultCallback<void> done);
  // Copies the database to the folder `to` (storage/database_copy.h), whether it takes writes or not. Waits for what
  // the thread is doing. The error is a sentence. Any thread but its own.
  std::expected<void, std::string> copy_to(const std::filesystem::path& to);
  // The open database, for maintenance; null while it takes no writes. Release it soon: until then it cannot be opened
  // again.
  std::shared_ptr<HistoryStore> store() const;

  // The queries that wait.
  std::size_t waiting() const { return pool_.waiting(); }
  // The applied batches since the start that are read from the log, because too many waited to be indexed.
  std::uint64_t dropped() const;
  // The last batch of a shard's log that is indexed. Later batches must not be trimmed from the log.
  std::uint64_t indexed(std::uint32_t shard) const;

 private:
  // Called with the reader, or with nullptr and the error.
  using HistoryQuery = std::move_only_function<void(HistoryReader*, QueryErrorCode)>;

  void enqueue(const Guid& tenant, HistoryQuery query);
  // Indexes the next part of the logs if it is time; returns when to do so again.
  std::chrono::steady_clock::time_point index();

  const RecentBatches& recent_;
  std::chrono::steady_clock::time_point next_index_{};  // used on the pool's thread only
  const std::unique_ptr<HistoryReader> reader_;         // used on the pool's thread only, except indexed()
  WorkerPool pool_;  // one thread; last: it ends before the reader is destroyed
};

}  // namespace porchlight::history
