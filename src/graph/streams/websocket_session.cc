// A message is parsed, charged to the quota of the caller and handled; its answer is an event. The acknowledgements of
// all messages of one read are pushed first, and then the commands take effect, so that events of new people follow
// their acknowledgement.
#include "graph/streams/websocket_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/sorted.h"
#include "graph/call/access.h"
#include "graph/call/authorization.h"
#include "graph/call/submit_command.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

void append_error(std::string& out, const Error& error) {
  append_event(out, StreamTransport::kWebSocket, "error", {}, json_object([&](JsonObject& data) {
                 data.text("code", error.code).text("message", error.message);
               }));
}

http::Bytes to_bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

WebSocketSession::WebSocketSession(HandlerContext& context, const identity::Caller& caller,
                                   const Access& access, http::Exchange exchange,
                                   watch::WatchQuota::Permit permit, StreamOptions options)
    : StreamSession(context.services, caller, std::move(exchange), std::move(permit), options),
      context_(context),
      access_(access),
      target_(std::move(options.target)) {}

void WebSocketSession::on_received(std::string_view bytes) {
  http::WebSocketReader::WebSocketInput input = reader_.feed(bytes);
  std::string out;
  for (const std::string& text : input.texts) {
    const auto close_reason = handle_message(text, out);
    if (!close_reason) continue;
    http::append_close_frame(out, close_reason->code, close_reason->reason);
    return exchange().end(to_bytes(std::move(out)));
  }
  out += input.reply;
  if (input.is_closed) return exchange().end(to_bytes(std::move(out)));
  if (!out.empty()) exchange().push(to_bytes(std::move(out)));
  if (!input.texts.empty()) submit_commands();
}

// Handles one message. Returns a reason if the connection must be closed.
std::optional<CloseReason> WebSocketSession::handle_message(std::string_view text, std::string& out) {
  const auto message = parse_websocket_message(context_.reader, text);
  if (!message) return message.error();
  const bool sets = std::holds_alternative<Result<SetPresenceMessage>>(*message);
  Result<void> done = charge_budget(sets ? throttle::RequestKind::kOther : throttle::RequestKind::kRead);
  if (done) {
    done = std::visit(
        [&](const auto& read) -> Result<void> {
          if (!read) return std::unexpected(read.error());
          return handle(*read, out);
        },
        *message);
  }
  if (!done) append_error(out, done.error());
  return std::nullopt;
}

// 429 if the caller's budget of requests is used up.
Result<void> WebSocketSession::charge_budget(throttle::RequestKind kind) {
  const auto grant =
      services().quota.try_acquire(caller().app, caller().tenant, kind, services().clock.steady());
  if (!grant.ok) return std::unexpected(throttled(grant.retry_after_s));
  return {};
}

Result<void> WebSocketSession::handle(const SubscribeMessage& message, std::string& out) {
  auto found =
      message.group ? resolve_group(services(), caller(), *message.group) : [&]() -> Result<WatchTarget> {
    auto users = resolve_users(services(), caller(), message.users);
    if (!users) return std::unexpected(std::move(users.error()));
    if (target_.kind == TargetKind::kPeople)
      users->insert(users->end(), target_.ids.begin(), target_.ids.end());
    sort_unique(*users);
    return WatchTarget{.ids = *std::move(users)};
  }();
  // The permission comes before the error: a caller who may not read others must not learn which users exist.
  if (auto allowed =
          found ? authorize(access_, caller(), *found) : authorize(access_, caller(), std::nullopt);
      !allowed)
    return allowed;
  if (!found) return std::unexpected(std::move(found.error()));
  return change_target(*std::move(found), out);
}

Result<void> WebSocketSession::handle(const UnsubscribeMessage& message, std::string& out) {
  if (!message.users) return change_target({}, out);
  if (target_.kind != TargetKind::kPeople && !message.users->empty()) {
    return std::unexpected(invalid_argument(
        "users", "People can be taken away who were named, not those of a group or a tenant."));
  }
  const auto users = resolve_users(services(), caller(), *message.users);
  if (!users) return std::unexpected(users.error());
  if (target_.kind != TargetKind::kPeople) return change_target(target_, out);
  WatchTarget remaining;
  std::ranges::set_difference(target_.ids, *users, std::back_inserter(remaining.ids));
  return change_target(std::move(remaining), out);
}

// Checks the limits, queues the new target and acknowledges it.
Result<void> WebSocketSession::change_target(WatchTarget target, std::string& out) {
  if (target.ids.size() > kStreamUsersMax) {
    return std::unexpected(
        invalid_argument("users", fmt::format("{} people are subscribed to; at most {} are accepted.",
                                              target.ids.size(), kStreamUsersMax)));
  }
  if (!set_target(target)) return std::unexpected(throttled(kQuotaRetryS));
  target_ = std::move(target);
  const std::size_t people = watch::people_count(services().view, caller().tenant, target_);
  charge_people(services(), caller(), people);
  append_event(out, StreamTransport::kWebSocket, "subscribed", {}, fmt::format(R"({{"users":{}}})", people));
  return {};
}

// Like the route setPresence. The session then lives as long as this connection, and a little longer.
Result<void> WebSocketSession::handle(const SetPresenceMessage& message, std::string&) {
  const ActionBody& action = message.action;
  const std::optional<std::string>& name = message.user;
  std::optional<Guid> user = caller().user;
  if (name) {
    user = parse_guid(*name);
    if (!user) user = services().view.find_user_by_upn(caller().tenant, *name);
  }
  const Access& access = kWriteAccess;
  if (auto allowed = authorize(access, caller(), user); !allowed) return allowed;
  if (!user) return std::unexpected(name ? resource_not_found(truncated(*name)) : parameter_required("User"));
  auto command = session_command(services(), caller(), action);
  if (!command) return std::unexpected(std::move(command.error()));
  command->life = std::max(services().settings.policy.session_life_min, presence::kSessionLifeDefault);
  const OwnedSession owned{{caller().tenant, *user}, *command};
  if (!services().view.contains(owned.person)) return std::unexpected(resource_not_found(to_string(*user)));
  services().commands.submit(
      owned.person, context_.random.serial_guid(), owned.command, services().clock.wall(),
      [owned, action, self = weak_from_this(), to = exchange()](const state::Outcome& outcome) {
        std::string out;
        if (outcome) {
          if (const auto stream = self.lock()) static_cast<WebSocketSession&>(*stream).hold_session(owned);
          append_event(out, StreamTransport::kWebSocket, "presenceSet", {},
                       json_object([&](JsonObject& data) { data.text("sessionId", action.session_id); }));
        } else {
          append_error(out,
                       outcome_error(outcome, {action.availability, action.activity}, owned.person.user));
        }
        to.push(to_bytes(std::move(out)));
      });
  return {};
}

}  // namespace porchlight::graph
