// The kind of a message is the name of its only member that matters, tried in a fixed order.
#include "graph/wire/websocket_message.h"

namespace porchlight::graph {
namespace {

Result<SubscribeMessage> read_subscribe(const JsonBody& body) {
  auto group = body.text("group");
  if (!group) return std::unexpected(std::move(group.error()));
  auto users = body.texts("users");
  if (!users) return std::unexpected(std::move(users.error()));
  if (!*group && !*users) return std::unexpected(parameter_required("Users"));
  return SubscribeMessage{*std::move(group), users->value_or(UserNames())};
}

Result<UnsubscribeMessage> read_unsubscribe(const JsonBody& body) {
  auto users = body.texts("users");
  if (!users) return std::unexpected(std::move(users.error()));
  return UnsubscribeMessage{*std::move(users)};
}

Result<SetPresenceMessage> read_set_presence(const JsonBody& body) {
  auto action = parse_action_body(body, {.session_id = true, .pair = true});
  if (!action) return std::unexpected(std::move(action.error()));
  auto user = body.text("user");
  if (!user) return std::unexpected(std::move(user.error()));
  return SetPresenceMessage{*std::move(action), *std::move(user)};
}

}  // namespace

std::expected<WebSocketMessage, CloseReason> parse_websocket_message(JsonReader& reader,
                                                                     std::string_view text) {
  const auto message = JsonBody::parse(reader, text);
  if (!message) return std::unexpected(CloseReason{http::CloseCode::kBadPayload, "not a JSON object"});
  if (const auto body = message->object("subscribe"); body && *body) return read_subscribe(**body);
  if (const auto body = message->object("unsubscribe"); body && *body) return read_unsubscribe(**body);
  if (const auto body = message->object("setPresence"); body && *body) return read_set_presence(**body);
  return std::unexpected(CloseReason{http::CloseCode::kPolicy, "not a message that is known"});
}

}  // namespace porchlight::graph
