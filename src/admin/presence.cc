// Administrative commands on the presence of users: what the users themselves and their applications can set, an
// administrator can set and clear for them.
#include <future>

#include "admin/commands.h"
#include "base/text.h"
#include "base/time_text.h"
#include "graph/call/services.h"
#include "graph/wire/action_body.h"
#include "graph/wire/characters.h"
#include "graph/wire/error.h"
#include "presence/rules.h"

namespace porchlight::admin {
namespace {

// The longest life of what a command sets.
constexpr std::chrono::days kPresenceLifeMax{366};

// A pair as the command names it.
struct NamedPair {
  std::string availability, activity;
};

// Why the rules or the log did not take a write.
AdminError outcome_error(const state::Outcome& outcome, const NamedPair& pair, bool is_preferred) {
  const auto* rejection = std::get_if<presence::Rejection>(&outcome.error());
  if (rejection == nullptr) return unavailable(write_error_text(outcome));
  const graph::Error error =
      graph::command_rejected(*rejection, pair.availability, pair.activity, is_preferred);
  const std::string text(error.message.text());
  return error.status == 404 ? not_found(text) : AdminError(text);
}

// Writes to the presence of the user and waits until that is durable and visible.
Checked<void> write(node::Node& node, const state::UserKey& key, const presence::Command& command,
                    const NamedPair& pair = {}) {
  const auto done = std::make_shared<std::promise<state::Outcome>>();
  auto outcome = done->get_future();
  node.writer().submit(key, secure_random_guid(), command, node.clock().wall(),
                       [done](const state::Outcome& result) { done->set_value(result); });
  const state::Outcome result = outcome.get();
  if (result) return {};
  return std::unexpected(
      outcome_error(result, pair, std::holds_alternative<presence::SetPreferred>(command)));
}

// Writes what `make(user's key)` returns, a command or an error, for the user that the arguments name.
template <typename Make>
AdminResult change_presence(node::Node& node, CommandArgs& args, Make make) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  const state::UserKey key{tenant.id, user.id};
  const NamedPair pair{args.text("availability").value_or(""), args.text("activity").value_or("")};
  const Checked<presence::Command> command = make(key, pair);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!command) return std::unexpected(command.error());
  if (auto written = write(node, key, *command, pair); !written) return std::unexpected(written.error());
  return to_json(tenant, user);
}

Checked<presence::State> find_state(const NamedPair& pair, bool is_preferred) {
  const auto state = presence::State::find(pair.availability, pair.activity);
  if (state) return *state;
  const graph::Error error = graph::command_rejected(presence::Rejection::kPairNotAllowed, pair.availability,
                                                     pair.activity, is_preferred);
  return std::unexpected(std::string(error.message.text()));
}

// The life that the command gives; nullopt if it gives none.
Checked<std::optional<Duration>> read_optional_life(CommandArgs& args) {
  if (!args.has_any({"expires_ms"})) return std::nullopt;
  const auto life = read_life(args, Duration{}, kPresenceLifeMax);
  if (!life) return std::unexpected(life.error());
  return *life;
}

// The session that members `app` and `session` name. A sessionId that is no GUID names the session that Graph's does.
Checked<presence::SessionKey> read_session(const node::Node& node, const Guid& tenant, CommandArgs& args) {
  const auto which = args.text("app"), session = args.text("session");
  if (!which || !session) return std::unexpected("say which application and which session");
  const auto id = graph::session_guid(*session);
  if (!id) return std::unexpected(id.error());
  if (const auto app = parse_guid(*which)) return presence::SessionKey{*app, *id};
  const auto found = node.view().find_tenant(tenant);
  if (!found) return std::unexpected(not_found("the tenant is gone"));
  const auto app = find_app(node, *found, *which);
  if (!app) return std::unexpected(app.error());
  return presence::SessionKey{app->id, *id};
}

}  // namespace

