#include "server/request_record.h"

#include <cstring>
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

// Fills an id with random bytes that are not all zero.
template <std::size_t kBytes>
void fill(std::array<std::uint8_t, kBytes>& id, Random& random) {
  for (std::size_t at = 0; at < kBytes; at += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random.next() | 1;
    std::memcpy(id.data() + at, &bits, sizeof bits);
  }
}

// A span of its own in the trace of the caller, or in a new one.
TraceContext new_span(const std::optional<TraceContext>& caller, Random& random) {
  TraceContext context = caller.value_or(TraceContext{.flags = 1});
  if (!caller) fill(context.trace, random);
  fill(context.span, random);
  return context;
}

}  // namespace

bool is_sampled(const std::optional<TraceContext>& caller, const trace::SpanExporter& spans, Random& random) {
  if (caller) return caller->is_sampled();
  return random.next() % 100 < spans.percent();
}

RequestRecord::RequestRecord(const http::Request& request, std::optional<TraceContext> caller,
                             trace::SpanExporter* spans, Random& random)
    : method_(http::method_name(request.method)),
      path_(request.path),
      client_(request.client_text()),
      caller_(caller),
      spans_(spans) {
  if (spans_ != nullptr) span_ = new_span(caller_, random);
}

void RequestRecord::finish(const http::Response& answer) const {
  if (logs_debug()) log(answer);
  if (spans_ == nullptr) return;
  const auto end = std::chrono::system_clock::now();
  const RouteName name = route_name(route_);
  spans_->add({.context = span_,
               .parent = caller_ ? caller_->span : decltype(TraceContext::span){},
               .method = std::string(name.method),
               .route = name.route,
               .status = answer.status,
               .begin = end - (std::chrono::steady_clock::now() - begin_),
               .end = end});
}

void RequestRecord::log(const http::Response& answer) const {
  const auto took = std::chrono::steady_clock::now() - begin_;
  log_debug("request", {{"method", method_},
                        {"path", path_},
                        {"status", answer.status},
                        {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
                        {"client", client_},
                        {"tenant", id_text(answer.caller.tenant)},
                        {"app", id_text(answer.caller.app)},
                        {"user", id_text(answer.caller.user)},
                        {"request_id", request_id(answer.lines())},
                        {"trace_id", caller_ ? trace_id_text(*caller_) : std::string()},
                        {"parent_span_id", caller_ ? span_id_text(*caller_) : std::string()}});
}

}  // namespace porchlight::server
