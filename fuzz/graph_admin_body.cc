// Any bytes as the body of an administrative request: the command that they give is JSON with the arguments of the
// route and no others, or the request is refused.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "graph/administration/command_members.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kArguments[] = {"command", "tenant", "name", "users", "expires_ms"};
  JsonReader reader;
  std::string text;
  bool is_taken = false;
  {
    JsonObject command(text);
    command.text("command", "x").text("tenant", "t");
    is_taken = graph::append_members(command, "displayName=name users expirationDuration=expires_ms", reader,
                                     {reinterpret_cast<const char*>(data), size})
                   .has_value();
  }
  if (!is_taken) return 0;
  const auto root = reader.parse(text, {.depth = 64, .members = 100'000, .string_bytes = 1 << 20});
  simdjson::dom::object members;
  if (!root || root->get_object().get(members)) std::abort();
  for (const auto& [name, value] : members)
    if (std::ranges::find(kArguments, name) == std::end(kArguments)) std::abort();
  return 0;
}
