// The W3C trace context of a request: the header `traceparent` (https://www.w3.org/TR/trace-context/).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight {

// Which trace a request belongs to, and which span of the caller it came from.
struct TraceContext {
  std::array<std::uint8_t, 16> trace{};  // not all zero
  std::array<std::uint8_t, 8> span{};    // the same
  std::uint8_t flags = 0;
  bool is_sampled() const { return (flags & 1) != 0; }
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// Parses the value of a `traceparent`. Strict: lower-case digits, no other length than the version has, no zero ids. Of
// versions after 00, the fields that 00 has are read. nullopt if it is not valid: it is then ignored.
std::optional<TraceContext> parse_traceparent(std::string_view value);

// The value with which the context is passed on, in version 00.
std::string to_traceparent(const TraceContext& context);

// The ids in hexadecimal digits, as logs and other tools show them.
std::string trace_id_text(const TraceContext& context);
std::string span_id_text(const TraceContext& context);

}  // namespace porchlight
