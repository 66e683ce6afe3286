#include "http/request_call.h"

#include <algorithm>

namespace porchlight::http {
namespace {

// An exception costs one request, not the loop.
template <typename Call>
void guarded(Response& response, Call call) {
  try {
    call();
  } catch (...) {
    response.clear();
    response.status = 500;
    response.close = true;
  }
}

}  // namespace

Admission ask_admission(LoopContext& context, const Head& head) {
  Response& response = context.response;
  Admission admission = false;
  guarded(response, [&] { admission = context.handler.admit(head.request, head.body_bytes, response); });
  return admission;
}

HandleResult call_handler(LoopContext& context, const Request& request, const Exchange& exchange) {
  HandleResult handled = HandleResult::kNow;
  guarded(context.response, [&] { handled = context.handler.handle(request, context.response, exchange); });
  context.turn.add(kWorkOfRequest + request.body.size() + context.response.body.size());
  return handled;
}

void call_refuse(LoopContext& context, const RequestError& error) {
  Response& response = context.response;
  response.clear();
  response.status = error.status;
  context.counters.reject(rejection_of(error.status));
  guarded(response, [&] { context.handler.refuse(error.status, error.reason, response); });
}

void call_fill(LoopContext& context, std::move_only_function<void(Response&)>& fill) {
  context.response.clear();
  guarded(context.response, [&] { fill(context.response); });
  context.turn.add(kWorkOfRequest + context.response.body.size());
}

void count_later(LoopContext& context, const LaterResponse& later) {
  RouteCounters& route = context.counters.routes[later.route];
  route.count(context.response.status);
  route.times.add(std::chrono::steady_clock::now() - later.began);
}

std::size_t admitted_bytes(const Limits& limits, const Admission& admission) {
  const std::size_t most = std::max(limits.body_bytes, limits.admitted_body_bytes);
  return admission.body_bytes == 0 ? limits.body_bytes : std::min(admission.body_bytes, most);
}

ContentCoding accepted_coding(LoopContext& context, const Head& head) {
  if (head.accept_encodings == 0) return ContentCoding::kIdentity;
  return head.accept_encodings == 1 ? context.negotiator.coding(head.accept_encoding)
                                    : negotiate_coding(head.request.headers);
}

void compress_response(LoopContext& context, ContentCoding coding) {
  Response& response = context.response;
  if (response.compressible && is_compressed(coding, response.body.size()))
    context.compressor.compress(response);
}

void Hold::begin(SteadyTime until, std::move_only_function<void()> on_abandoned) {
  claim_ = std::make_unique<Claim>(until, std::move(on_abandoned));
}

void Hold::cancel() {
  if (const auto claim = std::exchange(claim_, nullptr)) claim->on_abandoned();
}

}  // namespace porchlight::http
