// setPresence and clearPresence: an application's sessions (spec presence §5.6, §5.7).
#include "graph/call/session_command.h"

#include "graph/presence/submit_command.h"

namespace porchlight::graph {
namespace {

Result<presence::SessionKey> session_of(const identity::Caller& caller, std::string_view session_id) {
  if (auto fault = session_id_error(session_id))
    return std::unexpected(invalid_argument("sessionId", std::move(*fault)));
  return presence::SessionKey{caller.app, session_guid(session_id)};
}

}  // namespace

Result<presence::SetSession> session_command(const Services& services, const identity::Caller& caller,
                                             const ActionBody& body) {
  const auto key = session_of(caller, body.session_id);
  if (!key) return std::unexpected(key.error());
  const auto state = presence::State::find(body.availability, body.activity);
  if (!state) {
    return std::unexpected(
        command_rejected(presence::Rejection::kPairNotAllowed, body.availability, body.activity, false));
  }
  const auto app = services.view.find_app(caller.tenant, caller.app);
  return presence::SetSession{.key = *key,
                              .state = *state,
                              .life = round_to_ms(body.duration, services.settings.policy.session_life_min),
                              .client = app && app->client,
                              .priority = app && app->priority};
}

Result<Handled> set_presence(HandlerContext& context, const Call& call) {
  const auto body = parse_action_body(context.reader, call.request.body, {.session_id = true, .pair = true});
  if (!body) return std::unexpected(body.error());
  return submit_command(
      context, call,
      [&]() -> Result<presence::Command> { return session_command(context.services, *call.caller, *body); },
      {body->availability, body->activity});
}

Result<Handled> clear_presence(HandlerContext& context, const Call& call) {
  const auto body = parse_action_body(context.reader, call.request.body, {.session_id = true});
  if (!body) return std::unexpected(body.error());
  return submit_command(context, call, [&]() -> Result<presence::Command> {
    const auto key = session_of(*call.caller, body->session_id);
    if (!key) return std::unexpected(key.error());
    return presence::ClearSession{*key};
  });
}

}  // namespace porchlight::graph
