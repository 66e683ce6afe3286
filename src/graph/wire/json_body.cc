// Values are read from simdjson's document in place; only texts that outlive it are copied.
#include "graph/wire/json_body.h"

namespace porchlight::graph {

using simdjson::dom::element;

// A body with a member repeated, in any letter case, is rejected by the reader as not being JSON.
Result<JsonBody> JsonBody::parse(JsonReader& reader, std::string_view text) {
  if (text.empty()) return JsonBody(std::nullopt);
  const auto root = reader.parse(text);
  if (!root) return std::unexpected(body_not_json(root.error().offset, root.error().what));
  if (root->is_null()) return JsonBody(std::nullopt);
  if (!root->is_object()) return std::unexpected(wrong_type("body", "a JSON object"));
  return JsonBody(simdjson::dom::object(*root));
}

// The lookup is linear in the number of members; bodies have few, and the size of a body is limited.
std::optional<element> JsonBody::member(std::string_view name) const {
  element found;
  if (!object_ || find_member(*object_, name).get(found) != simdjson::SUCCESS || found.is_null())
    return std::nullopt;
  return found;
}

std::vector<std::string_view> JsonBody::names() const {
  std::vector<std::string_view> names;
  if (!object_) return names;
  for (const auto& [name, value] : *object_)
    if (!value.is_null()) names.push_back(name);
  return names;
}

std::string JsonBody::json(std::string_view name) const { return simdjson::minify(member(name).value()); }

bool JsonBody::is_null(std::string_view name) const {
  element found;
  return object_ && find_member(*object_, name).get(found) == simdjson::SUCCESS && found.is_null();
}

Result<std::optional<std::string>> JsonBody::text(std::string_view name) const {
  const auto found = member(name);
  if (!found) return std::nullopt;
  std::string_view value;
  if (found->get(value) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "a string"));
  return std::string(value);
}

// An empty string is reported as missing, as Graph does.
Result<std::string> JsonBody::required_text(std::string_view name, std::string_view display_name) const {
  auto value = text(name);
  if (!value) return std::unexpected(std::move(value.error()));
  if (!*value || (*value)->empty()) return std::unexpected(parameter_required(display_name));
  return std::move(**value);
}

Result<std::optional<bool>> JsonBody::flag(std::string_view name) const {
  const auto found = member(name);
  if (!found) return std::nullopt;
  bool value = false;
  if (found->get(value) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "true or false"));
  return value;
}

Result<std::optional<std::int64_t>> JsonBody::integer(std::string_view name) const {
  const auto found = member(name);
  if (!found) return std::nullopt;
  std::int64_t value = 0;
  if (found->get(value) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "a whole number"));
  return value;
}

// Durations and times are strings in JSON, so a value of another type is reported as not being a string.
Result<std::optional<std::chrono::nanoseconds>> JsonBody::duration(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::nullopt;
  const auto duration = parse_duration(**value);
  if (!duration) return std::unexpected(wrong_type(name, "an ISO 8601 duration, such as PT1H"));
  return *duration;
}

Result<std::optional<SentTime>> JsonBody::time(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::nullopt;
  const auto time = parse_sent_time(**value);
  if (!time) return std::unexpected(wrong_type(name, "a date and time, such as 2030-01-07T09:00:00Z"));
  return *time;
}

Result<std::optional<JsonBody>> JsonBody::object(std::string_view name) const {
  const auto found = member(name);
  if (!found) return std::nullopt;
  simdjson::dom::object value;
  if (found->get(value) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "an object"));
  return JsonBody(value);
}

namespace {

// Appends the strings of an array. The first element of another type fails the whole array; null elements do too.
template <typename Texts>
Result<std::optional<Texts>> read_texts(const std::optional<element>& found, std::string_view name,
                                        Texts texts) {
  if (!found) return std::nullopt;
  simdjson::dom::array array;
  if (found->get(array) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "an array"));
  texts.reserve(array.size());
  for (const simdjson::dom::element item : array) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return std::unexpected(wrong_type(name, "an array of strings"));
    texts.push_back(text);
  }
  return Result<std::optional<Texts>>(std::move(texts));
}

}  // namespace

Result<std::optional<std::vector<std::string_view>>> JsonBody::texts(std::string_view name) const {
  return read_texts(member(name), name, std::vector<std::string_view>());
}

Result<std::optional<std::pmr::vector<std::string_view>>> JsonBody::texts(
    std::string_view name, std::pmr::memory_resource& memory) const {
  return read_texts(member(name), name, std::pmr::vector<std::string_view>(&memory));
}

}  // namespace porchlight::graph
