// All actions share one parser; RequiredMembers says which members it reads.
#include "graph/wire/action_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/wire/characters.h"

namespace porchlight::graph {

Result<ActionBody> parse_action_body(JsonReader& reader, std::string_view text, RequiredMembers required) {
  const auto body = JsonBody::parse(reader, text);
  if (!body) return std::unexpected(body.error());
  return parse_action_body(*body, required);
}

// Members are checked in the order in which Graph reports them: sessionId, availability, activity, expirationDuration.
Result<ActionBody> parse_action_body(const JsonBody& body, RequiredMembers required) {
  ActionBody action;
  if (required.session_id) {
    auto session_id = body.required_text("sessionId", "SessionId");
    if (!session_id) return std::unexpected(std::move(session_id.error()));
    action.session_id = std::move(*session_id);
  }
  if (!required.pair) return action;
  auto availability = body.required_text("availability", "Availability");
  if (!availability) return std::unexpected(std::move(availability.error()));
  auto activity = body.required_text("activity", "Activity");
  if (!activity) return std::unexpected(std::move(activity.error()));
  auto duration = body.duration("expirationDuration");
  if (!duration) return std::unexpected(std::move(duration.error()));
  action.availability = std::move(*availability);
  action.activity = std::move(*activity);
  action.duration = *duration;
  return action;
}

Result<Duration> parse_advance(JsonReader& reader, std::string_view text) {
  const auto body = JsonBody::parse(reader, text);
  if (!body) return std::unexpected(body.error());
  const auto advance = body->duration("advance");
  if (!advance) return std::unexpected(advance.error());
  if (!*advance) return std::unexpected(parameter_required("Advance"));
  if (**advance < std::chrono::nanoseconds(0) || **advance > kAdvanceMax) {
    return std::unexpected(
        invalid_argument("advance", "The provided [Advance] is out of range: PT0S to P366D."));
  }
  return std::chrono::floor<Duration>(**advance);
}

// Sessions are stored under GUIDs, so text of any length takes 16 bytes per session. The hash is that of base/guid.h,
// and is part of the disk format. Line breaks and tabs count as control characters too, unlike in
// has_control_characters().
std::expected<Guid, std::string> session_guid(std::string_view id) {
  if (const auto guid = parse_guid(id)) return *guid;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(id, is_control))
    return std::unexpected("The provided [SessionId] holds control characters.");
  if (count_characters(id) > kSessionIdCharsMax)
    return std::unexpected(
        fmt::format("The provided [SessionId] is longer than {} characters.", kSessionIdCharsMax));
  return guid_from_name(id);
}

}  // namespace porchlight::graph
