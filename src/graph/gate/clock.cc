// POST /porchlight/v1/clock: advances a manual clock (ours).
#include "base/json_writer.h"
#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/wire/action_body.h"

namespace porchlight::graph {

namespace {

Result<Duration> parse_advance_clock(HandlerContext& context, const Call& call) {
  return parse_advance(context.reader, call.request.body);
}

Result<Handled> run_advance_clock(HandlerContext& context, const Call& call, const Duration& step) {
  const Services& services = context.services;
  if (services.manual_clock == nullptr) {
    return std::unexpected(invalid_query(
        "clock",
        "The clock is the machine's own and cannot be advanced; start the server with --clock manual."));
  }
  services.manual_clock->advance(step);
  services.clock_advanced();
  context.response_writer.json(call.response, call.info);
  std::string now;
  append_date_time(now, services.clock.wall());
  JsonObject(call.response.body).text("now", now);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation advance_clock = operation<parse_advance_clock, run_advance_clock>();

}  // namespace porchlight::graph
