// POST /porchlight/v1/clock: a manual clock goes forward.
#include "base/time_text.h"
#include "graph/call/authorization.h"
#include "graph/wire/action_body.h"

namespace porchlight::graph {

Result<Handled> advance_clock(HandlerContext& context, const Call& call) {
  const auto step = parse_advance(context.reader, call.request.body);
  if (!step) return std::unexpected(step.error());
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const Services& services = context.services;
  if (services.manual_clock == nullptr) {
    return std::unexpected(invalid_query(
        "clock",
        "The clock is the machine's own and cannot be advanced; start the server with --clock manual."));
  }
  services.manual_clock->advance(*step);
  services.clock_advanced();
  context.response_writer.json(call.response, call.info);
  call.response.body = R"({"now":")";
  append_date_time(call.response.body, services.clock.wall());
  call.response.body += "\"}";
  return Handled::kNow;
}

}  // namespace porchlight::graph
