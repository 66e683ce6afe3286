// A small vocabulary for telling what happens to one person and what others then see.
//
//   Story s;
//   s.at(0min).set("A", "Available/Available", 1h);
//   s.at(4min).expect_seen("Available/Available");
//   s.expect_seen_from({{4min, "Available/Available"}, {5min, "Available/AvailableInactive"}});
//
// Times count from the story's t=0. A session's name says whose it is: "A" and "A2" are of application A.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "presence/rules.h"

namespace porchlight::presence {

inline void PrintTo(State state, std::ostream* out) {
  *out << state.availability() << "/" << state.activity();
}

inline void PrintTo(Rejection rejection, std::ostream* out) {
  static constexpr const char* kNames[] = {"kPairNotAllowed", "kDurationOutOfRange", "kTooManySessions",
                                           "kSessionNotFound"};
  *out << kNames[static_cast<int>(rejection)];
}

}  // namespace porchlight::presence

namespace porchlight::presence::testing {

using namespace std::chrono_literals;
using std::chrono::days;

inline constexpr Duration kTick{1};
// Any moment will do as t=0 of a story; a real one finds overflows that zero would not.
inline constexpr Time kStart{std::chrono::sys_days(std::chrono::January / 7 / 2030)};

inline State pair(std::string_view text) {
  const auto slash = text.find('/');
  const auto state = State::find(text.substr(0, slash), text.substr(slash + 1));
  if (!state) throw std::invalid_argument("no such pair: " + std::string(text));
  return *state;
}

inline Guid guid(std::string_view text) {
  Guid guid;
  std::copy_n(text.begin(), std::min<std::size_t>(text.size(), 16), guid.bytes.begin());
  return guid;
}

inline SessionKey key(std::string_view name) {
  return {.app = guid(name.substr(0, 1)), .session = guid(name)};
}

// From when on what is seen.
struct Seen {
  Duration from;
  std::string_view what;
};

class Story {
 public:
  // From here on it is that late.
  Story& at(Duration since_start) {
    now_ = kStart + since_start;
    return *this;
  }

  Story& set(std::string_view session, std::string_view what, std::optional<Duration> life = {}) {
    return run(SetSession{.key = key(session), .state = pair(what), .life = life});
  }
  // As a signed-in client does: any pair, and without a life until cleared.
  Story& set_by_client(std::string_view session, std::string_view what, std::optional<Duration> life = {}) {
    return run(SetSession{.key = key(session), .state = pair(what), .life = life, .client = true});
  }
  Story& clear(std::string_view session) { return run(ClearSession{.key = key(session)}); }
  Story& prefer(std::string_view what, std::optional<Duration> life = {}) {
    return run(SetPreferred{.state = pair(what), .life = life});
  }
  Story& clear_preferred() { return run(ClearPreferred{}); }

  // Runs a command that must be taken.
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
      ADD_FAILURE() << "taken, though it should be refused: " << ::testing::PrintToString(why);
    else
      EXPECT_EQ(outcome.error(), why);
    return *this;
  }

  Story& expect_seen(std::string_view what) {
    EXPECT_EQ(effective(record, now_), pair(what)) << "at " << minutes_of(now_) << " min";
    return *this;
  }

  // What is seen from the first row's moment on if nothing more happens: at each row's moment and a tick
  // after it the row's pair, a tick before it the previous row's. And that next_change() tells each moment.
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
