#include "graph/wire/presence_select.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

// By bit.
constexpr std::array<std::string_view, 7> kPropertyNames = {
    "id",          "availability", "activity", "statusMessage", "outOfOfficeSettings", "sequenceNumber",
    "workLocation"};
static_assert(kPropertiesAll == (1 << kPropertyNames.size()) - 1);

// The properties of that name; none where a presence has no such property.
PropertySet find_presence_properties(std::string_view name) {
  if (name == "*") return kPropertiesAll;
  for (std::size_t i = 0; i < kPropertyNames.size(); ++i)
    if (equals_ignore_case(kPropertyNames[i], name)) return static_cast<PropertySet>(1 << i);
  return 0;
}

}  // namespace

Result<void> add_selected(std::string_view names, PropertySet& selection) {
  while (true) {
    const std::size_t comma = std::min(names.find(','), names.size());
    const std::string_view name = trimmed(names.substr(0, comma));
    const PropertySet named = find_presence_properties(name);
    if (named == 0) {
      return std::unexpected(invalid_query(
          "$select", fmt::format("Could not find a property named '{}' on type 'microsoft.graph.presence'.",
                                 truncated(name))));
    }
    selection |= named;
    if (comma == names.size()) return {};
    names.remove_prefix(comma + 1);
  }
}

void append_selection(std::string& out, PropertySet selection) {
  if (selection == kPropertiesAll) return;
  char before = '(';
  for (std::size_t i = 0; i < kPropertyNames.size(); ++i) {
    if ((selection & 1 << i) == 0) continue;
    out += before;
    out += kPropertyNames[i];
    before = ',';
  }
  out += ')';
}

}  // namespace porchlight::graph
