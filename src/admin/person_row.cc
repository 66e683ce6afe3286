#include "admin/person_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.h"

namespace porchlight::admin {
namespace {

// The names of each text of a row, best first: Graph's own name and that of the command line, then those of exports.
constexpr std::string_view kIdNames[] = {"id", "objectid"};
constexpr std::string_view kUpnNames[] = {"userprincipalname", "upn", "username"};
constexpr std::string_view kNameNames[] = {"displayname", "name"};
constexpr std::span<const std::string_view> kNames[] = {kIdNames, kUpnNames, kNameNames};

// The property name in brackets, or the whole name, in lower case and without blanks.
std::string folded(std::string_view name) {
  const std::size_t open = name.find('[');
  const std::size_t close = name.find(']', open == std::string_view::npos ? 0 : open);
  if (open != std::string_view::npos && close != std::string_view::npos)
    name = name.substr(open + 1, close - open - 1);
  std::string text;
  for (const char c : name)
    if (c != ' ' && c != '\t') text += to_lower(c);
  return text;
}

}  // namespace

std::string to_text(const RowFault& fault) { return fmt::format("line {}: {}", fault.line, fault.what); }

bool PersonFields::add(std::string_view name, std::size_t position) {
  const std::string wanted = folded(name);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto found = std::ranges::find(kNames[i], wanted);
    if (found == kNames[i].end()) continue;
    const auto rank = static_cast<std::size_t>(found - kNames[i].begin());
    Place& place = places_[i];
    if (place.position && place.rank == rank) return false;
    if (!place.position || rank < place.rank) place = {position, rank};
  }
  return true;
}

}  // namespace porchlight::admin
