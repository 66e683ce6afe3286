// Spans of a trace, and their form in the OpenTelemetry protocol.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/trace_context.h"

namespace porchlight::trace {

// The side of a call that a span is on, with the numbers of the protocol (SpanKind). kInternal: a part of another span.
enum class SpanKind : std::uint8_t { kInternal = 1, kServer = 2, kClient = 3 };

// A fact about a span, by its name in OpenTelemetry's conventions.
struct SpanAttribute {
  std::string_view key;  // a literal
  std::variant<std::string, std::int64_t> value;
};

// A span that has ended.
struct EndedSpan {
  using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;

  TraceContext context;                  // of this span
  std::array<std::uint8_t, 8> parent{};  // the span that caused it; zero: none
  SpanKind kind = SpanKind::kInternal;
  std::string name;  // of a fixed list or the route table, never of a client
  std::vector<SpanAttribute> attributes;
  bool has_failed = false;
  Nanoseconds begin, end;
};

// A span that has begun. A value; any thread.
class OpenSpan {
 public:
  // Begins now, caused by the span `parent`. nullopt: as the first of a new trace, which is sampled.
  OpenSpan(const std::optional<TraceContext>& parent, Random& random);

  // The context for what this span causes in turn.
  const TraceContext& context() const { return context_; }
  // The span as if it ended now. Spans that end in the order of causes have times that nest, unless the clock is set
  // back.
  EndedSpan end(SpanKind kind, std::string name) const;

 private:
  TraceContext context_;
  std::array<std::uint8_t, 8> parent_{};
  EndedSpan::Nanoseconds begin_;
};

// The body of a post of OTLP/HTTP with these spans, as JSON (ExportTraceServiceRequest of the protocol, version 1).
std::string otlp_json(std::span<const EndedSpan> spans, std::string_view version);

}  // namespace porchlight::trace
