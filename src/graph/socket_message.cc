#include "graph/socket_message.h"

namespace porchlight::graph {
namespace {

Result<SubscribeMessage> read_subscribe(const Body& body) {
  auto group = body.text("group");
  if (!group) return std::unexpected(std::move(group.error()));
  auto users = body.texts("users");
  if (!users) return std::unexpected(std::move(users.error()));
  if (!*group && !*users) return std::unexpected(parameter_required("Users"));
  return SubscribeMessage{*std::move(group), users->value_or(Names())};
}

Result<UnsubscribeMessage> read_unsubscribe(const Body& body) {
  auto users = body.texts("users");
  if (!users) return std::unexpected(std::move(users.error()));
  return UnsubscribeMessage{*std::move(users)};
}

Result<SetPresenceMessage> read_set_presence(const Body& body) {
  auto action = read_action(body, {.session_id = true, .pair = true});
  if (!action) return std::unexpected(std::move(action.error()));
  auto user = body.text("user");
  if (!user) return std::unexpected(std::move(user.error()));
  return SetPresenceMessage{*std::move(action), *std::move(user)};
}

}  // namespace

std::expected<SocketMessage, SocketRefusal> read_socket_message(JsonReader& reader, std::string_view text) {
  const auto message = Body::parse(reader, text);
  if (!message) return std::unexpected(SocketRefusal{http::CloseCode::kBadPayload, "not a JSON object"});
  if (const auto body = message->object("subscribe"); body && *body) return read_subscribe(**body);
  if (const auto body = message->object("unsubscribe"); body && *body) return read_unsubscribe(**body);
  if (const auto body = message->object("setPresence"); body && *body) return read_set_presence(**body);
  return std::unexpected(SocketRefusal{http::CloseCode::kPolicy, "not a message that is known"});
}

}  // namespace porchlight::graph
