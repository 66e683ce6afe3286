// How far the history is behind the log.
#pragma once

#include <vector>

#include "base/time.h"
#include "history/history.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::node {

// A longer lag is shown as a fault. In normal operation, the history indexes every second.
inline constexpr Duration kHistoryLagMax = std::chrono::seconds(60);

// The age of the oldest event that the history has not indexed; zero if it has all. Reads the log, so it may wait for
// the disk.
Duration history_lag(const history::History& history, const state::View& view,
                     const std::vector<log::ShardLog*>& logs, Time now);

// A line for the operator: "history: up to date", or how far it is behind.
std::string describe_history_lag(Duration lag);

}  // namespace porchlight::node
