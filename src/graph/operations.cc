#include "graph/operations.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "graph/bodies.h"
#include "graph/query.h"
#include "presence/rules.h"

namespace porchlight::graph {
namespace {

using http::Handled;

bool is_preferred(Operation operation) {
  return operation == Operation::kSetPreferred || operation == Operation::kClearPreferred;
}

Required required_by(Operation operation) {
  switch (operation) {
    case Operation::kSetPresence:
      return {.session_id = true, .pair = true};
    case Operation::kClearPresence:
      return {.session_id = true};
    case Operation::kSetPreferred:
      return {.pair = true};
    default:
      return {};
  }
}

// Milliseconds are the core's unit; what lies between two of them counts as outside a range whose end it
// passes.
std::optional<Duration> whole_ms(std::optional<std::chrono::nanoseconds> duration) {
  if (!duration) return std::nullopt;
  const auto limit = std::chrono::nanoseconds(presence::kSessionLifeMin);
  return *duration < limit ? std::chrono::floor<Duration>(*duration) : std::chrono::ceil<Duration>(*duration);
}

}  // namespace

Operations::Operations(const Shared& shared, const Replies& replies, Random& random)
    : shared_(shared), replies_(replies), random_(random) {}

Result<Handled> Operations::run(const Call& call) {
  switch (call.match.route->operation) {
    case Operation::kGetPresence:
      return get_presence(call);
    case Operation::kListPresences:
      return list_presences(call);
    case Operation::kSetPresence:
    case Operation::kClearPresence:
    case Operation::kSetPreferred:
    case Operation::kClearPreferred:
      return act(call);
    case Operation::kAdvanceClock:
      return advance_clock(call);
    case Operation::kDiscovery:
      return discovery(call);
    case Operation::kKeys:
      return keys(call);
  }
  std::unreachable();
}

std::optional<Guid> Operations::target(const Call& call) const {
  if (call.match.route->target == Target::kMe) return call.caller->user;
  if (const auto guid = parse_guid(call.match.id)) return guid;
  if (call.match.route->target == Target::kGuid) return std::nullopt;
  return shared_.view.find_user_by_upn(call.caller->tenant, call.match.id);
}

Error Operations::nobody(const Call& call) const {
  if (call.match.route->target == Target::kGuid && !parse_guid(call.match.id)) {
    return invalid_argument("id", fmt::format("The id '{}' is not a GUID.", call.match.id));
  }
  if (call.match.route->target == Target::kMe) return user_unknown(to_string(*call.caller->user));
  return user_unknown(call.match.id);
}

void Operations::append_context(const Call& call, std::string& out, const Guid& user) const {
  out += R"("@odata.context":")";
  replies_.append_base(out, call.request);
  out += '/';
  out += call.match.version;
  if (call.match.route->target == Target::kGuid) {
    out += R"(/$metadata#communications/presences/$entity")";
    return;
  }
  out += "/$metadata#users('";
  append_guid(out, user);
  out += R"(')/presence/$entity")";
}

Result<Handled> Operations::get_presence(const Call& call) {
  if (auto query = parse_query(call.request.query, QueryKind::kNone); !query)
    return std::unexpected(query.error());
  const auto user = target(call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user) return std::unexpected(nobody(call));
  Presence presence = unknown_presence(*user);
  const bool known = shared_.view.read({call.caller->tenant, *user}, [&](const presence::Record& record) {
    presence = presence_of(*user, record, call.ticket.now);
  });
  if (!known) return std::unexpected(nobody(call));

  replies_.json(call.response, call.ticket);
  std::string& out = call.response.body;
  out += '{';
  append_context(call, out, *user);
  out += ',';
  append_presence_members(out, presence);
  if (call.match.route->target == Target::kGuid) {
    // Typed clients read the entity; readers of the documented example read value[0] (spec presence §5.3).
    out += R"(,"value":[{)";
    append_presence_members(out, presence);
    out += "}]";
  }
  out += '}';
  return Handled::kNow;
}

