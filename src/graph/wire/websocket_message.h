// The messages that a client sends over a WebSocket (docs/streams.md): JSON to values. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/wire/action_body.h"
#include "graph/wire/json_body.h"
#include "http/websocket.h"

namespace porchlight::graph {

// Ids or userPrincipalNames: views into the document of the reader.
using UserNames = std::vector<std::string_view>;

// Adds people, or follows a group instead.
struct SubscribeMessage {
  std::optional<std::string> group;  // if set, `users` is ignored
  UserNames users;
};
// Removes people.
struct UnsubscribeMessage {
  std::optional<UserNames> users;  // nullopt: all
};
// Sets a session that lives as long as the stream.
struct SetPresenceMessage {
  ActionBody action;
  std::optional<std::string> user;  // nullopt: the caller
};

// A message of a known kind. An error in its members is reported to the client and does not close the connection.
using WebSocketMessage =
    std::variant<Result<SubscribeMessage>, Result<UnsubscribeMessage>, Result<SetPresenceMessage>>;

// Why the connection must be closed: the code and reason of the close frame.
struct CloseReason {
  http::CloseCode code;
  std::string_view reason;
};

// Parses a message, which is valid until the reader parses again. Returns a close reason if the text is no JSON object
// or of no known kind.
std::expected<WebSocketMessage, CloseReason> parse_websocket_message(JsonReader& reader,
                                                                     std::string_view text);

}  // namespace porchlight::graph
