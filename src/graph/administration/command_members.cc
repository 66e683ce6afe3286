#include "graph/administration/command_members.h"

#include <fmt/format.h>

#include <optional>

#include "base/split.h"
#include "base/text.h"
#include "base/time_text.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

// The argument of a name that the words have, in any letter case; nullopt if they have not.
std::optional<std::string_view> argument_of(std::string_view words, std::string_view name) {
  for (const std::string_view word : split(words, ' ')) {
    const auto [known, argument] = split_once(word, '=');
    if (!known.empty() && equals_ignore_case(known, name)) return argument.empty() ? known : argument;
  }
  return std::nullopt;
}

// Adds the milliseconds of the duration that the body has under `name`.
Result<void> append_duration(JsonObject& command, std::string_view argument, std::string_view name,
                             const JsonBody& body) {
  const auto duration = body.duration(name);
  if (!duration) return std::unexpected(duration.error());
  if (!*duration) return {};
  if (**duration < std::chrono::nanoseconds(0))
    return std::unexpected(invalid_argument(name, fmt::format("{} must not be negative.", name)));
  command.number(argument, std::chrono::ceil<Duration>(**duration).count());
  return {};
}

}  // namespace

void append_argument(JsonObject& command, std::string_view word, std::string_view value) {
  if (!word.ends_with("[]")) {
    command.text(word, value);
    return;
  }
  const std::string_view values[] = {value};
  command.texts(word.substr(0, word.size() - 2), values);
}

Result<void> append_options(JsonObject& command, std::string_view words, std::string_view query) {
  for (const std::string_view word : split(words, ' ')) {
    const auto [name, argument] = split_once(word, '=');
    if (name.empty()) continue;
    const auto value = find_parameter(query, name);
    if (!value) return std::unexpected(value.error());
    if (!*value) continue;
    if (name != "limit") {
      command.text(argument.empty() ? name : argument, **value);
      continue;
    }
    const auto top = parse_top(**value);
    if (!top) return std::unexpected(invalid_argument("limit", fmt::format("limit is 1 to {}.", kTopMax)));
    command.number(name, *top);
  }
  return {};
}

Result<void> refuse_other_options(std::string_view words, std::string_view query) {
  return for_each_parameter(query, [words](std::string_view name) -> Result<void> {
    if (argument_of(words, name).has_value()) return {};
    return std::unexpected(
        invalid_argument(name, fmt::format("The query may not have the option '{}'.", truncated(name))));
  });
}

Result<void> append_members(JsonObject& command, std::string_view words, JsonReader& reader,
                            std::string_view body) {
  const auto members = JsonBody::parse(reader, body);
  if (!members) return std::unexpected(members.error());
  for (const std::string_view name : members->names()) {
    const auto argument = argument_of(words, name);
    if (!argument)
      return std::unexpected(
          invalid_argument(name, fmt::format("The body may not have the member '{}'.", name)));
    if (argument->ends_with("_ms")) {
      if (auto added = append_duration(command, *argument, name, *members); !added) return added;
    } else {
      command.json(*argument, members->json(name));
    }
  }
  return {};
}

}  // namespace porchlight::graph
