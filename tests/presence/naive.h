// A second implementation of the rules for comparison, written from the text of the spec and without regard to speed:
// names instead of ranks, and sessions are never removed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "presence/record.h"

namespace porchlight::presence::testing {

// A session or a preference.
struct NaiveLife {
  std::string_view availability, activity;
  Time set_at, expires_at;  // expires_at may be kNever
  bool lives(Time now) const { return expires_at == kNever || now < expires_at; }
};

struct NaivePair {
  std::string_view availability, activity;
  friend bool operator==(const NaivePair&, const NaivePair&) = default;
};

class NaivePerson {
 public:
  std::map<SessionKey, NaiveLife> sessions;
  std::optional<NaiveLife> preferred;

  NaivePair seen(Time now) const {
    std::vector<NaivePair> shown;
    for (const auto& [key, session] : sessions)
      if (session.lives(now)) shown.push_back(faded(session, now));
    if (shown.empty()) return {"Offline", "Offline"};                                               // R2
    if (preferred && preferred->lives(now)) return {preferred->availability, preferred->activity};  // R3
    // R4, R5, R7: the first pair in the order of the spec that a session has.
    for (const NaivePair& wanted : order())
      for (const NaivePair& pair : shown)
        if (pair == wanted) return wanted;
    return {"", ""};
  }

 private:
  static NaivePair faded(const NaiveLife& session, Time now) {
    using std::chrono::minutes;
    const NaivePair as_set = {session.availability, session.activity};
    if (as_set != NaivePair{"Available", "Available"} || session.expires_at == kNever) return as_set;
    if (now < session.set_at + minutes(5)) return as_set;
    if (now < session.set_at + minutes(10)) return {"Available", "AvailableInactive"};
    return {"Away", "Away"};
  }

  // All pairs, best first (spec presence §6.2).
  static const std::vector<NaivePair>& order() {
    static const std::vector<NaivePair> kOrder = [] {
      const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> groups = {
          {"DoNotDisturb",
           {"Presenting", "Focusing", "UrgentInterruptionsOnly", "DoNotDisturb", "OutOfOffice"}},
          {"Busy", {"InAConferenceCall", "InACall", "InAMeeting", "Busy", "OutOfOffice"}},
          {"Available", {"Available", "AvailableInactive", "OutOfOffice"}},
          {"BeRightBack", {"BeRightBack"}},
          {"Away", {"Away", "BeRightBack", "OutOfOffice"}},
          {"Offline", {"Offline", "OffWork", "OutOfOffice"}},
          {"PresenceUnknown", {"PresenceUnknown"}}};
      std::vector<NaivePair> pairs;
      for (const auto& [availability, activities] : groups)
        for (const auto activity : activities) pairs.push_back({availability, activity});
      return pairs;
    }();
    return kOrder;
  }
};

}  // namespace porchlight::presence::testing
