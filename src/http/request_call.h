// What both protocols do with a request: the calls of the handler, guarded against exceptions, the compression of the
// response, the time that a handler asked for, and a streaming response.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "http/compression.h"
#include "http/handler.h"
#include "http/head.h"
#include "http/loop_context.h"
#include "http/streaming_body.h"

namespace porchlight::http {

// Each calls the handler of the loop; the response is LoopContext::response. An exception costs the request a 500.
Admission ask_admission(LoopContext& context, const Head& head);
HandleResult call_handler(LoopContext& context, const Request& request, const Exchange& exchange);
void call_refuse(LoopContext& context, const RequestError& error);
void call_fill(LoopContext& context, std::move_only_function<void(Response&)>& fill);

// What is kept of a request that is answered later, to count its response.
struct LaterResponse {
  std::uint8_t route = 0;  // Response::route
  std::chrono::steady_clock::time_point began{};
};
// Of the request that the handler has just been called for.
inline LaterResponse later_response(const LoopContext& context) {
  return {context.response.route, context.began};
}
// Counts the response of the context, with the time until now if it comes later. Most do not: their time is that of the
// iteration, which takes one look at the clock for all of them.
void count_later(LoopContext& context, const LaterResponse& later);
inline void count_response(LoopContext& context, const std::optional<LaterResponse>& later) {
  if (later) return count_later(context, *later);
  RouteCounters& route = context.counters.routes[context.response.route];
  route.count(context.response.status);
  context.answered.push_back(&route);
}

// The most bytes of a body that the handler has admitted.
std::size_t admitted_bytes(const Limits& limits, const Admission& admission);

// The coding that a request asks for; and compresses the response of the context if that is worthwhile.
ContentCoding accepted_coding(LoopContext& context, const Head& head);
void compress_response(LoopContext& context, ContentCoding coding);

// A handler's claim to a longer time for a request in flight (Exchange::hold).
class Hold {
 public:
  // Replaces the claim. `on_abandoned` is called by cancel().
  void begin(SteadyTime until, std::move_only_function<void()> on_abandoned);
  // The response is no longer wanted.
  void cancel();
  // The response has come.
  void end() { claim_.reset(); }

  bool is_held() const { return claim_ != nullptr; }
  // While is_held().
  SteadyTime until() const { return claim_->until; }

 private:
  struct Claim {
    SteadyTime until;
    std::move_only_function<void()> on_abandoned;
  };
  std::unique_ptr<Claim> claim_;
};

// A response whose body is pushed. The observer learns of its end when it is destroyed.
class StreamingResponse {
 public:
  StreamingResponse(StreamingBody body, SteadyTime now)
      : body_(std::move(body)), heartbeat_at_(now + body_.heartbeat_interval) {}
  ~StreamingResponse() { body_.observer->on_disconnected(); }
  StreamingResponse(const StreamingResponse&) = delete;
  StreamingResponse& operator=(const StreamingResponse&) = delete;

  bool is_upgraded() const { return body_.upgrade; }
  bool is_endless() const { return !body_.finite; }
  // The bytes of a heartbeat, and when the next one is due.
  std::string_view heartbeat() const { return body_.heartbeat; }
  SteadyTime heartbeat_at() const { return heartbeat_at_; }

  // Bytes were pushed: the next heartbeat is due later.
  void on_pushed(SteadyTime now) { heartbeat_at_ = now + body_.heartbeat_interval; }
  // Bytes of the peer, after an upgrade.
  void on_received(std::string_view bytes) { body_.observer->on_received(bytes); }
  // Whether pushed bytes still wait after a write.
  void on_written(bool waits) { waits ? body_.observer->on_stalled() : body_.observer->on_drained(); }

 private:
  StreamingBody body_;
  SteadyTime heartbeat_at_;
};

}  // namespace porchlight::http
