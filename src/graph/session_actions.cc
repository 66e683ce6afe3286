// setPresence and clearPresence: an application's sessions (spec presence §5.6, §5.7).
#include "graph/act.h"
#include "graph/bodies.h"

namespace porchlight::graph {
namespace {

Result<presence::SessionKey> session_of(const Call& call, std::string_view session_id) {
  if (auto fault = session_id_fault(session_id))
    return std::unexpected(invalid_argument("sessionId", std::move(*fault)));
  return presence::SessionKey{call.caller->app, session_guid(session_id)};
}

Result<presence::Command> to_command(const Tools& tools, const Call& call, const ActionBody& body) {
  const auto key = session_of(call, body.session_id);
  if (!key) return std::unexpected(key.error());
  const auto state = presence::State::find(body.availability, body.activity);
  if (!state) {
    return std::unexpected(
        rejected(presence::Rejection::kPairNotAllowed, body.availability, body.activity, false));
  }
  const auto app = tools.shared.view.find_app(call.caller->tenant, call.caller->app);
  return presence::SetSession{.key = *key,
                              .state = *state,
                              .life = whole_ms(body.duration, tools.shared.settings.policy.session_life_min),
                              .client = app && app->client,
                              .priority = app && app->priority};
}

}  // namespace

Result<Handled> set_presence(Tools& tools, const Call& call) {
  const auto body = parse_action(tools.reader, call.request.body, {.session_id = true, .pair = true});
  if (!body) return std::unexpected(body.error());
  return act(tools, call, [&] { return to_command(tools, call, *body); },
             {body->availability, body->activity});
}

Result<Handled> clear_presence(Tools& tools, const Call& call) {
  const auto body = parse_action(tools.reader, call.request.body, {.session_id = true});
  if (!body) return std::unexpected(body.error());
  return act(tools, call, [&]() -> Result<presence::Command> {
    const auto key = session_of(call, body->session_id);
    if (!key) return std::unexpected(key.error());
    return presence::ClearSession{*key};
  });
}

}  // namespace porchlight::graph
