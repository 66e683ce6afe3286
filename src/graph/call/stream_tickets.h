// Tickets for streams: EventSource and WebSocket cannot send a token, so a page fetches a ticket with its
// token and gives it in the query. It is good for one stream, soon.
#pragma once

#include <absl/container/btree_set.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"
#include "identity/caller.h"

namespace porchlight::graph {

inline constexpr Duration kTicketLife = std::chrono::seconds(60);

// From any thread.
class StreamTickets {
 public:
  // `key`: the server's secret for what it seals.
  explicit StreamTickets(std::string key) : key_(std::move(key)) {}

  // A ticket for this caller, good for kTicketLife.
  std::string issue(const identity::Caller& caller, Time now) const;
  // The caller it was issued for; nothing where it is none of ours, or over, or was used before.
  std::optional<identity::Caller> redeem(std::string_view ticket, Time now);

 private:
  const std::string key_;
  std::mutex mutex_;
  // Those that were used, while they would still be good. Guarded by mutex_; each cost its user a request
  // that is counted.
  absl::btree_set<std::pair<Time, Guid>> used_;
};

}  // namespace porchlight::graph
