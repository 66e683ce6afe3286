// Pending items: an ordered queue for each URL, and when each queue is due. At most one post to a URL is in flight,
// so a newer item never overtakes an older one. After a failure the whole URL is retried (spec notifications §7).
// Pure: no clock, no lock, no I/O.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "notify/subscriber_view.h"
#include "presence/record.h"
#include "webhook/host_health.h"
#include "webhook/retry.h"

namespace porchlight::notify {

class ActiveSubscription;

inline constexpr std::size_t kItemsPerPostMax = 1000;  // spec notifications §7
inline constexpr std::size_t kHostsKept = 10'000;      // hosts below which no health is discarded

// An item to send. It expires webhook::kRetryUntil after `since`.
struct PendingItem {
  std::shared_ptr<ActiveSubscription> active;
  NotificationKind kind;
  Guid person;  // of a kChange
  Time since;
  // Of a kChange: code of the state in the last attempt. A later attempt with another state restarts `since`.
  std::optional<std::uint8_t> last_tried_code = {};
};

// The scheme, host and port of a URL: "https://host:port". A view into `url`.
std::string_view origin_of(std::string_view url);

// One moment in two clocks: items expire by wall time, the health of hosts is measured in steady time.
struct Timestamps {
  Time wall;
  SteadyTime steady;
};

// Usage: next_batch() while first_due() is due; then, for a batch with items, exactly one of complete(), requeue()
// and cancel().
class Outbox {
 public:
  // Appends an item to the queue of the URL.
  void add(const std::string& url, PendingItem item, const Timestamps& now);

  // When the first URL is due. kNever if no URL has pending items.
  Time first_due() const { return due_.empty() ? presence::kNever : due_.begin()->first; }

  // What to do for a URL that is due.
  struct SendBatch {
    std::string url;
    std::vector<PendingItem> dropped;  // expired, or the host is too slow
    std::vector<PendingItem> items;    // to send, oldest first; empty: nothing to send now
    Duration timeout{};                // of the post
  };
  // Takes the batch of the first URL, which must be due. If it has items, the URL is in flight until complete(),
  // requeue() or cancel().
  SendBatch next_batch(const Timestamps& now);

  // The result of one post.
  struct PostResult {
    bool accepted;
    Duration took;
  };
  // Ends a batch that was posted. `unsent`: the items to retry if the post was not accepted, in order; else empty.
  // They go back to the front of the queue. Returns those that have expired. `random` spreads the retries.
  std::vector<PendingItem> complete(const std::string& url, const PostResult& result,
                                    std::vector<PendingItem> unsent, const Timestamps& now,
                                    std::uint64_t random);
  // Ends a batch that was not posted for a local reason. The items go back to the front of the queue and are
  // retried soon; the URL does not count as failed.
  void requeue(const std::string& url, std::vector<PendingItem> items, const Timestamps& now);
  // Ends a batch of which nothing was left to send.
  void cancel(const std::string& url, const Timestamps& now);

  // What waits, for metrics: items, and hosts by webhook::HostHealth::Level. Looks at each URL and host.
  struct Backlog {
    std::size_t items = 0;
    std::array<std::size_t, webhook::HostHealth::kLevels> hosts{};
  };
  Backlog backlog(SteadyTime now) const;
  // How the host of the URL answers posts.
  webhook::HostHealth::Level host_level(std::string_view url, SteadyTime now) const;
  // The number of URLs with pending items, and of hosts whose health is remembered.
  std::size_t urls() const { return urls_.size(); }
  std::size_t hosts() const { return hosts_.size(); }

 private:
  struct UrlQueue {
    std::deque<PendingItem> waiting;  // in order of arrival
    bool in_flight = false;           // then the queue is not in due_
    int failures = 0;                 // in a row
    Time retry_at{};                  // not before this time
    Time due = presence::kNever;      // the key in due_; kNever: not in due_
  };

  void reschedule(const std::string& url, UrlQueue& queue, const Timestamps& now);
  webhook::HostHealth& health_of(std::string_view url, const Timestamps& now);

  absl::btree_map<std::string, UrlQueue> urls_;  // with pending items or a post in flight
  absl::btree_set<std::pair<Time, std::string>> due_;
  absl::btree_map<std::string, std::pair<webhook::HostHealth, SteadyTime>> hosts_;  // by origin; last use
  std::size_t hosts_sweep_at_ = kHostsKept;  // size of hosts_ at which unused ones are discarded
};

}  // namespace porchlight::notify
