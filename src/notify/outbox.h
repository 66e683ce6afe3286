// What is owed to whom: a queue for each URL, in order, and when each is due. One post is under way to a URL
// at a time, so what is newer never overtakes. A URL that does not take what is sent is tried again as a
// whole (spec notifications §7). No clock, no lock, no I/O.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

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
inline constexpr std::size_t kHostsKept = 10'000;      // whose health is remembered, at least

// Something to tell, from `since` on.
struct PendingItem {
  std::shared_ptr<ActiveSubscription> active;
  NotificationKind kind;
  Guid person;  // of a change
  Time since;
  std::optional<std::uint8_t> last_tried_code =
      {};  // of a change: the code of the state that was last tried to tell
};

// "https://host:port"
std::string_view origin_of(std::string_view url);

// The two times of one moment: items live by wall time, hosts' health by steady time.
struct Timestamps {
  Time wall;
  SteadyTime steady;
};

class Outbox {
 public:
  void add(const std::string& url, PendingItem item, const Timestamps& now);

  // When the first URL is due; kNever where none is.
  Time first_due() const { return due_.empty() ? presence::kNever : due_.begin()->first; }

  // What is to be done for a URL that is due.
  struct SendBatch {
    std::string url;
    std::vector<PendingItem> dropped;  // owed for too long, or its host is too slow
    std::vector<PendingItem> items;    // the oldest; none: nothing is to be sent now
    Duration timeout{};
  };
  // The turn of the first URL, which must be due by now. Where there are items, the URL waits until they are
  // answered, or nothing of them is sent.
  SendBatch next_batch(const Timestamps& now);

  struct PostResult {
    bool accepted;
    Duration took;
  };
  // What came of the items of a turn. Where they were not taken, `back` are owed again, in order, and tried
  // again later; those that had their last try are given back.
  std::vector<PendingItem> complete(const std::string& url, const PostResult& result,
                                    std::vector<PendingItem> unsent, const Timestamps& now,
                                    std::uint64_t random);
  // The items of a turn could not leave, which is no fault of the URL's: they are owed again, in order, and
  // tried again soon.
  void requeue(const std::string& url, std::vector<PendingItem> items, const Timestamps& now);
  // None of the turn's items was owed any more.
  void cancel(const std::string& url, const Timestamps& now);

  // How many URLs are owed anything, and of how many hosts is remembered how they are.
  std::size_t urls() const { return urls_.size(); }
  std::size_t hosts() const { return hosts_.size(); }

 private:
  struct UrlQueue {
    std::deque<PendingItem> waiting;  // in the order in which they came
    bool in_flight = false;
    int failures = 0;
    Time retry_at{};
    Time due = presence::kNever;  // its place in due_
  };

  void reschedule(const std::string& url, UrlQueue& queue, const Timestamps& now);
  webhook::HostHealth& health_of(std::string_view url, const Timestamps& now);

  absl::btree_map<std::string, UrlQueue> urls_;  // with something that waits, or is under way
  absl::btree_set<std::pair<Time, std::string>> due_;
  absl::btree_map<std::string, std::pair<webhook::HostHealth, SteadyTime>> hosts_;  // and when last asked for
  std::size_t hosts_sweep_at_ = kHostsKept;
};

}  // namespace porchlight::notify
