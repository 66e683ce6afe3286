// Whose turn it is: what waits to be posted, by host, and how much of it may be under way. Hosts take turns,
// and those that never answered, or did not the last time, have half of the room, so that they can't hold up
// the others. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "webhook/poster.h"
#include "webhook/url.h"

namespace porchlight::webhook {

// A post and whom to tell.
struct Errand {
  Url url{};
  Post post{};
  Poster::Done done{};
  bool to_answering = false;  // set by the queue: whether the host answered the last time
};

class Queue {
 public:
  struct Limits {
    std::size_t under_way = 512;  // in all, and so connections
    std::size_t under_way_per_host = 4;
    std::size_t per_host_and_second = 1000;
    std::size_t waiting_bytes = 256 * 1024 * 1024;  // of posts
  };

  explicit Queue(const Limits& limits) : limits_(limits) {}

  // Takes what `errand` holds; false, and it is left, where too much waits.
  bool push(Errand& errand);

  // The next that may begin, which then is under way. Nothing where none may.
  std::optional<Errand> next(SteadyTime now);

  // One for `origin` is no longer under way; whether the host answered it.
  void finished(const std::string& origin, bool to_answering, bool answered);

  // When a host may be posted to again that had its share of this second.
  std::optional<SteadyTime> rested_at() const;

  // All that waits, taken out.
  std::vector<Errand> take_all();

 private:
  struct Host {
    std::deque<Errand> waiting{};
    std::size_t under_way = 0;
    bool answering = false;
    bool queued = false;  // in `turns` of its lane, or resting
    SteadyTime second{};  // in which so many began
    std::size_t begun = 0;
  };
  struct Lane {
    std::deque<Host*> turns{};
    std::size_t under_way = 0;
  };

  void sweep();
  void enqueue(Host& host);
  std::optional<Errand> next_of(Lane& lane, SteadyTime now);
  Errand begin(Host& host, Lane& lane);

  const Limits limits_;
  std::map<std::string, Host> hosts_;  // by Url::origin()
  std::array<Lane, 2> lanes_;          // of hosts that do not answer, and of those that do
  std::size_t turn_ = 0;               // the lane that is asked first
  std::multimap<SteadyTime, Host*> resting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t sweep_at_ = 10'000;
};

}  // namespace porchlight::webhook
