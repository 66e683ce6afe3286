#include "base/trace_context.h"

#include <algorithm>
#include <span>

namespace porchlight {
namespace {

// "00-" trace "-" span "-" flags.
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kSpanAt = 36;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kLength = 55;

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

// Reads two digits for each byte. Returns false if one is not a lower-case hexadecimal digit.
bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto high = digit(text[2 * i]);
    const auto low = digit(text[2 * i + 1]);
    if (!high || !low) return false;
    out[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return true;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) out.append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
}

bool is_zero(std::span<const std::uint8_t> id) {
  return std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view value) {
  if (value.size() < kLength) return std::nullopt;
  for (const std::size_t dash : {kTraceAt - 1, kSpanAt - 1, kFlagsAt - 1})
    if (value[dash] != '-') return std::nullopt;
  TraceContext context;
  std::uint8_t version = 0;
  if (!read_hex(value, {&version, 1}) || !read_hex(value.substr(kTraceAt), context.trace) ||
      !read_hex(value.substr(kSpanAt), context.span) ||
      !read_hex(value.substr(kFlagsAt), {&context.flags, 1}))
    return std::nullopt;
  if (version == 0xFF || is_zero(context.trace) || is_zero(context.span)) return std::nullopt;
  if (value.size() > kLength && (version == 0 || value[kLength] != '-')) return std::nullopt;
  return context;
}

std::string to_traceparent(const TraceContext& context) {
  std::string text = "00-";
  append_hex(text, context.trace);
  text += '-';
  append_hex(text, context.span);
  text += '-';
  append_hex(text, {&context.flags, 1});
  return text;
}

std::string trace_id_text(const TraceContext& context) {
  std::string text;
  append_hex(text, context.trace);
  return text;
}

std::string span_id_text(const TraceContext& context) {
  std::string text;
  append_hex(text, context.span);
  return text;
}

}  // namespace porchlight
