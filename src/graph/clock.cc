// POST /porchlight/v1/clock: a manual clock goes forward.
#include "base/time_text.h"
#include "graph/bodies.h"
#include "graph/subject.h"

namespace porchlight::graph {

Result<Handled> advance_clock(Tools& tools, const Call& call) {
  const auto step = parse_advance(tools.reader, call.request.body);
  if (!step) return std::unexpected(step.error());
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const Shared& shared = tools.shared;
  if (shared.manual_clock == nullptr) {
    return std::unexpected(query_refused(
        "clock",
        "The clock is the machine's own and cannot be advanced; start the server with --clock manual."));
  }
  shared.manual_clock->advance(*step);
  shared.clock_advanced();
  tools.replies.json(call.response, call.ticket);
  call.response.body = R"({"now":")";
  append_date_time(call.response.body, shared.clock.wall());
  call.response.body += "\"}";
  return Handled::kNow;
}

}  // namespace porchlight::graph
