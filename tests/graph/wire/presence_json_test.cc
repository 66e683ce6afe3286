// Tests that the fast path of presence JSON writes the same bytes as the general path.
#include "graph/wire/presence_json.h"

#include <gtest/gtest.h>

namespace porchlight::graph {
namespace {

std::string members(const Presence& presence, PropertySet select) {
  std::string text;
  append_presence_members(text, presence, {.select = select});
  return text;
}

TEST(PresenceJson, PlainPresenceIsTheSequenceOfItsProperties) {
  const Guid id = *parse_guid("fa8bf3dc-eca7-46b7-bad1-db199b62afc3");
  for (const presence::State state : presence::documented_states()) {
    for (const std::uint64_t sequence : {0ul, 7ul, 9'999'999'999ul, 10'000'000'000ul, ~0ul}) {
      const Presence presence = minimal_presence(id, state, sequence);
      std::string sum;
      for (PropertySet property = 1; property <= kPropertyLocation;
           property = static_cast<PropertySet>(property << 1)) {
        if (!sum.empty()) sum += ',';
        sum += members(presence, property);
      }
      EXPECT_EQ(members(presence, kPropertiesAll), sum);
    }
  }
}

}  // namespace
}  // namespace porchlight::graph
