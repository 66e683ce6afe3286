// What a WebSocket's client says (docs/streams.md), read. Pure.
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

// Names and ids; views into the reader's document.
using UserNames = std::vector<std::string_view>;

struct SubscribeMessage {
  std::optional<std::string> group;  // where it is there, it is meant
  UserNames users;
};
struct UnsubscribeMessage {
  std::optional<UserNames> users;  // nothing: everybody
};
struct SetPresenceMessage {
  ActionBody action;
  std::optional<std::string> user;  // nothing: the caller
};

// A message of a kind that is known; what it holds may be wrong, which is its sender's to hear.
using WebSocketMessage =
    std::variant<Result<SubscribeMessage>, Result<UnsubscribeMessage>, Result<SetPresenceMessage>>;

// Why the connection is to be closed.
struct CloseReason {
  http::CloseCode code;
  std::string_view reason;
};

// The message is valid until the reader parses again.
std::expected<WebSocketMessage, CloseReason> parse_websocket_message(JsonReader& reader,
                                                                     std::string_view text);

}  // namespace porchlight::graph
