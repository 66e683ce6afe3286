// A call whose answer has to wait for another thread: what is still needed of it once its request's buffer is
// gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "graph/call/handlers.h"

namespace porchlight::graph {

class SuspendedCall {
 public:
  // Copies what the request's views point to; not its body.
  explicit SuspendedCall(const Call& call);
  SuspendedCall(const SuspendedCall&) = delete;

  // From any thread, once: has `handler` answer the call on its loop's thread, as if it had come just now; an
  // error is answered as always.
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
