// The documented pairs, their order, their names and their codes (spec presence §2).
#include "presence/state.h"

#include <gmock/gmock.h>

#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace porchlight::presence {
namespace {

std::string name_of(State state) {
  return std::string(state.availability()) + "/" + std::string(state.activity());
}

std::vector<std::string> names_of(std::span<const State> states) {
  std::vector<std::string> names;
  for (const State state : states) names.push_back(name_of(state));
  return names;
}

// The vocabularies of §2.1 and §2.2, including names that are not part of a pair.
const std::vector<std::string> kAvailabilities = {
    "Available", "AvailableIdle",   "Busy",     "BusyIdle", "DoNotDisturb", "BeRightBack", "Away",
    "Offline",   "PresenceUnknown", "Focusing", "InACall",  "InAMeeting",   "Presenting"};
const std::vector<std::string> kActivities = {"Available",
                                              "AvailableInactive",
                                              "Inactive",
                                              "Away",
                                              "BeRightBack",
                                              "Busy",
                                              "DoNotDisturb",
                                              "Focusing",
                                              "InACall",
                                              "InAConferenceCall",
                                              "InAMeeting",
                                              "Presenting",
                                              "UrgentInterruptionsOnly",
                                              "Offline",
                                              "OffWork",
                                              "OutOfOffice",
                                              "PresenceUnknown"};

TEST(State, RanksStandInTheOrderOfTheRules) {
  EXPECT_THAT(names_of(documented_states()),
              ::testing::ElementsAre(
                  "DoNotDisturb/Presenting", "DoNotDisturb/Focusing", "DoNotDisturb/UrgentInterruptionsOnly",
                  "DoNotDisturb/DoNotDisturb", "DoNotDisturb/OutOfOffice", "Busy/InAConferenceCall",
                  "Busy/InACall", "Busy/InAMeeting", "Busy/Busy", "Busy/OutOfOffice", "Available/Available",
                  "Available/AvailableInactive", "Available/OutOfOffice", "BeRightBack/BeRightBack",
                  "Away/Away", "Away/BeRightBack", "Away/OutOfOffice", "Offline/Offline", "Offline/OffWork",
                  "Offline/OutOfOffice", "PresenceUnknown/PresenceUnknown"));
  for (std::uint8_t rank = 0; rank < documented_states().size(); ++rank)
    EXPECT_EQ(documented_states()[rank].rank(), rank);
}

// A released code must never change: stored events would get another meaning.
TEST(State, CodesAreTheReleasedCodes) {
  const std::map<std::uint8_t, std::string> released = {
      {1, "DoNotDisturb/Presenting"},
      {2, "DoNotDisturb/Focusing"},
      {3, "DoNotDisturb/UrgentInterruptionsOnly"},
      {4, "DoNotDisturb/DoNotDisturb"},
      {5, "DoNotDisturb/OutOfOffice"},
      {6, "Busy/InAConferenceCall"},
      {7, "Busy/InACall"},
      {8, "Busy/InAMeeting"},
      {9, "Busy/Busy"},
      {10, "Busy/OutOfOffice"},
      {11, "Available/Available"},
      {12, "Available/AvailableInactive"},
      {13, "Available/OutOfOffice"},
      {14, "BeRightBack/BeRightBack"},
      {15, "Away/Away"},
      {16, "Away/BeRightBack"},
      {17, "Away/OutOfOffice"},
      {18, "Offline/Offline"},
      {19, "Offline/OffWork"},
      {20, "Offline/OutOfOffice"},
      {21, "PresenceUnknown/PresenceUnknown"},
  };
  for (int code = 0; code < 256; ++code) {
    SCOPED_TRACE(code);
    const auto state = State::from_code(static_cast<std::uint8_t>(code));
    const auto row = released.find(static_cast<std::uint8_t>(code));
    ASSERT_EQ(state.has_value(), row != released.end());
    if (!state) continue;
    EXPECT_EQ(name_of(*state), row->second);
    EXPECT_EQ(state->code(), code);
  }
}

// §12 item 1: of all combinations of the two vocabularies, exactly the documented pairs are found.
TEST(State, FindsTheDocumentedPairsOnly) {
  std::set<std::string> found;
  for (const std::string& availability : kAvailabilities) {
    for (const std::string& activity : kActivities) {
      const auto state = State::find(availability, activity);
      if (!state) continue;
      EXPECT_EQ(name_of(*state), availability + "/" + activity);
      found.insert(name_of(*state));
    }
  }
  const auto documented = names_of(documented_states());
  EXPECT_EQ(found, std::set<std::string>(documented.begin(), documented.end()));
}

TEST(State, FindsInAnyLetterCase) {
  for (const State state : documented_states()) {
    std::string availability(state.availability()), activity(state.activity());
    for (char& c : availability) c = static_cast<char>(std::toupper(c));
    for (char& c : activity) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(State::find(availability, activity), state) << availability << " " << activity;
  }
}

TEST(State, RefusesTextsThatResembleAPair) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"Available", ""},
      {"", "Available"},
      {"Available ", "Available"},
      {" Available", "Available"},
      {"Available", "Availabl"},
      {"Available", "Available1"},
      {std::string("Available\0", 10), "Available"},
      {"Busy", "In_Call"},
      // One bit away from letters: only the case of letters is ignored.
      {"Away", "A\x57\x41Y\x19"},
      {"\x61way", "\x01way"},
      {"B\x55s\x39", "Busy"},
      {"Busy", "Bus\xD9"},
      {"Verf\xC3\xBCgbar", "Available"},
  };
  for (const auto& [availability, activity] : rows)
    EXPECT_FALSE(State::find(availability, activity)) << availability << "/" << activity;
}

TEST(State, OrdinaryApplicationsMaySetFivePairs) {
  EXPECT_THAT(names_of(session_states()),
              ::testing::UnorderedElementsAre("Available/Available", "Busy/InACall", "Busy/InAConferenceCall",
                                              "Away/Away", "DoNotDisturb/Presenting"));
}

TEST(State, PreferencesMayHaveSixPairs) {
  EXPECT_THAT(names_of(preferred_states()),
              ::testing::UnorderedElementsAre("Available/Available", "Busy/Busy", "DoNotDisturb/DoNotDisturb",
                                              "BeRightBack/BeRightBack", "Away/Away", "Offline/OffWork"));
}

TEST(State, NamedStatesHaveTheirPairs) {
  EXPECT_EQ(name_of(kAvailable), "Available/Available");
  EXPECT_EQ(name_of(kAvailableInactive), "Available/AvailableInactive");
  EXPECT_EQ(name_of(kAway), "Away/Away");
  EXPECT_EQ(name_of(kOffline), "Offline/Offline");
  EXPECT_EQ(name_of(kPresenceUnknown), "PresenceUnknown/PresenceUnknown");
}

}  // namespace
}  // namespace porchlight::presence