Result<Handled> Operations::act(const Call& call) {
  const Operation operation = call.match.route->operation;
  auto body = parse_action(reader_, call.request.body, required_by(operation));
  if (!body) return std::unexpected(std::move(body.error()));
  const auto user = target(call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user) return std::unexpected(nobody(call));
  const state::UserKey key{call.caller->tenant, *user};
  if (!shared_.view.read(key, [](const presence::Record&) {})) return std::unexpected(nobody(call));
  auto made = command(call, *body);
  if (!made) return std::unexpected(std::move(made.error()));
  submit(call, key, *body, *made);
  return Handled::kLater;
}

Result<presence::Command> Operations::command(const Call& call, const ActionBody& body) const {
  const Operation operation = call.match.route->operation;
  if (operation == Operation::kClearPreferred) return presence::ClearPreferred{};
  if (auto fault = session_id_fault(body.session_id)) {
    return std::unexpected(invalid_argument("sessionId", std::move(*fault)));
  }
  const presence::SessionKey session{call.caller->app, session_guid(body.session_id)};
  if (operation == Operation::kClearPresence) return presence::ClearSession{session};
  const auto state = presence::State::find(body.availability, body.activity);
  if (!state) {
    return std::unexpected(rejected(presence::Rejection::kPairNotAllowed, body.availability, body.activity,
                                    is_preferred(operation)));
  }
  const auto life = whole_ms(body.duration);
  if (operation == Operation::kSetPreferred) return presence::SetPreferred{*state, life};
  const auto app = shared_.view.find_app(call.caller->tenant, call.caller->app);
  return presence::SetSession{session, *state, life, app && app->client};
}

void Operations::submit(const Call& call, const state::UserKey& key, const ActionBody& body,
                        const presence::Command& command) {
  shared_.writer.submit(
      key, random_.guid(), command, call.ticket.now,
      [this, exchange = call.exchange, ticket = call.ticket, availability = body.availability,
       activity = body.activity, user = key.user,
       preferred = is_preferred(call.match.route->operation)](const state::Outcome& outcome) mutable {
        exchange.answer([this, outcome, ticket = std::move(ticket), availability = std::move(availability),
                         activity = std::move(activity), user, preferred](http::Response& response) {
          response.authenticated = true;
          if (outcome) return replies_.done(response, ticket);
          const auto* rejection = std::get_if<presence::Rejection>(&outcome.error());
          replies_.fail(response, ticket,
                        rejection ? rejected(*rejection, availability, activity, preferred)
                                  : refused(std::get<state::Refusal>(outcome.error()), to_string(user)),
                        nullptr);
        });
      });
}

Result<Handled> Operations::advance_clock(const Call& call) {
  const auto step = parse_advance(reader_, call.request.body);
  if (!step) return std::unexpected(step.error());
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  if (shared_.manual_clock == nullptr) {
    return std::unexpected(query_refused(
        "clock",
        "The clock is the machine's own and cannot be advanced; start the server with --clock manual."));
  }
  shared_.manual_clock->advance(*step);
  shared_.clock_advanced();
  replies_.json(call.response, call.ticket);
  call.response.body = R"({"now":")";
  append_date_time(call.response.body, shared_.clock.wall());
  call.response.body += "\"}";
  return Handled::kNow;
}

Result<Handled> Operations::discovery(const Call& call) {
  replies_.json(call.response, call.ticket);
  std::string& out = call.response.body;
  out += R"({"issuer":)";
  append_json_string(out, shared_.issuer);
  out += R"(,"jwks_uri":")";
  replies_.append_base(out, call.request);
  out +=
      R"(/discovery/v2.0/keys","id_token_signing_alg_values_supported":["RS256"],"subject_types_supported":["pairwise"]})";
  return Handled::kNow;
}

Result<Handled> Operations::keys(const Call& call) {
  replies_.json(call.response, call.ticket);
  call.response.body = shared_.jwks;
  return Handled::kNow;
}

}  // namespace porchlight::graph
