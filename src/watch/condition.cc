#include "watch/condition.h"

#include "base/text.h"

namespace porchlight::watch {
namespace {

using presence::State;

// The pairs whose `part` is one of the names, as bits by rank. All pairs are tried for each name: there are few,
// and a name may belong to several pairs.
std::expected<std::uint64_t, std::string> find_pairs(std::span<const std::string> names,
                                                     std::string_view (State::*part)() const) {
  if (names.empty()) return ~std::uint64_t{0};
  std::uint64_t all = 0;
  for (const std::string& name : names) {
    std::uint64_t named = 0;
    for (const State state : presence::documented_states()) {
      if (equals_ignore_case((state.*part)(), name)) named |= std::uint64_t{1} << state.rank();
    }
    if (named == 0) return std::unexpected(name);
    all |= named;
  }
  return all;
}

}  // namespace

std::expected<Condition, std::string> Condition::find(std::span<const std::string> availabilities,
                                                      std::span<const std::string> activities) {
  const auto available = find_pairs(availabilities, &State::availability);
  if (!available) return std::unexpected(available.error());
  const auto active = find_pairs(activities, &State::activity);
  if (!active) return std::unexpected(active.error());
  Condition condition;
  condition.pairs_ = *available & *active;
  return condition;
}

}  // namespace porchlight::watch
