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
#include "notify/dialect.h"
#include "presence/record.h"
#include "webhook/health.h"
#include "webhook/retry.h"

namespace porchlight::notify {

class Listener;

inline constexpr std::size_t kItemsPerPostMax = 1000;  // spec notifications §7
inline constexpr std::size_t kHostsKept = 10'000;      // whose health is remembered, at least

// Something to tell, from `since` on.
struct Owed {
  std::shared_ptr<Listener> listener;
  What what;
  Guid person;  // of a change
  Time since;
  std::optional<std::uint8_t> tried = {};  // of a change: the code of the state that was last tried to tell
};

// "https://host:port"
std::string_view origin_of(std::string_view url);

// The two times of one moment: items live by wall time, hosts' health by steady time.
struct Moment {
  Time wall;
  SteadyTime steady;
};

class Outbox {
 public:
  void add(const std::string& url, Owed owed, const Moment& now);

  // When the first URL is due; kNever where none is.
  Time first_due() const { return due_.empty() ? presence::kNever : due_.begin()->first; }

  // What is to be done for a URL that is due.
  struct Turn {
    std::string url;
    std::vector<Owed> dropped;  // owed for too long, or its host is too slow
    std::vector<Owed> items;    // the oldest; none: nothing is to be sent now
    Duration timeout{};
  };
  // The turn of the first URL, which must be due by now. Where there are items, the URL waits until they are
  // answered, or nothing of them is sent.
  Turn next_turn(const Moment& now);

  struct Answer {
    bool taken;
    Duration took;
  };
  // What came of the items of a turn. Where they were not taken, `back` are owed again, in order, and tried
  // again later; those that had their last try are given back.
  std::vector<Owed> answered(const std::string& url, const Answer& answer, std::vector<Owed> back,
                             const Moment& now, std::uint64_t random);
  // The items of a turn could not leave, which is no fault of the URL's: they are owed again, in order, and
  // tried again soon.
  void put_back(const std::string& url, std::vector<Owed> items, const Moment& now);
  // None of the turn's items was owed any more.
  void nothing_sent(const std::string& url, const Moment& now);

  // How many URLs are owed anything, and of how many hosts is remembered how they are.
  std::size_t urls() const { return urls_.size(); }
  std::size_t hosts() const { return hosts_.size(); }

 private:
  struct Queue {
    std::deque<Owed> waiting;  // in the order in which they came
    bool under_way = false;
    int failures = 0;
    Time try_at{};
    Time due = presence::kNever;  // its place in due_
  };
  using Entry = absl::btree_map<std::string, Queue>::value_type;

  void settle(const std::string& url, Queue& queue, const Moment& now);
  webhook::HostHealth& health_of(std::string_view url, const Moment& now);

  absl::btree_map<std::string, Queue> urls_;  // with something that waits, or is under way
  absl::btree_set<std::pair<Time, std::string>> due_;
  absl::btree_map<std::string, std::pair<webhook::HostHealth, SteadyTime>> hosts_;  // and when last asked for
  std::size_t hosts_sweep_at_ = kHostsKept;
};

}  // namespace porchlight::notify