AdminResult set_preferred_presence(node::Node& node, CommandArgs& args) {
  return change_presence(node, args,
                         [&](const state::UserKey&, const NamedPair& pair) -> Checked<presence::Command> {
                           const auto state = find_state(pair, true);
                           if (!state) return std::unexpected(state.error());
                           const auto life = read_optional_life(args);
                           if (!life) return std::unexpected(life.error());
                           return presence::SetPreferred{.state = *state, .life = *life, .by = args.by};
                         });
}

AdminResult clear_preferred_presence(node::Node& node, CommandArgs& args) {
  return change_presence(node, args,
                         [](const state::UserKey&, const NamedPair&) -> Checked<presence::Command> {
                           return presence::ClearPreferred{};
                         });
}

AdminResult set_status_message(node::Node& node, CommandArgs& args) {
  return change_presence(
      node, args, [&](const state::UserKey&, const NamedPair&) -> Checked<presence::Command> {
        const std::string text = args.text("message").value_or("");
        const auto life = read_optional_life(args);
        if (!life) return std::unexpected(life.error());
        if (trimmed(text).empty()) return std::unexpected("say the message");
        if (graph::count_characters(text) > graph::GraphSettings{}.message_chars_max)
          return std::unexpected("the message is too long");
        if (graph::has_control_characters(text))
          return std::unexpected("the message holds control characters");
        presence::SetMessage set{.text = text, .by = args.by};
        if (*life) {
          set.expires_at = node.clock().wall() + **life;
          append_local_date_time(set.expiry_text, {LocalTime(set.expires_at.time_since_epoch())});
          set.expiry_zone = "UTC";
        }
        return set;
      });
}

AdminResult clear_status_message(node::Node& node, CommandArgs& args) {
  return change_presence(node, args,
                         [](const state::UserKey&, const NamedPair&) -> Checked<presence::Command> {
                           return presence::ClearMessage{};
                         });
}

AdminResult set_user_session(node::Node& node, CommandArgs& args) {
  return change_presence(node, args,
                         [&](const state::UserKey& key, const NamedPair& pair) -> Checked<presence::Command> {
                           const auto session = read_session(node, key.tenant, args);
                           if (!session) return std::unexpected(session.error());
                           const auto state = find_state(pair, false);
                           if (!state) return std::unexpected(state.error());
                           const auto life = read_optional_life(args);
                           if (!life) return std::unexpected(life.error());
                           const auto flags = node.view().session_flags(key.tenant, session->app);
                           return presence::SetSession{.key = *session,
                                                       .state = *state,
                                                       .life = *life,
                                                       .client = flags.client,
                                                       .priority = flags.priority};
                         });
}

AdminResult clear_user_session(node::Node& node, CommandArgs& args) {
  return change_presence(node, args,
                         [&](const state::UserKey& key, const NamedPair&) -> Checked<presence::Command> {
                           const auto session = read_session(node, key.tenant, args);
                           if (!session) return std::unexpected(session.error());
                           return presence::ClearSession{*session};
                         });
}

AdminResult end_user_streams(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  node.end_streams(tenant.id, user.id);
  return to_json(tenant, user);
}

AdminResult list_user_sessions(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto stored = node.view().copy({both->first.id, both->second.id});
  const Time now = node.clock().wall();
  std::vector<presence::Session> alive;
  if (stored) {
    for (const presence::Session& session : stored->record.sessions)
      if (session.expires_at() > now) alive.push_back(session);
  }
  return json_list(alive, [](const presence::Session& session) {
    return json_object([&](JsonObject& out) {
      out.text("id", to_string(session.key.session)).text("applicationId", to_string(session.key.app));
      out.text("availability", session.state.availability()).text("activity", session.state.activity());
      if (session.expires_at() == presence::kNever)
        out.null("expires");
      else
        out.text("expires", date_time_text(session.expires_at()));
    });
  });
}

}  // namespace porchlight::admin
