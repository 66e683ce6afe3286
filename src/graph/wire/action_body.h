// The bodies of the actions: JSON to parameters (spec presence §5.6 to §5.9, §10 P2, P5, P6). Types and
// required members are checked here; whether the values may be used is decided later, for permission comes
// between.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "graph/wire/error.h"
#include "graph/wire/json_body.h"

namespace porchlight::graph {

inline constexpr std::size_t kSessionIdCharsMax = 128;

// The parameters of an action as the caller wrote them. Unknown members are ignored.
struct ActionBody {
  std::string session_id;
  std::string availability;
  std::string activity;
  std::optional<std::chrono::nanoseconds> duration;  // absent or null: the default
};

// Which members an action cannot do without.
struct RequiredMembers {
  bool session_id = false;
  bool pair = false;
};

// The same of a body that was parsed already.
Result<ActionBody> parse_action_body(const JsonBody& body, RequiredMembers required);
// `body` may be empty: then it has no members.
Result<ActionBody> parse_action_body(JsonReader& reader, std::string_view body, RequiredMembers required);

// `{"advance":"PT5M"}`: how far, not negative, at most kAdvanceMax.
inline constexpr Duration kAdvanceMax = std::chrono::days(366);
Result<Duration> parse_advance(JsonReader& reader, std::string_view body);

// What is wrong with a sessionId as a value (too long, control characters), if anything; `id` is UTF-8.
std::optional<std::string> session_id_error(std::string_view id);

// Which session a sessionId names: a GUID is itself; other text is remembered as the GUID made from it.
Guid session_guid(std::string_view session_id);

}  // namespace porchlight::graph
