#include "graph/kept_call.h"

namespace porchlight::graph {

KeptCall::KeptCall(const Call& call)
    : target_(call.request.target),
      host_(call.request.host),
      id_(call.match.id),
      request_(call.request),
      fields_{},
      match_(call.match),
      caller_(*call.caller),
      ticket_(call.ticket),
      later_(call.later) {
  const std::string_view target = target_;
  const std::size_t question = target.find('?');
  request_.target = target;
  request_.path = target.substr(0, question);
  request_.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  request_.host = host_;
  request_.headers = {};
  request_.body = {};
  request_.peer = {};
  match_.id = id_;
}

void KeptCall::answer(Tools& tools, std::shared_ptr<KeptCall> kept,
                      std::move_only_function<Result<void>(Tools&, const Call&)> handler) {
  const Later& later = kept->later_;
  later.answer(
      [&tools, kept = std::move(kept), handler = std::move(handler)](http::Response& response) mutable {
        response.authenticated = true;
        const Call call{kept->request_, kept->fields_, kept->match_, &kept->caller_,
                        kept->ticket_,  response,      kept->later_};
        const auto answered = handler(tools, call);
        if (answered) return;
        response.clear();
        response.authenticated = true;
        tools.replies.fail(response, kept->ticket_, answered.error(), nullptr);
      });
}

}  // namespace porchlight::graph
