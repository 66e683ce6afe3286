// The thread of the pool alternates between queries, one at a time, and indexing, a slice at a time. A query first
// indexes the shards that it needs (HistoryReader), so its answer includes all that was acknowledged before it.
#include "history/history.h"

#include <future>
#include <utility>

#include "history/history_reader.h"
#include "history/recent_batches.h"

namespace porchlight::history {
namespace {

using std::chrono::steady_clock;

// The interval of indexing, unless half of the batches that are kept in memory wait: the more events are indexed at
// once, the less each costs. Queries do not wait for it.
constexpr auto kIndexInterval = std::chrono::seconds(5);
// The interval at which is looked whether so many wait, and whether a database that failed can be opened again. Short
// enough that the other half does not fill up meanwhile: no server writes 80,000 events per second.
constexpr auto kLookInterval = std::chrono::milliseconds(100);

}  // namespace

History::History(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
                 std::vector<log::ShardLog*> logs, RecentBatches& recent, const presence::Policy& policy)
    : recent_(recent),
      reader_(std::make_unique<HistoryReader>(std::move(dir), retention, clock, view, std::move(logs), recent,
                                              policy)),
      pool_(kQueriesMax, [this] { return index(); }) {}

History::~History() = default;

void History::records_at(std::vector<state::UserKey> people, Time at, ResultCallback<Records> done) {
  const Guid tenant = people.empty() ? Guid{} : people.front().tenant;
  enqueue(tenant, [people = std::move(people), at, done = std::move(done)](HistoryReader* reader,
                                                                           QueryErrorCode why) mutable {
    done(reader ? reader->records_at(people, at) : std::unexpected(QueryError{why}));
  });
}

void History::timeline(const state::UserKey& person, Time from, Time until, ResultCallback<Timeline> done) {
  enqueue(person.tenant, [person, from, until, done = std::move(done)](HistoryReader* reader,
                                                                       QueryErrorCode why) mutable {
    done(reader ? reader->timeline(person, from, until, kChangesMax) : std::unexpected(QueryError{why}));
  });
}

void History::changes_after(const Guid& tenant, const std::optional<KnownChanges>& known,
                            ResultCallback<Changes> done) {
  enqueue(tenant, [tenant, known, done = std::move(done)](HistoryReader* reader, QueryErrorCode why) mutable {
    done(reader ? reader->changes_after(tenant, known) : std::unexpected(QueryError{why}));
  });
}

void History::catch_up(ResultCallback<void> done) {
  enqueue({}, [done = std::move(done)](HistoryReader* reader, QueryErrorCode why) mutable {
    done(reader ? reader->catch_up() : std::unexpected(QueryError{why}));
  });
}

void History::forget_before(Time time, ResultCallback<void> done) {
  enqueue({}, [time, done = std::move(done)](HistoryReader* reader, QueryErrorCode why) mutable {
    done(reader ? reader->forget_before(time) : std::unexpected(QueryError{why}));
  });
}

std::expected<void, std::string> History::copy_to(const std::filesystem::path& to) {
  std::promise<std::expected<void, std::string>> copied;
  enqueue({}, [&](HistoryReader* reader, QueryErrorCode) {
    copied.set_value(reader ? reader->copy_to(to) : std::unexpected("the history has too many queries"));
  });
  return copied.get_future().get();
}

std::shared_ptr<HistoryStore> History::store() const { return reader_->store(); }

std::uint64_t History::dropped() const { return recent_.dropped(); }

std::uint64_t History::indexed(std::uint32_t shard) const { return reader_->indexed(shard); }

void History::enqueue(const Guid& tenant, HistoryQuery query) {
  pool_.run({.tenant = std::hash<Guid>{}(tenant)},
            [this, query = std::move(query)](TaskStatus status) mutable {
              query(status == TaskStatus::kRun ? reader_.get() : nullptr,
                    status == TaskStatus::kQueueFull ? QueryErrorCode::kBusy : QueryErrorCode::kUnavailable);
            });
}

// If the logs have more to index, the next pass is due at once.
std::chrono::steady_clock::time_point History::index() {
  const auto now = steady_clock::now();
  const bool is_due = now >= next_index_ || recent_.events() >= kRecentEventsMax / 2 || !reader_->store();
  if (!is_due) return now + kLookInterval;
  const bool more = reader_->index_next();
  next_index_ = more ? now : now + kIndexInterval;
  return more ? now : now + kLookInterval;
}

}  // namespace porchlight::history
