// What the streams of all loops share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/call/stream_tickets.h"
#include "http/streaming_body.h"
#include "watch/watch_quota.h"

namespace porchlight::graph {

// When somebody comes again for whom there is no room.
inline constexpr std::uint32_t kQuotaRetryS = 10;

// What an operator may set (spec security §5).
struct StreamSettings {
  std::size_t per_app = 1000;
  std::size_t per_user = 10;
  std::size_t all = 100'000;
  std::size_t people = 2'000'000;        // of all streams, counted for each
  std::size_t people_per_app = 500'000;  // of one application of a tenant
  std::vector<std::string>
      origins;  // "https://host[:port]" of the pages that may open a WebSocket, beside our own
};

class Streams {
 public:
  // `key`: the secret that seals tickets.
  Streams(const StreamSettings& settings, std::string key)
      : watch_quota({.waits = settings.all,
                     .waits_per_app = settings.per_app,
                     .people = settings.people,
                     .people_per_app = settings.people_per_app,
                     .waits_per_user = settings.per_user}),
        tickets(std::move(key)),
        origins(settings.origins) {}

  // The text as bytes to push. What was told last is shared, for one change is told to many. On the watchers'
  // thread.
  http::Bytes share(std::string_view text) {
    if (!last_ || *last_ != text) last_ = std::make_shared<const std::string>(text);
    return last_;
  }

  watch::WatchQuota watch_quota;
  StreamTickets tickets;
  const std::vector<std::string> origins;

 private:
  http::Bytes last_;
};

}  // namespace porchlight::graph
