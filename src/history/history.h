// What the log says of the past: what a person's record was at any time within the retention. One thread of
// its own reads the logs into a database (history_reader.h) and answers from it.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/worker.h"
#include "history/query_error.h"
#include "history/timeline.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::history {

class HistoryReader;

// Questions that may wait before new ones are refused.
inline constexpr std::size_t kQueriesMax = 256;
// Changes that one answer of past() holds; fewer where they are large.
inline constexpr std::size_t kChangesMax = 5000;

class History {
 public:
  template <typename T>
  using ResultCallback = std::move_only_function<void(std::expected<T, QueryError>)>;
  using Records = std::vector<std::optional<presence::Record>>;

  // Keeps what is younger than `retention` in `dir`, which it makes. `logs` has one log per shard. All must
  // outlive it.
  History(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
          std::vector<log::ShardLog*> logs);
  // Refuses what waits. Nothing may be asked any more.
  ~History();

  // The record of each person as a read at `at` would have found it, by all that happened until then and was
  // acknowledged before the question; nothing for those who were not there. `answer` is called once, on any
  // thread.
  void records_at(std::vector<state::UserKey> people, Time at, ResultCallback<Records> done);
  // A person's past in [from, until), or the beginning of it where it is long.
  void timeline(const state::UserKey& person, Time from, Time until, ResultCallback<Timeline> done);

  // Who of the tenant changed after the change with number `known` of that generation, by all that was
  // acknowledged before the question. kBeforeRetention where that cannot be told any more: read everybody again.
  void changes_after(const Guid& tenant, std::uint64_t generation, std::uint64_t known,
                     ResultCallback<Changes> done);

  // Up to where a shard's log was read: what comes after it must not be forgotten.
  std::uint64_t indexed(std::uint32_t shard) const;

 private:
  // Called with the archive, or with nothing where the question is refused.
  using HistoryQuery = std::move_only_function<void(HistoryReader*, QueryErrorCode)>;

  void enqueue(HistoryQuery query);
  // Indexes the next part of the logs; returns when to do so again.
  std::chrono::steady_clock::time_point index();

  const std::unique_ptr<HistoryReader> reader_;  // used on the pool's thread only, except indexed()
  WorkerPool pool_;                              // one thread; last: it ends before the reader is destroyed
};

}  // namespace porchlight::history
