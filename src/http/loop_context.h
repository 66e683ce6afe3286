// State that the connections of a loop share. Only the connection at work uses the buffers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "http/compression.h"
#include "http/connection_limiter.h"
#include "http/handler.h"
#include "http/head.h"
#include "http/limits.h"
#include "http/loop_counters.h"
#include "http/stream_memory.h"
#include "http/work_share.h"

namespace porchlight::http {

// One for each loop; it outlives the connections of the loop.
struct LoopContext {
  static constexpr std::size_t kInputBytes = 32 * 1024;

  LoopContext(Loop& owner, Handler& requests, const Limits& bounds, ConnectionLimiter& connections,
              std::vector<IpRange> proxies)
      : loop(owner),
        handler(requests),
        limits(bounds),
        trusted_proxies(std::move(proxies)),
        limiter(connections),
        reader(limits) {}

  Loop& loop;
  Handler& handler;
  const Limits limits;
  const std::vector<IpRange> trusted_proxies;
  ConnectionLimiter& limiter;
  HeadReader reader;
  Response response;  // of the request at work
  std::unique_ptr<char[]> input = std::make_unique_for_overwrite<char[]>(kInputBytes);
  std::string output;  // of the connection at work; empty between two
  CodingNegotiator negotiator;
  GzipCompressor compressor;
  StreamMemory stream_memory;
  std::string standing_lines;       // the fields of every response: Date of this second, and Vary
  std::optional<IpAddress> client;  // of the request at work, if it came from a trusted proxy
  SteadyTime now{};                 // constant during a loop iteration
  std::chrono::steady_clock::time_point began{};  // of the iteration, to measure how long responses take
  LoopCounters counters;
  // The routes of the requests that came and were answered in the iteration: their time is known at its end.
  std::vector<RouteCounters*> answered;
  WorkShare turn;         // of the connection at work
  bool draining = false;  // the server is stopping
};

}  // namespace porchlight::http
