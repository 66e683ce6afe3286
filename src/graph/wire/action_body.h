// Parses the bodies of the presence actions (spec presence §5.6 to §5.9, §10 P2, P5, P6). Only types and required
// members are checked here: the caller's permission is checked next, and the values after it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "graph/wire/error.h"
#include "graph/wire/json_body.h"

namespace porchlight::graph {

// Longest sessionId, in characters.
inline constexpr std::size_t kSessionIdCharsMax = 128;

// The parameters of an action as the client sent them. Strings are empty if the member is absent; unknown members are
// ignored.
struct ActionBody {
  std::string session_id;
  std::string availability;
  std::string activity;
  std::optional<std::chrono::nanoseconds> duration;  // nullopt if absent or null: the default applies
};

// The members that an action requires. `pair` stands for availability and activity.
struct RequiredMembers {
  bool session_id = false;
  bool pair = false;
};

// The parameters of an action. 400 if a required member is missing or empty, or a member has the wrong type.
Result<ActionBody> parse_action_body(const JsonBody& body, RequiredMembers required);
// The same for a body that is not parsed yet. An empty `body` has no members; one that is not JSON is a 400.
Result<ActionBody> parse_action_body(JsonReader& reader, std::string_view body, RequiredMembers required);

// Furthest that one request may advance the manual clock.
inline constexpr Duration kAdvanceMax = std::chrono::days(366);
// The duration of `{"advance":"PT5M"}`, rounded down to milliseconds. 400 if it is missing, negative or longer than
// kAdvanceMax.
Result<Duration> parse_advance(JsonReader& reader, std::string_view body);

// The key of the session that a sessionId names: a GUID is used as it is, other text is hashed to a GUID. For text that
// is too long or has control characters, an error message. `id` must be UTF-8.
std::expected<Guid, std::string> session_guid(std::string_view id);

}  // namespace porchlight::graph
