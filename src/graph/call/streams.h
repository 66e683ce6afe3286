// What the streams of all loops share: quotas, tickets, allowed origins.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/counter.h"
#include "base/published.h"
#include "graph/call/stream_tickets.h"
#include "http/streaming_body.h"
#include "watch/watch_quota.h"

namespace porchlight::graph {

// Retry-After in seconds of a stream or wait that is over a quota.
inline constexpr std::uint32_t kQuotaRetryS = 10;

// The operator's limits (spec security §5).
struct StreamSettings {
  std::size_t per_app = 1000;            // streams of one application of a tenant
  std::size_t per_user = 10;             // streams of one user in one application
  std::size_t all = 100'000;             // streams of the server
  std::size_t people = 2'000'000;        // followed by all streams together, counted per stream
  std::size_t people_per_app = 500'000;  // the same, of one application of a tenant
  std::vector<std::string>
      origins;  // "https://host[:port]" of pages that may open a WebSocket, besides our own; "*" for all
  friend bool operator==(const StreamSettings&, const StreamSettings&) = default;
};

// One per server. Outlives the handlers.
class Streams {
 public:
  // `key`: the server's secret for tickets.
  Streams(const StreamSettings& settings, std::string key)
      : watch_quota({.waits = settings.all,
                     .waits_per_app = settings.per_app,
                     .people = settings.people,
                     .people_per_app = settings.people_per_app,
                     .waits_per_user = settings.per_user}),
        tickets(std::move(key)),
        origins(settings.origins) {}

  // The text as bytes to push. Streams that push the same text one after the other share one copy, because one change
  // goes to many streams. On the watchers' thread.
  http::Bytes share(std::string_view text) {
    if (!last_ || *last_ != text) last_ = std::make_shared<const std::string>(text);
    return last_;
  }

  // Counts people that a stream rendered in one call. On the watchers' thread.
  void count_people(std::size_t people) { most_people_ = std::max<std::size_t>(most_people_, people); }
  // For tests: the most of them.
  std::size_t most_people() const { return most_people_; }

  // Streams with changes that wait until the client has taken the last page.
  SharedCounter behind;
  // From a change until the socket of a stream has taken it, in milliseconds.
  using StreamDelays = Histogram<SharedCounter, kDelays>;
  StreamDelays delays_by_sse, delays_by_websocket;
  watch::WatchQuota watch_quota;
  StreamTickets tickets;
  Published<std::vector<std::string>> origins;  // that may open a WebSocket (StreamSettings)

 private:
  http::Bytes last_;  // the last shared text
  std::atomic<std::size_t> most_people_ = 0;
};

}  // namespace porchlight::graph
