// A call that waits for another thread: a copy of what is needed after the request's buffers are gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// Immutable. Shared by the task that computes the answer and the loop that writes it.
class SuspendedCall {
 public:
  // Copies the target, host, id and caller. Not the headers and the body.
  explicit SuspendedCall(const Call& call);
  SuspendedCall(const SuspendedCall&) = delete;

  // Runs `handler` on the thread of the call's loop and sends the response that it writes, or the error that it
  // returns. Called once, from any thread. `context` is the one that the call was made with.
  static void resume(HandlerContext& context, std::shared_ptr<SuspendedCall> suspended,
                     std::move_only_function<Result<void>(HandlerContext&, const Call&)> handler);

 private:
  const std::string target_;
  const std::string host_;
  const std::string id_;
  http::Request request_;
  const RequestHeaders headers_;
  RouteMatch match_;
  const identity::Caller caller_;
  const RequestInfo info_;
  const DeferredResponse deferred_;
};

}  // namespace porchlight::graph
