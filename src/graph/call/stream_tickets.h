// Tickets for streams: EventSource and WebSocket cannot send a token, so a page first exchanges its token for a
// ticket and sends that in the query. A ticket opens one stream within a minute.
#pragma once

#include <absl/container/btree_set.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"
#include "identity/caller.h"

namespace porchlight::graph {

// How long a ticket is valid.
inline constexpr Duration kTicketLife = std::chrono::seconds(60);

// Issues and redeems tickets. A ticket is the sealed caller, so only redeemed ones are remembered. Any thread.
class StreamTickets {
 public:
  // `key`: the server's secret for sealed tokens.
  explicit StreamTickets(std::string key) : key_(std::move(key)) {}

  // Returns a ticket for this caller, valid for kTicketLife.
  std::string issue(const identity::Caller& caller, Time now) const;
  // Returns the caller that it was issued for; nullopt if the ticket is invalid, expired or already used.
  std::optional<identity::Caller> redeem(std::string_view ticket, Time now);

 private:
  const std::string key_;
  Mutex mutex_;
  // Used tickets that have not expired, by expiry and number. Bounded: each was issued by a request that a budget
  // paid for.
  absl::btree_set<std::pair<Time, Guid>> used_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::graph
