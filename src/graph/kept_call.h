// A call whose answer has to wait for another thread: what is still needed of it once its request's buffer is
// gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "graph/handlers.h"

namespace porchlight::graph {

class KeptCall {
 public:
  // Copies what the request's views point to; not its body.
  explicit KeptCall(const Call& call);
  KeptCall(const KeptCall&) = delete;

  // From any thread, once: has `handler` answer the call on its loop's thread, as if it had come just now; an
  // error is answered as always.
  static void answer(Tools& tools, std::shared_ptr<KeptCall> kept,
                     std::move_only_function<Result<void>(Tools&, const Call&)> handler);

 private:
  const std::string target_;
  const std::string host_;
  const std::string id_;
  http::Request request_;
  const Fields fields_;
  Match match_;
  const identity::Caller caller_;
  const Ticket ticket_;
  const Later later_;
};

}  // namespace porchlight::graph
