// The order of the handlers matters: the admin socket serves only commands, health checks are for any host, because
// probes use addresses, the authority refuses other hosts in its own form, the web interface needs no token, and paths
// that none of them owns go to the Graph API, which also answers unknown paths.
#include "server/request_dispatcher.h"

#include <fmt/format.h>

#include <memory>

#include "base/logging.h"
#include "base/trace_context.h"
#include "server/request_record.h"
#include "server/route_numbers.h"

namespace porchlight::server {
namespace {

// The listener of metrics serves nothing else. The admin socket serves them as well.
bool is_for_metrics(const http::Request& request) {
  return request.listener_kind == http::ListenerKind::kMetrics ||
         (request.listener_kind == http::ListenerKind::kAdmin && MetricsHandler::owns(request));
}

}  // namespace

std::string_view readiness_fault(const Readiness& readiness) {
  if (!readiness.serving.load(std::memory_order_relaxed)) return "not ready: starting or stopping";
  if (!readiness.writer->healthy()) return "not ready: the data folder takes no writes; reads are served";
  return {};
}

bool RequestDispatcher::answer_health(const http::Request& request, http::Response& response) const {
  const bool health = request.path == "/healthz";
  if (!health && request.path != "/readyz") return false;
  response.route = number_of(OtherRoute::kHealth);
  response.add("Content-Type", "text/plain; charset=utf-8");
  response.add("Cache-Control", "no-store");
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    response.status = 405;
    response.add("Allow", "GET, HEAD");
    response.body = "only GET and HEAD\n";
    return true;
  }
  const std::string_view fault = health ? std::string_view() : readiness_fault(readiness_);
  if (!fault.empty()) response.status = 503;
  response.body.assign(fault.empty() ? "ok" : fault).append("\n");
  if (!health && request.query == "verbose") append_details(response.body);
  return true;
}

void RequestDispatcher::append_details(std::string& out) const {
  out += readiness_.writer->healthy() ? "log: takes writes\n" : "log: takes no writes\n";
  const bool is_starting = readiness_.publisher != nullptr && !readiness_.publisher->is_started();
  out.append("notifications: ").append(is_starting ? "starting" : readiness_.notifications).append("\n");
  out += readiness_.node->disk_use();
  if (const auto keys = readiness_.node->trusted_issuers().keys_known(); keys.missing != 0)
    out +=
        fmt::format("issuer keys: missing for {} of {} issuers; the log says why\n", keys.missing, keys.all);
  else
    out += "issuer keys: known\n";
  const std::shared_ptr<http::TlsContext> tls = *readiness_.tls.get();
  if (tls == nullptr) return;
  const auto validity = tls->validity(SystemClock().wall());
  out += (validity.good ? "certificate: " : "certificate: clients refuse it: ") + validity.text + '\n';
}

bool RequestDispatcher::is_signing_in(const http::Request& request) const {
  return authority_ && authority::Authority::owns(request.path);
}

// Without the authority nothing that the server issues depends on the host.
bool RequestDispatcher::refuse_host(const http::Request& request, http::Response& response) {
  if (!authority_ || authority_->serves(request.host)) return false;
  refuse(421, "The host of the request is not a name of this server. Use one, or set public_base_url.",
         response);
  return true;
}

http::Admission RequestDispatcher::admit(const http::Request& head, std::int64_t body_bytes,
                                         http::Response& response) {
  if (head.listener_kind == http::ListenerKind::kAdmin) return true;
  if (head.listener_kind == http::ListenerKind::kMetrics) return MetricsHandler::refuse(response), false;
  if (answer_health(head, response)) return false;
  if (is_signing_in(head)) {
    response.route = number_of(OtherRoute::kAuthority);
    return authority_->admit(body_bytes, response);
  }
  if (refuse_host(head, response)) return false;
  if (web_.owns(head)) return web_.admission(head);
  if (scim::owns(head.path)) {
    response.route = number_of(OtherRoute::kScim);
    return scim_.admit(head, body_bytes, response);
  }
  return graph_.admit(head, body_bytes, response);
}

http::HandleResult RequestDispatcher::dispatch(const http::Request& request, http::Response& response,
                                               const http::Exchange& exchange) {
  if (is_for_metrics(request)) {
    response.route = number_of(OtherRoute::kMetrics);
    return metrics_.handle(request, response, exchange);
  }
  if (request.listener_kind == http::ListenerKind::kAdmin) {
    if (answer_health(request, response)) return http::HandleResult::kNow;
    response.route = number_of(OtherRoute::kAdmin);
    return admin_.handle(request, response, exchange);
  }
  if (answer_health(request, response)) return http::HandleResult::kNow;
  if (is_signing_in(request)) {
    response.route = number_of(OtherRoute::kAuthority);
    return authority_->handle(request, response, exchange);
  }
  if (refuse_host(request, response)) return http::HandleResult::kNow;
  if (web_.owns(request)) {
    response.route = number_of(OtherRoute::kWeb);
    return web_.answer(request, response), http::HandleResult::kNow;
  }
  if (scim::owns(request.path)) {
    response.route = number_of(OtherRoute::kScim);
    return scim_.handle(request, response, exchange);
  }
  return graph_.handle(request, response, exchange);
}

http::HandleResult RequestDispatcher::handle(const http::Request& request, http::Response& response,
                                             http::Exchange exchange) {
  const bool is_logged = logs_debug() || requests_.is_on();
  if (!is_logged && spans_ == nullptr) return dispatch(request, response, exchange);
  const auto caller = parse_traceparent(request.header("traceparent"));
  trace::SpanExporter* const spans =
      spans_ != nullptr && is_sampled(caller, *spans_, random_) ? spans_ : nullptr;
  if (!is_logged && spans == nullptr) return dispatch(request, response, exchange);
  const auto record = std::make_shared<RequestRecord>(request, caller, spans, requests_, random_);
  http::Request recorded = request;
  recorded.span = record->span();
  const http::HandleResult handled =
      dispatch(recorded, response,
               exchange.observed_by([record](const http::Response& answer) { record->finish(answer); }));
  record->set_route(response.route);
  if (handled == http::HandleResult::kNow) record->finish(response);
  return handled;
}

}  // namespace porchlight::server
