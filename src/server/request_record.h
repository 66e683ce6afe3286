// What is kept of a request until it is answered, for its line in the log, administrators who look, and its span.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/trace_context.h"
#include "http/message.h"
#include "server/request_log.h"
#include "trace/exporter.h"

namespace porchlight::server {

// On the thread of its loop.
class RequestRecord {
 public:
  // `spans`: null if the request is not sampled. Lives as long as the record.
  RequestRecord(const http::Request& request, std::optional<TraceContext> caller, trace::SpanExporter* spans,
                RequestLog& requests, Random& random);

  // The context of the request's span; null if it is not sampled. Lives as long as the record.
  const TraceContext* span() const { return span_ ? &span_->context() : nullptr; }
  // The route that the handler has found (http::Response::route).
  void set_route(std::uint8_t route) { route_ = route; }
  // The answer is complete: writes the line, if the log has that level, records the request, if an administrator looks,
  // and passes the span on.
  void finish(const http::Response& answer) const;

 private:
  std::chrono::microseconds took() const;
  void log(const http::Response& answer) const;

  const std::string_view method_;
  const std::string path_, client_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  const std::optional<TraceContext> caller_;
  trace::SpanExporter* const spans_;
  RequestLog& requests_;
  std::optional<trace::OpenSpan> span_;  // if the request is sampled
  std::uint8_t route_ = 0;
};

// Whether the request is to be exported: as its caller decided, else by the exporter's share.
bool is_sampled(const std::optional<TraceContext>& caller, const trace::SpanExporter& spans, Random& random);

}  // namespace porchlight::server
