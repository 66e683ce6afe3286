// The request's views are redirected to the copies; headers and body become empty.
#include "graph/call/suspended_call.h"

namespace porchlight::graph {

SuspendedCall::SuspendedCall(const Call& call)
    : target_(call.request.target),
      host_(call.request.host),
      id_(call.match.id),
      request_(call.request),
      headers_{},
      match_(call.match),
      caller_(*call.caller),
      info_(call.info),
      deferred_(call.deferred) {
  const std::string_view target = target_;
  const std::size_t question = target.find('?');
  request_.target = target;
  request_.path = target.substr(0, question);
  request_.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  request_.host = host_;
  request_.headers = {};
  request_.fields_id = 0;
  request_.body = {};
  match_.id = id_;
}

void SuspendedCall::resume(HandlerContext& context, std::shared_ptr<SuspendedCall> suspended,
                           std::move_only_function<Result<void>(HandlerContext&, const Call&)> handler) {
  const DeferredResponse& deferred = suspended->deferred_;
  deferred.answer([&context, suspended = std::move(suspended),
                   handler = std::move(handler)](http::Response& response) mutable {
    response.authenticated = true;  // the token was verified before the call was suspended
    const Call call{suspended->request_, suspended->headers_, suspended->match_,
                    &suspended->caller_, suspended->info_,    response,
                    suspended->deferred_};
    const auto answered = handler(context, call);
    if (answered) return;
    // The error replaces what the handler has written so far.
    response.clear();
    response.authenticated = true;
    context.response_writer.fail(response, suspended->info_, answered.error(), nullptr);
  });
}

}  // namespace porchlight::graph
