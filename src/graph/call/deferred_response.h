// Where an answer goes that does not come at once: to the exchange of its request, or into its place in a
// $batch.
#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "http/handler.h"

namespace porchlight::graph {

using FillResponse = std::move_only_function<void(http::Response&)>;

// A value, like the exchange; answered exactly once per request that was kLater, from any thread.
class DeferredResponse {
 public:
  // Takes the answer in the exchange's stead.
  class ResponseSink {
   public:
    virtual ~ResponseSink() = default;
    virtual void answer(FillResponse fill) = 0;
  };

  DeferredResponse(http::Exchange exchange) : to_(std::move(exchange)) {}
  DeferredResponse(std::shared_ptr<ResponseSink> sink) : to_(std::move(sink)) {}

  // The exchange, unless the answer is part of a $batch.
  const http::Exchange* exchange() const { return std::get_if<http::Exchange>(&to_); }

  void answer(FillResponse fill) const {
    if (const http::Exchange* whole = exchange()) return whole->answer(std::move(fill));
    std::get<std::shared_ptr<ResponseSink>>(to_)->answer(std::move(fill));
  }

  // Has `task` run on the thread of the request's loop. Only of a request by itself, not of a step of a
  // $batch.
  void on_loop(std::move_only_function<void()> task) const {
    std::get<http::Exchange>(to_).on_loop(std::move(task));
  }

 private:
  std::variant<http::Exchange, std::shared_ptr<ResponseSink>> to_;
};

}  // namespace porchlight::graph
