#include "watch/condition.h"

#include <gtest/gtest.h>

#include <vector>

namespace porchlight::watch {
namespace {

using Names = std::vector<std::string>;

std::string pairs_of(const Names& availabilities, const Names& activities) {
  const auto condition = Condition::find(availabilities, activities);
  if (!condition) return "no " + condition.error();
  std::string all;
  for (const presence::State state : presence::documented_states()) {
    if (!condition->holds(state)) continue;
    all.append(state.availability()).append("/").append(state.activity()).append(" ");
  }
  EXPECT_EQ(condition->is_empty(), all.empty());
  return all;
}

TEST(Condition, HoldsForTheNamedPairs) {
  struct Case {
    Names availabilities, activities;
    std::string pairs;
  };
  const Case cases[] = {
      {{"BeRightBack"}, {}, "BeRightBack/BeRightBack "},
      {{}, {"BeRightBack"}, "BeRightBack/BeRightBack Away/BeRightBack "},
      {{"Available"}, {}, "Available/Available Available/AvailableInactive Available/OutOfOffice "},
      {{"aVAILABLE"}, {"available"}, "Available/Available "},
      {{"Busy"}, {"InACall", "InAMeeting"}, "Busy/InACall Busy/InAMeeting "},
      {{"Busy", "Away"}, {"OutOfOffice"}, "Busy/OutOfOffice Away/OutOfOffice "},
      {{"PresenceUnknown"}, {}, "PresenceUnknown/PresenceUnknown "},
      {{"Available"}, {"InACall"}, ""},
      {{"Available", "Availible"}, {}, "no Availible"},
      {{"Available"}, {"Sleeping"}, "no Sleeping"},
      {{""}, {}, "no "},
      {{"AvailableIdle"}, {}, "no AvailableIdle"},
  };
  for (const Case& c : cases) EXPECT_EQ(pairs_of(c.availabilities, c.activities), c.pairs);
}

TEST(Condition, HoldsForAllPairsWithoutNames) {
  const auto condition = Condition::find({}, {});
  ASSERT_TRUE(condition);
  for (const presence::State state : presence::documented_states()) EXPECT_TRUE(condition->holds(state));
}

}  // namespace
}  // namespace porchlight::watch
