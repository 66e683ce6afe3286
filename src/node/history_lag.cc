#include "node/history_lag.h"

#include <fmt/format.h>

#include <algorithm>

namespace porchlight::node {

Duration history_lag(const history::History& history, const state::View& view,
                     const std::vector<log::ShardLog*>& logs, Time now) {
  Time oldest = now;
  for (std::uint32_t shard = 0; shard < logs.size(); ++shard) {
    const std::uint64_t indexed = history.indexed(shard);
    if (indexed >= view.position(shard).seq) continue;
    if (const auto next = logs[shard]->stamp(indexed + 1); next && *next)
      oldest = std::min(oldest, (*next)->at);
  }
  return now - oldest;
}

std::string describe_history_lag(Duration lag) {
  if (lag <= kHistoryLagMax) return "history: up to date";
  return fmt::format("history: {} s behind the log", std::chrono::floor<std::chrono::seconds>(lag).count());
}

}  // namespace porchlight::node
