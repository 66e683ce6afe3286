// What a loop counts for metrics. Changed on its thread only, read on any: nothing is shared between loops while they
// serve.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/counter.h"
#include "http/message.h"

namespace porchlight::http {

// Statuses of one route that are counted each by itself. Further ones are counted together: what a route answers is a
// few, and this bounds the metrics whatever clients do.
inline constexpr std::size_t kStatusesMax = 7;

// Why something of a client was turned away before a handler saw it.
enum class RejectReason : std::uint8_t {
  kTls,          // a handshake failed
  kParse,        // not HTTP, or not as we read it
  kHeaderLimit,  // a target or fields beyond a limit
  kBodyLimit,
  kSlow,       // a request or a reader beyond its time
  kStrangers,  // too many of one address that have not authenticated
  kOverload,   // no room for another connection
};
inline constexpr std::size_t kRejections = 7;

// The rejection that a refused request counts as.
RejectReason rejection_of(int status);

// The responses of one route.
class RouteCounters {
 public:
  using RouteTimes = Histogram<OwnCounter, kShortTimes>;
  RouteTimes times;  // of the responses

  // Counts a response, without its time.
  void count(int status) { count_of(status).add(); }
  // Calls `visit(status, count)` for each status that was answered; 0: those beyond kStatusesMax.
  template <typename Visit>
  void each_status(Visit visit) const {
    for (const StatusCounter& counter : statuses_) {
      const int status = counter.status.load(std::memory_order_acquire);
      if (status == 0) break;
      visit(status, counter.count.value());
    }
    if (further_.value() != 0) visit(0, further_.value());
  }

 private:
  struct StatusCounter {
    std::atomic<int> status{0};  // 0: not used yet
    OwnCounter count;
  };

  OwnCounter& count_of(int status) {
    // Most responses of a route have its first status.
    if (statuses_[0].status.load(std::memory_order_relaxed) == status) return statuses_[0].count;
    for (StatusCounter& counter : statuses_) {
      const int known = counter.status.load(std::memory_order_relaxed);
      if (known == status) return counter.count;
      if (known != 0) continue;
      counter.status.store(status, std::memory_order_release);
      return counter.count;
    }
    return further_;
  }

  std::array<StatusCounter, kStatusesMax> statuses_;
  OwnCounter further_;
};

struct LoopCounters {
  std::array<RouteCounters, kRoutesMax> routes;  // by Response::route
  // By ListenerKind: open connections, and requests whose response comes later.
  std::array<OwnCounter, kListenerKinds> connections, active_requests;
  OwnCounter stream_chunks;                      // pushed to clients
  std::array<OwnCounter, kRejections> rejected;  // by RejectReason
  RouteCounters::RouteTimes turn_times;          // of the iterations, without the wait for events

  void reject(RejectReason why) { rejected[static_cast<std::size_t>(why)].add(); }
};

// A request whose response comes later is active while this lives.
class ActiveRequest {
 public:
  ActiveRequest() = default;
  ActiveRequest(LoopCounters& counters, ListenerKind listener)
      : counter_(&counters.active_requests[static_cast<std::size_t>(listener)]) {
    counter_->add();
  }
  ActiveRequest(ActiveRequest&& other) noexcept : counter_(std::exchange(other.counter_, nullptr)) {}
  ActiveRequest& operator=(ActiveRequest&& other) noexcept {
    std::swap(counter_, other.counter_);
    return *this;
  }
  ~ActiveRequest() {
    if (counter_ != nullptr) counter_->remove();
  }

 private:
  OwnCounter* counter_ = nullptr;
};

}  // namespace porchlight::http
