#include "server/request_record.h"

#include <utility>

#include "base/logging.h"
#include "server/route_numbers.h"

namespace porchlight::server {
namespace {

// The value of the response's request-id header, as the graph module wrote it; empty without one.
std::string_view request_id(std::string_view lines) {
  constexpr std::string_view kName = "request-id: ";
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t end = std::min(lines.find("\r\n", at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    if (line.starts_with(kName)) return line.substr(kName.size());
    at = end + 2;
  }
  return {};
}

std::string id_text(const Guid& id) { return id.is_nil() ? std::string() : to_string(id); }

}  // namespace

bool is_sampled(const std::optional<TraceContext>& caller, const trace::SpanExporter& spans, Random& random) {
  if (caller) return caller->is_sampled();
  return random.next() % 100 < spans.percent();
}

RequestRecord::RequestRecord(const http::Request& request, std::optional<TraceContext> caller,
                             trace::SpanExporter* spans, RequestLog& requests, Random& random)
    : method_(http::method_name(request.method)),
      path_(request.path),
      client_(request.client_text()),
      caller_(caller),
      spans_(spans),
      requests_(requests) {
  if (spans_ != nullptr) span_.emplace(caller_, random);
}

void RequestRecord::finish(const http::Response& answer) const {
  if (logs_debug()) log(answer);
  if (requests_.is_on())
    requests_.add({.at = {},
                   .method = method_,
                   .route = route_,
                   .status = answer.status,
                   .took = took(),
                   .tenant = answer.caller.tenant,
                   .app = answer.caller.app,
                   .id = std::string(request_id(answer.lines()))});
  if (!span_) return;
  RouteName name = route_name(route_);
  const std::string method(name.method);
  trace::EndedSpan span = span_->end(trace::SpanKind::kServer, method + ' ' + name.route);
  span.attributes = {{"http.request.method", method},
                     {"http.route", std::move(name.route)},
                     {"http.response.status_code", answer.status}};
  span.has_failed = answer.status >= 500;
  spans_->add(std::move(span));
}

std::chrono::microseconds RequestRecord::took() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin_);
}

void RequestRecord::log(const http::Response& answer) const {
  log_debug("request", {{"method", method_},
                        {"path", path_},
                        {"status", answer.status},
                        {"took_us", took().count()},
                        {"client", client_},
                        {"tenant", id_text(answer.caller.tenant)},
                        {"app", id_text(answer.caller.app)},
                        {"user", id_text(answer.caller.user)},
                        {"request_id", request_id(answer.lines())},
                        {"trace_id", caller_ ? trace_id_text(*caller_) : std::string()},
                        {"parent_span_id", caller_ ? span_id_text(*caller_) : std::string()}});
}

}  // namespace porchlight::server
