// setUserPreferredPresence and clearUserPreferredPresence: the person's own choice (spec presence §5.8,
// §5.9).
#include "graph/presence/submit_command.h"
#include "graph/wire/action_body.h"
#include "graph/wire/json_body.h"

namespace porchlight::graph {

Result<Handled> set_preferred(HandlerContext& context, const Call& call) {
  const auto body = parse_action_body(context.reader, call.request.body, {.pair = true});
  if (!body) return std::unexpected(body.error());
  const auto command = [&]() -> Result<presence::Command> {
    const auto state = presence::State::find(body->availability, body->activity);
    if (!state) {
      return std::unexpected(
          command_rejected(presence::Rejection::kPairNotAllowed, body->availability, body->activity, true));
    }
    // Any life above zero will do, so nothing above it is rounded down to it.
    return presence::SetPreferred{
        .state = *state, .life = round_to_ms(body->duration, Duration::zero()), .by = call.caller->app};
  };
  return submit_command(context, call, command, {body->availability, body->activity, true});
}

Result<Handled> clear_preferred(HandlerContext& context, const Call& call) {
  if (const auto body = JsonBody::parse(context.reader, call.request.body); !body)
    return std::unexpected(body.error());
  return submit_command(context, call, [] { return presence::ClearPreferred{}; });
}

}  // namespace porchlight::graph
