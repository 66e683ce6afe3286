// The queue of posts by host. Limits how many are in flight, in all and for each host. Hosts take turns;
// those that never answered, or did not answer the last post, get at most half of the places, so that they
// cannot delay the others. Pure.
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

// A post and its callback.
struct DeliveryTask {
  Url url{};
  Post post{};
  WebhookClient::ReplyCallback done{};
  bool is_responsive = false;  // set by the queue: whether the host answered its last post
};

// Not thread-safe.
class PostQueue {
 public:
  struct QueueLimits {
    std::size_t in_flight = 512;                    // posts in all, and so connections
    std::size_t in_flight_per_host = 4;             // posts to one host
    std::size_t per_host_and_second = 1000;         // posts to one host that start in a second
    std::size_t waiting_bytes = 256 * 1024 * 1024;  // memory of the posts that wait
    friend bool operator==(const QueueLimits&, const QueueLimits&) = default;
  };

  explicit PostQueue(const QueueLimits& limits) : limits_(limits) {}

  // Moves from `task` and queues it. Returns false and leaves `task` unchanged if QueueLimits::waiting_bytes
  // would be exceeded.
  bool push(DeliveryTask& task);

  // The next task that may start; it is in flight until finished(). Returns nullopt if none may.
  std::optional<DeliveryTask> next(SteadyTime now);

  // Ends a task to `origin` (Url::origin()). `is_responsive` is the task's own field; `answered` is whether
  // the host replied.
  void finished(const std::string& origin, bool is_responsive, bool answered);

  // When the first host that used up its share of a second may be posted to again. Returns nullopt if no
  // host waits for that.
  std::optional<SteadyTime> throttled_until() const;

  // Removes all waiting tasks and returns them.
  std::vector<DeliveryTask> take_all();

 private:
  // The tasks of one origin.
  struct Host {
    std::deque<DeliveryTask> waiting{};
    std::size_t in_flight = 0;
    bool responsive = false;  // answered its last post
    bool queued = false;      // in `ready` of its class, or in throttled_
    SteadyTime second{};      // when the second began that `begun` counts
    std::size_t begun = 0;
  };
  // The responsive hosts, or the others.
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
  std::array<HostClass, 2> classes_;   // [0] hosts that did not answer their last post, [1] hosts that did
  std::size_t next_class_ = 0;         // the class of the last attempt
  std::multimap<SteadyTime, Host*> throttled_;  // by when the host may start again
  std::size_t waiting_bytes_ = 0;
  std::size_t sweep_at_ = 10'000;
};

}  // namespace porchlight::webhook
