#include <array>
#include <map>
#include <string>

#include "server/metrics_page.h"
#include "server/route_numbers.h"

namespace porchlight::server {
namespace {

using metrics::HistogramSum;
using metrics::kSecondsPerNanosecond;

constexpr std::array<std::string_view, http::kListenerKinds> kDoors = {"http", "https", "admin", "metrics"};
constexpr std::array<std::string_view, http::kRejections> kReasons = {
    "tls", "parse", "header_limit", "body_limit", "slow", "strangers", "overload"};

// The sum of a counter over all loops.
template <typename Sources, typename Counter>
double sum(const Sources& sources, Counter counter) {
  std::uint64_t total = 0;
  for (const auto* source : sources) total += counter(*source).value();
  return static_cast<double>(total);
}

void add_durations(metrics::Exposition& page, const LoopSources& loops) {
  page.histogram("http_server_request_duration_seconds",
                 "Time from a complete request until its response is written.");
  for (std::size_t number = 0; number < route_numbers_end(); ++number) {
    HistogramSum times(kShortTimes, kSecondsPerNanosecond);
    for (const http::LoopCounters* loop : loops) times.add(loop->routes[number].times);
    if (times.empty()) continue;
    const RouteName name = route_name(static_cast<std::uint8_t>(number));
    page.sample({{"http_route", name.route}, {"http_request_method", name.method}}, times);
  }
}

void add_responses(metrics::Exposition& page, const LoopSources& loops) {
  page.counter("http_server_responses_total", "Responses by status.");
  for (std::size_t number = 0; number < route_numbers_end(); ++number) {
    const RouteName name = route_name(static_cast<std::uint8_t>(number));
    for (const auto& [status, count] : statuses(loops, number))
      page.sample({{"http_route", name.route},
                   {"http_request_method", name.method},
                   {"http_response_status_code", status == 0 ? "_OTHER" : std::to_string(status)}},
                  static_cast<double>(count));
  }
}

void add_connections(metrics::Exposition& page, const LoopSources& loops) {
  page.gauge("porchlight_connections", "Open connections.");
  for (std::size_t door = 0; door < kDoors.size(); ++door)
    page.sample({{"door", kDoors[door]}},
                sum(
                    loops, [&](const http::LoopCounters& loop) -> auto& { return loop.connections[door]; }));
  page.gauge("http_server_active_requests", "Requests whose response comes from another thread.");
  for (std::size_t door = 0; door < kDoors.size(); ++door)
    page.sample({{"door", kDoors[door]}}, sum(
                                              loops, [&](const http::LoopCounters& loop) -> auto& {
                                                return loop.active_requests[door];
                                              }));
  page.counter("porchlight_http_rejected_total",
               "Connections and requests that no handler saw, and readers that were too slow.");
  for (std::size_t reason = 0; reason < kReasons.size(); ++reason)
    page.sample({{"reason", kReasons[reason]}},
                sum(
                    loops, [&](const http::LoopCounters& loop) -> auto& { return loop.rejected[reason]; }));
}

}  // namespace

std::map<int, std::uint64_t> statuses(const LoopSources& loops, std::size_t route) {
  std::map<int, std::uint64_t> counts;
  for (const http::LoopCounters* loop : loops)
    loop->routes[route].each_status([&](int status, std::uint64_t count) { counts[status] += count; });
  return counts;
}

void add_http(metrics::Exposition& page, const LoopSources& loops) {
  add_durations(page, loops);
  add_responses(page, loops);
  add_connections(page, loops);
  page.counter("porchlight_stream_events_total", "Pages of events that were pushed to streams.",
               sum(
                   loops, [](const http::LoopCounters& loop) -> auto& { return loop.stream_chunks; }));
  HistogramSum turns(kShortTimes, kSecondsPerNanosecond);
  for (const http::LoopCounters* loop : loops) turns.add(loop->turn_times);
  page.histogram("porchlight_loop_turn_seconds",
                 "Time of an iteration of a loop, without the wait for events.");
  page.sample({}, turns);
  page.counter("porchlight_loop_busy_seconds_total", "Time that a loop was not waiting for events.");
  for (std::size_t i = 0; i < loops.size(); ++i)
    page.sample({{"loop", std::to_string(i)}},
                static_cast<double>(loops[i]->turn_times.sum()) * kSecondsPerNanosecond);
}

void add_gate(metrics::Exposition& page, const GateSources& gates) {
  using graph::GateCounters;
  constexpr std::array<std::string_view, identity::kTokenFaults> kFaults = {
      "empty",       "malformed",    "expired",        "not_yet", "bad_signature",
      "unknown_key", "bad_audience", "unknown_issuer", "revoked"};
  constexpr std::array<std::string_view, throttle::kRequestKinds> kBudgets = {"read", "presence", "graph"};
  page.counter("porchlight_auth_total", "Tokens of requests, by the result of their check.");
  const auto add = [&](std::string_view result, auto counter) {
    page.sample({{"result", result}}, sum(gates, counter));
  };
  add(
      "cache", [](const GateCounters& gate) -> auto& { return gate.cached; });
  add(
      "verified", [](const GateCounters& gate) -> auto& { return gate.verified; });
  add(
      "ticket", [](const GateCounters& gate) -> auto& { return gate.ticket; });
  add(
      "missing", [](const GateCounters& gate) -> auto& { return gate.missing; });
  add(
      "other_cloud", [](const GateCounters& gate) -> auto& { return gate.bad_cloud; });
  for (std::size_t i = 0; i < kFaults.size(); ++i)
    add(
        kFaults[i], [i](const GateCounters& gate) -> auto& { return gate.faults[i]; });
  page.counter("porchlight_throttled_total",
               "Requests that were answered with 429, by the budget that was used up.");
  for (std::size_t i = 0; i < kBudgets.size(); ++i)
    page.sample({{"budget", kBudgets[i]}},
                sum(
                    gates, [i](const GateCounters& gate) -> auto& { return gate.throttled[i]; }));
  page.sample({{"budget", "bad_tokens"}},
              sum(
                  gates, [](const GateCounters& gate) -> auto& { return gate.bad_tokens; }));
}

}  // namespace porchlight::server
