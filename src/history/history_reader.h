// The past as far as it is kept: opens the database, makes it anew where it is damaged or does not fit the
// log, and answers from it. For one thread, except indexed().
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "history/history_store.h"
#include "history/indexer.h"
#include "history/query_error.h"
#include "history/timeline.h"

namespace porchlight::history {

class HistoryReader {
 public:
  // As History has them.
  HistoryReader(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
                std::vector<log::ShardLog*> logs);

  // Reads some more of the logs; false where nothing is left to do, or nothing can be done now.
  bool index_next();

  std::expected<std::vector<std::optional<presence::Record>>, QueryError> records_at(
      const std::vector<state::UserKey>& people, Time at);
  std::expected<Timeline, QueryError> timeline(const state::UserKey& person, Time from, Time until,
                                               std::size_t limit);

  std::expected<Changes, QueryError> changes_after(const Guid& tenant, std::uint64_t generation,
                                                   std::uint64_t known);

  std::uint64_t indexed(std::uint32_t shard) const { return indexed_[shard].load(); }

 private:
  struct OpenIndex {
    std::unique_ptr<HistoryStore> store;
    Indexer indexer;
  };

  bool is_open();
  StoreResult<OpenIndex> open();
  StoreResult<OpenIndex> open_or_recreate();
  std::unexpected<QueryError> close(const StoreError& why);
  void record_checkpoints();
  std::expected<void, QueryError> catch_up(std::uint32_t shard);
  std::expected<void, QueryError> catch_up(const std::vector<state::UserKey>& people, Time asked);
  Time cutoff() const { return clock_.wall() - retention_; }

  const std::filesystem::path dir_;
  const Duration retention_;
  const Clock& clock_;
  const state::View& view_;
  const std::vector<log::ShardLog*> logs_;
  std::vector<std::atomic<std::uint64_t>> indexed_;  // by shard
  std::optional<OpenIndex> opened_;                  // nothing while the database can't be used
  std::chrono::steady_clock::time_point next_try_{};
  std::uint32_t next_shard_ = 0;
};

}  // namespace porchlight::history
