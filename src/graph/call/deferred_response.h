// The response of a request that is answered later: it goes to the exchange of the request, or into the response of the
// $batch of which the request is a step.
#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "http/handler.h"

namespace porchlight::graph {

// Writes a response. Called once, on the thread of the request's loop.
using FillResponse = std::move_only_function<void(http::Response&)>;

// A copyable handle. answer() is called exactly once per request for which the operation returned kLater, from any
// thread.
class DeferredResponse {
 public:
  // Receives the answer instead of an exchange.
  class ResponseSink {
   public:
    virtual ~ResponseSink() = default;
    virtual void answer(FillResponse fill) = 0;
  };

  DeferredResponse(http::Exchange exchange) : to_(std::move(exchange)) {}
  DeferredResponse(std::shared_ptr<ResponseSink> sink) : to_(std::move(sink)) {}

  // The exchange; null for a step of a $batch.
  const http::Exchange* exchange() const { return std::get_if<http::Exchange>(&to_); }

  // Has the response written by `fill` and sent.
  void answer(FillResponse fill) const {
    if (const http::Exchange* whole = exchange()) return whole->answer(std::move(fill));
    std::get<std::shared_ptr<ResponseSink>>(to_)->answer(std::move(fill));
  }

  // Runs `task` on the thread of the request's loop. Not for a step of a $batch.
  void on_loop(std::move_only_function<void()> task) const {
    std::get<http::Exchange>(to_).on_loop(std::move(task));
  }

 private:
  std::variant<http::Exchange, std::shared_ptr<ResponseSink>> to_;
};

}  // namespace porchlight::graph
