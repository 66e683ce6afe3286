// setUserPreferredPresence and clearUserPreferredPresence: the person's own choice (spec presence §5.8,
// §5.9).
#include "graph/act.h"
#include "graph/bodies.h"
#include "graph/body.h"

namespace porchlight::graph {

Result<Handled> set_preferred(Tools& tools, const Call& call) {
  const auto body = parse_action(tools.reader, call.request.body, {.pair = true});
  if (!body) return std::unexpected(body.error());
  const auto command = [&]() -> Result<presence::Command> {
    const auto state = presence::State::find(body->availability, body->activity);
    if (!state) {
      return std::unexpected(
          rejected(presence::Rejection::kPairNotAllowed, body->availability, body->activity, true));
    }
    // Any life above zero will do, so nothing above it is rounded down to it.
    return presence::SetPreferred{
        .state = *state, .life = whole_ms(body->duration, Duration::zero()), .by = call.caller->app};
  };
  return act(tools, call, command, {body->availability, body->activity, true});
}

Result<Handled> clear_preferred(Tools& tools, const Call& call) {
  if (const auto body = Body::parse(tools.reader, call.request.body); !body)
    return std::unexpected(body.error());
  return act(tools, call, [] { return presence::ClearPreferred{}; });
}

}  // namespace porchlight::graph
