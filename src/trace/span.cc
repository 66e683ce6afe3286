#include "trace/span.h"

#include <algorithm>

#include "base/json_writer.h"

namespace porchlight::trace {
namespace {

constexpr int kKindServer = 2;
constexpr int kStatusError = 2;

void write_text_attribute(JsonArray& attributes, std::string_view key, std::string_view text) {
  attributes.object([&](JsonObject& attribute) {
    attribute.text("key", key).object("value", [&](JsonObject& value) { value.text("stringValue", text); });
  });
}

// 64-bit numbers are strings in the JSON of protocol buffers.
std::string nanoseconds(RequestSpan::Nanoseconds time) {
  return std::to_string(time.time_since_epoch().count());
}

void write_span(JsonObject& out, const RequestSpan& span) {
  out.text("traceId", trace_id_text(span.context)).text("spanId", span_id_text(span.context));
  const bool has_parent = std::ranges::any_of(span.parent, [](std::uint8_t byte) { return byte != 0; });
  if (has_parent) out.text("parentSpanId", span_id_text({.span = span.parent}));
  out.text("name", span.method + ' ' + span.route).number("kind", kKindServer);
  out.text("startTimeUnixNano", nanoseconds(span.begin)).text("endTimeUnixNano", nanoseconds(span.end));
  {
    JsonArray attributes(out.member("attributes"));
    write_text_attribute(attributes, "http.request.method", span.method);
    write_text_attribute(attributes, "http.route", span.route);
    attributes.object([&](JsonObject& attribute) {
      attribute.text("key", "http.response.status_code").object("value", [&](JsonObject& value) {
        value.text("intValue", std::to_string(span.status));
      });
    });
  }
  if (span.status >= 500)
    out.object("status", [](JsonObject& status) { status.number("code", kStatusError); });
}

}  // namespace

std::string otlp_json(std::span<const RequestSpan> spans, std::string_view version) {
  return json_object([&](JsonObject& body) {
    JsonArray(body.member("resourceSpans")).object([&](JsonObject& of_resource) {
      of_resource.object("resource", [&](JsonObject& resource) {
        JsonArray attributes(resource.member("attributes"));
        write_text_attribute(attributes, "service.name", "porchlight");
        write_text_attribute(attributes, "service.version", version);
      });
      JsonArray(of_resource.member("scopeSpans")).object([&](JsonObject& of_scope) {
        of_scope.object("scope", [](JsonObject& scope) { scope.text("name", "porchlight"); });
        of_scope.array("spans", spans, [](JsonArray& out, const RequestSpan& span) {
          out.object([&](JsonObject& object) { write_span(object, span); });
        });
      });
    });
  });
}

}  // namespace porchlight::trace
