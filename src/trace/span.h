// A span of a trace, and its form in the OpenTelemetry protocol.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/trace_context.h"

namespace porchlight::trace {

// The answer to one request, as a span of kind SERVER.
struct RequestSpan {
  using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;

  TraceContext context;                  // of this span
  std::array<std::uint8_t, 8> parent{};  // the caller's span; zero: none
  std::string method, route;             // texts of the route table, never of a client
  int status = 0;
  Nanoseconds begin, end;
};

// The body of a post of OTLP/HTTP with these spans, as JSON (ExportTraceServiceRequest of the protocol, version 1).
std::string otlp_json(std::span<const RequestSpan> spans, std::string_view version);

}  // namespace porchlight::trace
