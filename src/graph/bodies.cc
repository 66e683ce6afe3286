#include "graph/bodies.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time_text.h"

namespace porchlight::graph {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

// The document's object; nothing for an empty body or `null`, which have no members.
Result<std::optional<object>> parse_object(JsonReader& reader, std::string_view body) {
  if (body.empty()) return std::nullopt;
  const auto root = reader.parse(body);
  if (!root) return std::unexpected(body_not_json(root.error().offset, root.error().what));
  if (root->is_null()) return std::nullopt;
  if (!root->is_object()) return std::unexpected(wrong_type("body", "a JSON object"));
  return object(*root);
}

// A string member; empty where it is absent or null.
Result<std::string> string_member(const std::optional<object>& parent, std::string_view name) {
  element member;
  if (!parent || find_member(*parent, name).get(member) != simdjson::SUCCESS || member.is_null())
    return std::string();
  std::string_view text;
  if (member.get(text) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "a string"));
  return std::string(text);
}

Result<std::optional<std::chrono::nanoseconds>> duration_member(const std::optional<object>& parent,
                                                                std::string_view name) {
  auto text = string_member(parent, name);
  if (!text) return std::unexpected(std::move(text.error()));
  if (text->empty()) {
    element member;
    const bool given =
        parent && find_member(*parent, name).get(member) == simdjson::SUCCESS && !member.is_null();
    if (!given) return std::nullopt;
  }
  const auto duration = parse_duration(*text);
  if (!duration) return std::unexpected(wrong_type(name, "an ISO 8601 duration, such as PT1H"));
  return *duration;
}

}  // namespace

Result<ActionBody> parse_action(JsonReader& reader, std::string_view body, Required required) {
  const auto parent = parse_object(reader, body);
  if (!parent) return std::unexpected(parent.error());
  ActionBody action;
  if (required.session_id) {
    auto text = string_member(*parent, "sessionId");
    if (!text) return std::unexpected(std::move(text.error()));
    if (text->empty()) return std::unexpected(parameter_required("SessionId"));
    action.session_id = std::move(*text);
  }
  if (!required.pair) return action;
  for (const auto& [name, shown, value] : {std::tuple{"availability", "Availability", &action.availability},
                                           std::tuple{"activity", "Activity", &action.activity}}) {
    auto text = string_member(*parent, name);
    if (!text) return std::unexpected(std::move(text.error()));
    if (text->empty()) return std::unexpected(parameter_required(shown));
    *value = std::move(*text);
  }
  auto duration = duration_member(*parent, "expirationDuration");
  if (!duration) return std::unexpected(std::move(duration.error()));
  action.duration = *duration;
  return action;
}

Result<Duration> parse_advance(JsonReader& reader, std::string_view body) {
  const auto parent = parse_object(reader, body);
  if (!parent) return std::unexpected(parent.error());
  const auto advance = duration_member(*parent, "advance");
  if (!advance) return std::unexpected(advance.error());
  if (!*advance) return std::unexpected(parameter_required("Advance"));
  if (**advance < std::chrono::nanoseconds(0) || **advance > kAdvanceMax) {
    return std::unexpected(
        invalid_argument("advance", "The provided [Advance] is out of range: PT0S to P366D."));
  }
  return std::chrono::floor<Duration>(**advance);
}

std::optional<std::string> session_id_fault(std::string_view id) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(id, is_control)) return "The provided [SessionId] holds control characters.";
  // Characters, not bytes: those that go on with one are not counted.
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  if (std::ranges::count_if(id, begins) <= static_cast<std::ptrdiff_t>(kSessionIdCharsMax))
    return std::nullopt;
  return fmt::format("The provided [SessionId] is longer than {} characters.", kSessionIdCharsMax);
}

Guid session_guid(std::string_view session_id) {
  if (const auto guid = parse_guid(session_id)) return *guid;
  return guid_from_name(session_id);
}

}  // namespace porchlight::graph
