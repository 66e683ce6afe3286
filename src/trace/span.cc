#include "trace/span.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/json_writer.h"

namespace porchlight::trace {
namespace {

constexpr int kStatusError = 2;

// Fills an id with random bytes that are not all zero.
template <std::size_t kBytes>
void fill(std::array<std::uint8_t, kBytes>& id, Random& random) {
  for (std::size_t at = 0; at < kBytes; at += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random.next() | 1;
    std::memcpy(id.data() + at, &bits, sizeof bits);
  }
}

void write_attribute(JsonArray& attributes, const SpanAttribute& attribute) {
  attributes.object([&](JsonObject& out) {
    out.text("key", attribute.key).object("value", [&](JsonObject& value) {
      // 64-bit numbers are strings in the JSON of protocol buffers.
      if (const auto* number = std::get_if<std::int64_t>(&attribute.value))
        value.text("intValue", std::to_string(*number));
      else
        value.text("stringValue", std::get<std::string>(attribute.value));
    });
  });
}

std::string nanoseconds(EndedSpan::Nanoseconds time) {
  return std::to_string(time.time_since_epoch().count());
}

void write_span(JsonObject& out, const EndedSpan& span) {
  out.text("traceId", trace_id_text(span.context)).text("spanId", span_id_text(span.context));
  const bool has_parent = std::ranges::any_of(span.parent, [](std::uint8_t byte) { return byte != 0; });
  if (has_parent) out.text("parentSpanId", span_id_text({.span = span.parent}));
  out.text("name", span.name).number("kind", std::to_underlying(span.kind));
  out.text("startTimeUnixNano", nanoseconds(span.begin)).text("endTimeUnixNano", nanoseconds(span.end));
  out.array("attributes", span.attributes, write_attribute);
  if (span.has_failed) out.object("status", [](JsonObject& status) { status.number("code", kStatusError); });
}

}  // namespace

OpenSpan::OpenSpan(const std::optional<TraceContext>& parent, Random& random)
    : context_(parent.value_or(TraceContext{.flags = 1})), begin_(std::chrono::system_clock::now()) {
  if (parent)
    parent_ = parent->span;
  else
    fill(context_.trace, random);
  fill(context_.span, random);
}

EndedSpan OpenSpan::end(SpanKind kind, std::string name) const {
  return {.context = context_,
          .parent = parent_,
          .kind = kind,
          .name = std::move(name),
          .attributes = {},
          .begin = begin_,
          .end = std::max<EndedSpan::Nanoseconds>(begin_, std::chrono::system_clock::now())};
}

std::string otlp_json(std::span<const EndedSpan> spans, std::string_view version) {
  const SpanAttribute resource_attributes[] = {{"service.name", "porchlight"},
                                               {"service.version", std::string(version)}};
  return json_object([&](JsonObject& body) {
    JsonArray(body.member("resourceSpans")).object([&](JsonObject& of_resource) {
      of_resource.object("resource", [&](JsonObject& resource) {
        resource.array("attributes", resource_attributes, write_attribute);
      });
      JsonArray(of_resource.member("scopeSpans")).object([&](JsonObject& of_scope) {
        of_scope.object("scope", [](JsonObject& scope) { scope.text("name", "porchlight"); });
        of_scope.array("spans", spans, [](JsonArray& out, const EndedSpan& span) {
          out.object([&](JsonObject& object) { write_span(object, span); });
        });
      });
    });
  });
}

}  // namespace porchlight::trace
