#include "history/history.h"

#include <utility>

#include "history/history_reader.h"

namespace porchlight::history {
namespace {

using std::chrono::steady_clock;

// How often the logs are looked at: seldom enough that what is written under load is read in large pieces.
// Questions do not wait for it.
constexpr auto kIndexInterval = std::chrono::milliseconds(500);

}  // namespace

History::History(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
                 std::vector<log::ShardLog*> logs)
    : reader_(std::make_unique<HistoryReader>(std::move(dir), retention, clock, view, std::move(logs))),
      thread_([this] { run(); }) {}

History::~History() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  for (HistoryQuery& query : queries_) query(nullptr, QueryErrorCode::kUnavailable);
}

void History::records_at(std::vector<state::UserKey> people, Time at, ResultCallback<Records> done) {
  enqueue([people = std::move(people), at, done = std::move(done)](HistoryReader* reader,
                                                                   QueryErrorCode why) mutable {
    done(reader ? reader->records_at(people, at) : std::unexpected(QueryError{why}));
  });
}

void History::timeline(const state::UserKey& person, Time from, Time until, ResultCallback<Timeline> done) {
  enqueue([person, from, until, done = std::move(done)](HistoryReader* reader, QueryErrorCode why) mutable {
    done(reader ? reader->timeline(person, from, until, kChangesMax) : std::unexpected(QueryError{why}));
  });
}

void History::changes_after(const Guid& tenant, std::uint64_t generation, std::uint64_t known,
                            ResultCallback<Changes> done) {
  enqueue(
      [tenant, generation, known, done = std::move(done)](HistoryReader* reader, QueryErrorCode why) mutable {
        done(reader ? reader->changes_after(tenant, generation, known) : std::unexpected(QueryError{why}));
      });
}

std::uint64_t History::indexed(std::uint32_t shard) const { return reader_->indexed(shard); }

void History::enqueue(HistoryQuery query) {
  {
    const std::scoped_lock lock(mutex_);
    if (queries_.size() < kQueriesMax) queries_.push_back(std::exchange(query, nullptr));
  }
  if (query) return query(nullptr, QueryErrorCode::kBusy);
  wake_.notify_one();
}

// False once the thread is to stop.
bool History::wait_for_query(steady_clock::time_point until, std::optional<HistoryQuery>& query) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [this] { return is_stopping_ || !queries_.empty(); });
  if (!queries_.empty() && !is_stopping_) {
    query = std::move(queries_.front());
    queries_.pop_front();
  }
  return !is_stopping_;
}

void History::run() {
  auto next_index = steady_clock::now();
  for (std::optional<HistoryQuery> query; wait_for_query(next_index, query); query.reset()) {
    if (query) (*query)(reader_.get(), QueryErrorCode::kUnavailable);
    // While there is more to read, the next look is at once.
    if (steady_clock::now() >= next_index && !reader_->index_next())
      next_index = steady_clock::now() + kIndexInterval;
  }
}

}  // namespace porchlight::history
