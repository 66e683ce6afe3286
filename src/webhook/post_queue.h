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
#include "webhook/url.h"
#include "webhook/webhook_client.h"

namespace porchlight::webhook {

// A post and whom to tell.
struct DeliveryTask {
  Url url{};
  Post post{};
  WebhookClient::ReplyCallback done{};
  bool is_responsive = false;  // set by the queue: whether the host answered the last time
};

class PostQueue {
 public:
  struct QueueLimits {
    std::size_t in_flight = 512;  // in all, and so connections
    std::size_t in_flight_per_host = 4;
    std::size_t per_host_and_second = 1000;
    std::size_t waiting_bytes = 256 * 1024 * 1024;  // of posts
  };

  explicit PostQueue(const QueueLimits& limits) : limits_(limits) {}

  // Takes what `errand` holds; false, and it is left, where too much waits.
  bool push(DeliveryTask& task);

  // The next that may begin, which then is under way. Nothing where none may.
  std::optional<DeliveryTask> next(SteadyTime now);

  // One for `origin` is no longer under way; whether the host answered it.
  void finished(const std::string& origin, bool is_responsive, bool answered);

  // When a host may be posted to again that had its share of this second.
  std::optional<SteadyTime> throttled_until() const;

  // All that waits, taken out.
  std::vector<DeliveryTask> take_all();

 private:
  struct Host {
    std::deque<DeliveryTask> waiting{};
    std::size_t in_flight = 0;
    bool responsive = false;
    bool queued = false;  // in `turns` of its lane, or resting
    SteadyTime second{};  // in which so many began
    std::size_t begun = 0;
  };
  struct HostClass {
    std::deque<Host*> ready{};
    std::size_t in_flight = 0;
  };

  void sweep();
  void enqueue(Host& host);
  std::optional<DeliveryTask> next_of(HostClass& host_class, SteadyTime now);
  DeliveryTask begin(Host& host, HostClass& host_class);

  const QueueLimits limits_;
  std::map<std::string, Host> hosts_;  // by Url::origin()
  std::array<HostClass, 2> classes_;   // of hosts that do not answer, and of those that do
  std::size_t next_class_ = 0;         // the lane that is asked first
  std::multimap<SteadyTime, Host*> throttled_;
  std::size_t waiting_bytes_ = 0;
  std::size_t sweep_at_ = 10'000;
};

}  // namespace porchlight::webhook
