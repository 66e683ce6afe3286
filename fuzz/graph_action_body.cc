// Parses any bytes as the body of an action: the result has the required members, or is a 400.
#include <cstdint>
#include <cstdlib>

#include "graph/wire/action_body.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const graph::RequiredMembers required :
       {graph::RequiredMembers{}, graph::RequiredMembers{.session_id = true},
        graph::RequiredMembers{.session_id = true, .pair = true}}) {
    const auto action = graph::parse_action_body(reader, body, required);
    if (!action && action.error().status != 400) std::abort();
    if (action && required.session_id && action->session_id.empty()) std::abort();
    if (action && required.pair && (action->availability.empty() || action->activity.empty())) std::abort();
  }
  const auto advance = graph::parse_advance(reader, body);
  if (advance && (*advance < Duration(0) || *advance > graph::kAdvanceMax)) std::abort();
  return 0;
}
