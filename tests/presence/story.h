// Story: a test fixture for the presence of one user. Commands move the record, expectations check what is visible.
//
//   Story s;
//   s.at(0min).set("A", "Available/Available", 1h);
//   s.at(4min).expect_seen("Available/Available");
//   s.expect_seen_from({{4min, "Available/Available"}, {5min, "Available/AvailableInactive"}});
//
// Times count from the start of the story. The first letter of a session's name is its application: "A" and "A2" are
// two sessions of application A.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "presence/rules.h"

namespace porchlight::presence {

// GoogleTest prints values in failure messages with these.
inline void PrintTo(State state, std::ostream* out) {
  *out << state.availability() << "/" << state.activity();
}

// A switch without a default: the compiler refuses an enumerator that is added without a name.
inline std::string_view rejection_name(Rejection rejection) {
  switch (rejection) {
    case Rejection::kPairNotAllowed:
      return "kPairNotAllowed";
    case Rejection::kDurationOutOfRange:
      return "kDurationOutOfRange";
    case Rejection::kTooManySessions:
      return "kTooManySessions";
    case Rejection::kSessionNotFound:
      return "kSessionNotFound";
    case Rejection::kExpiryPassed:
      return "kExpiryPassed";
    case Rejection::kWindowEmpty:
      return "kWindowEmpty";
    case Rejection::kWorkPlanFull:
      return "kWorkPlanFull";
    case Rejection::kWorkPlanOverlap:
      return "kWorkPlanOverlap";
    case Rejection::kWorkPlanNotFound:
      return "kWorkPlanNotFound";
  }
  return "unknown";
}

inline void PrintTo(Rejection rejection, std::ostream* out) { *out << rejection_name(rejection); }

}  // namespace porchlight::presence

namespace porchlight::presence::testing {

using namespace std::chrono_literals;
using std::chrono::days;

inline constexpr Duration kTick{1};
// The start of each story. A present-day time, because overflows would go unnoticed near time zero.
inline constexpr Time kStart{std::chrono::sys_days(std::chrono::January / 7 / 2030)};

// The state "availability/activity". Throws if it is not a documented pair.
inline State pair(std::string_view text) {
  const auto slash = text.find('/');
  const auto state = State::find(text.substr(0, slash), text.substr(slash + 1));
  if (!state) throw std::invalid_argument("no such pair: " + std::string(text));
  return *state;
}

// A GUID of the first 16 bytes of the text.
inline Guid guid(std::string_view text) {
  Guid guid;
  std::copy_n(text.begin(), std::min<std::size_t>(text.size(), 16), guid.bytes.begin());
  return guid;
}

inline SessionKey key(std::string_view name) {
  return {.app = guid(name.substr(0, 1)), .session = guid(name)};
}

// A state that is visible from a time on.
struct Seen {
  Duration from;
  std::string_view what;
};

class Story {
 public:
  // Sets the time of the commands and expectations that follow.
  Story& at(Duration since_start) {
    now_ = kStart + since_start;
    return *this;
  }

  Story& set(std::string_view session, std::string_view what, std::optional<Duration> life = {}) {
    return run(SetSession{.key = key(session), .state = pair(what), .life = life});
  }
  // Sets a session as a signed-in client: any pair; without a life until it is cleared.
  Story& set_by_client(std::string_view session, std::string_view what, std::optional<Duration> life = {}) {
    return run(SetSession{.key = key(session), .state = pair(what), .life = life, .client = true});
  }
  Story& clear(std::string_view session) { return run(ClearSession{.key = key(session)}); }
  Story& prefer(std::string_view what, std::optional<Duration> life = {}) {
    return run(SetPreferred{.state = pair(what), .life = life});
  }
  Story& clear_preferred() { return run(ClearPreferred{}); }

  // Runs a command that must be accepted.
  Story& run(const Command& command) {
    const auto outcome = decide(record, command, now_);
    if (!outcome)
      ADD_FAILURE() << "refused: " << ::testing::PrintToString(outcome.error());
    else if (*outcome)
      apply(record, **outcome);
    return *this;
  }

  Story& expect_refused(const Command& command, Rejection why) {
    const auto outcome = decide(record, command, now_);
    if (outcome)
      ADD_FAILURE() << "accepted, expected the rejection " << ::testing::PrintToString(why);
    else
      EXPECT_EQ(outcome.error(), why);
    return *this;
  }

  Story& expect_seen(std::string_view what) {
    EXPECT_EQ(effective(record, now_), pair(what)) << "at " << minutes_of(now_) << " min";
    return *this;
  }

  // The states visible from the first row's time on if no further command follows. Checks each row's state at its time
  // and a tick later, and the previous row's state a tick earlier; and that next_change() returns the next row's time.
  Story& expect_seen_from(const std::vector<Seen>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Time from = kStart + rows[i].from;
      SCOPED_TRACE(::testing::Message() << "from " << minutes_of(from) << " min");
      EXPECT_EQ(effective(record, from), pair(rows[i].what));
      EXPECT_EQ(effective(record, from + kTick), pair(rows[i].what));
      if (i > 0) {
        EXPECT_EQ(effective(record, from - kTick), pair(rows[i - 1].what));
      }
      const auto next = i + 1 < rows.size() ? std::optional(kStart + rows[i + 1].from) : std::nullopt;
      EXPECT_EQ(next_change(record, from), next);
    }
    return *this;
  }

  Story& expect_sequence(std::uint64_t expected) {
    EXPECT_EQ(sequence(record, now_), expected) << "at " << minutes_of(now_) << " min";
    return *this;
  }

  Time now() const { return now_; }
  Record record;

 private:
  static double minutes_of(Time time) {
    return std::chrono::duration<double, std::ratio<60>>(time - kStart).count();
  }
  Time now_ = kStart;
};

}  // namespace porchlight::presence::testing
