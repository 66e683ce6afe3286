// The rules of a wait: by examples, and against a slow model that tests every minute.
#include "watch/wait.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace porchlight::watch {
namespace {

constexpr Time minute(int n) { return Time(std::chrono::minutes(1'000'000 + n)); }
int minute_of(Time time) { return static_cast<int>((time - minute(0)) / std::chrono::minutes(1)); }

const Condition kIsAvailable = *Condition::find(std::vector<std::string>{"Available"}, {});

WaitTerms terms(Mode mode, int hold, int deadline) {
  return {mode, kIsAvailable, std::chrono::minutes(hold), minute(deadline)};
}

std::string text_of(const WaitStatus& verdict) {
  if (const auto* still_waiting = std::get_if<StillWaiting>(&verdict))
    return "again at " + std::to_string(minute_of(still_waiting->recheck_at));
  if (const auto* out = std::get_if<TimedOut>(&verdict))
    return "out at " + std::to_string(minute_of(out->at));
  const Met& met = std::get<Met>(verdict);
  std::string text = "met at " + std::to_string(minute_of(met.at)) + " by";
  for (const std::size_t person : met.people) text += " " + std::to_string(person);
  return text;
}

// `seen`: the states of people 0, 1, … as letters: A available, B busy, a point for no change.
std::string observe(Wait& wait, int at, std::string_view seen) {
  std::vector<Observation> observations;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == '.') continue;
    observations.push_back({i, *presence::State::find(seen[i] == 'A' ? "Available" : "Busy",
                                                      seen[i] == 'A' ? "Available" : "InACall")});
  }
  return text_of(wait.observe(minute(at), observations));
}

TEST(Wait, IsMetAtOnceIfTheConditionHolds) {
  Wait any(terms(Mode::kAny, 0, 5), 2);
  EXPECT_EQ(observe(any, 0, "BA"), "met at 0 by 1");
  Wait all(terms(Mode::kAll, 0, 5), 2);
  EXPECT_EQ(observe(all, 0, "AA"), "met at 0 by 0 1");
}

TEST(Wait, AnyListsAllPeopleWhoMeetIt) {
  Wait wait(terms(Mode::kAny, 2, 9), 3);
  EXPECT_EQ(observe(wait, 0, "ABA"), "again at 2");
  EXPECT_EQ(observe(wait, 1, ".A."), "again at 2");
  EXPECT_EQ(observe(wait, 2, "..."), "met at 2 by 0 2");
}

TEST(Wait, AllMustHoldAtTheSameTime) {
  Wait wait(terms(Mode::kAll, 2, 9), 2);
  EXPECT_EQ(observe(wait, 0, "AB"), "again at 9");
  EXPECT_EQ(observe(wait, 3, ".A"), "again at 5");
  EXPECT_EQ(observe(wait, 4, "B."), "again at 9");
  EXPECT_EQ(observe(wait, 5, "A."), "again at 7");
  EXPECT_EQ(observe(wait, 7, ".."), "met at 7 by 0 1");
}

TEST(Wait, ABreakRestartsTheHoldTime) {
  Wait wait(terms(Mode::kAny, 3, 9), 1);
  EXPECT_EQ(observe(wait, 0, "A"), "again at 3");
  EXPECT_EQ(observe(wait, 2, "B"), "again at 9");
  EXPECT_EQ(observe(wait, 4, "A"), "again at 7");
  EXPECT_EQ(observe(wait, 7, "."), "met at 7 by 0");
}

TEST(Wait, ABreakWithinAMillisecondDoesNotCount) {
  Wait apart(terms(Mode::kAll, 3, 9), 2);
  observe(apart, 0, "AA");
  EXPECT_EQ(observe(apart, 2, "B."), "again at 9");
  EXPECT_EQ(observe(apart, 2, "A."), "again at 3");
  EXPECT_EQ(observe(apart, 3, ".."), "met at 3 by 0 1");
}

TEST(Wait, AStateThatEndsAtTheHoldTimeIsNotEnough) {
  Wait wait(terms(Mode::kAny, 2, 9), 1);
  observe(wait, 0, "A");
  EXPECT_EQ(observe(wait, 2, "B"), "again at 9");
}

TEST(Wait, EndsAtTheDeadlineButNotBefore) {
  Wait wait(terms(Mode::kAny, 2, 5), 1);
  EXPECT_EQ(observe(wait, 0, "B"), "again at 5");
  EXPECT_EQ(observe(wait, 4, "A"), "again at 5");
  EXPECT_EQ(observe(wait, 5, "."), "out at 5");
}

TEST(Wait, MetAtTheDeadlineIsMet) {
  Wait wait(terms(Mode::kAny, 2, 5), 1);
  EXPECT_EQ(observe(wait, 3, "A"), "again at 5");
  EXPECT_EQ(observe(wait, 5, "."), "met at 5 by 0");
}

TEST(Wait, WithoutATimeoutTestsOnce) {
  Wait wait(terms(Mode::kAny, 0, 0), 1);
  EXPECT_EQ(observe(wait, 0, "B"), "out at 0");
}

TEST(Wait, UsesTheLatestTimeIfTheClockJumpsBack) {
  Wait wait(terms(Mode::kAny, 2, 9), 1);
  observe(wait, 4, "A");
  EXPECT_EQ(observe(wait, 1, "."), "again at 6");
  EXPECT_EQ(observe(wait, 1, "B"), "again at 9");
  EXPECT_EQ(observe(wait, 1, "A"), "again at 6");
  EXPECT_EQ(observe(wait, 6, "."), "met at 6 by 0");
}

// Random availability of each person at each minute. The model reads all of it.
struct History {
  std::vector<std::vector<bool>> available;  // by minute, by person

  bool held(std::size_t person, int from, int to) const {
    for (int at = from; at <= to; ++at)
      if (!available[static_cast<std::size_t>(at)][person]) return false;
    return true;
  }
  std::size_t people() const { return available.front().size(); }
};

std::string model(const History& history, Mode mode, int hold, int deadline) {
  for (int now = 0; now <= deadline; ++now) {
    std::vector<std::size_t> who;
    for (std::size_t person = 0; person < history.people() && now >= hold; ++person)
      if (history.held(person, now - hold, now)) who.push_back(person);
    const bool is_met = mode == Mode::kAny ? !who.empty() : who.size() == history.people();
    if (is_met) return text_of(Met{minute(now), who});
  }
  return text_of(TimedOut{minute(deadline)});
}

// Observes only at changes and at the times of recheck_at.
std::string waited(const History& history, Mode mode, int hold, int deadline) {
  Wait wait(terms(mode, hold, deadline), history.people());
  int again = 0;
  for (int now = 0;; ++now) {
    std::string seen(history.people(), '.');
    bool is_changed = false;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const auto at = static_cast<std::size_t>(now);
      if (now > 0 && history.available[at][i] == history.available[at - 1][i]) continue;
      seen[i] = history.available[at][i] ? 'A' : 'B';
      is_changed = true;
    }
    if (!is_changed && now < again) continue;
    const std::string verdict = observe(wait, now, seen);
    if (!verdict.starts_with("again at ")) return verdict;
    again = std::stoi(verdict.substr(9));
    EXPECT_GT(again, now);
    EXPECT_LE(again, deadline);
  }
}

TEST(Wait, AgreesWithAModelThatTestsEveryMinute) {
  constexpr int kMinutes = 40;
  std::map<std::string, int> kinds;
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return random() % n; };
    const Mode mode = below(2) ? Mode::kAny : Mode::kAll;
    const int hold = static_cast<int>(below(8));
    const int deadline = static_cast<int>(below(kMinutes));
    const unsigned change = 1 + below(6);  // probability of a change, in tenths
    History history;
    history.available.emplace_back();
    const std::size_t people = 1 + below(4);
    for (std::size_t i = 0; i < people; ++i) history.available[0].push_back(below(2));
    for (int at = 1; at < kMinutes; ++at) {
      history.available.push_back(history.available.back());
      for (std::size_t i = 0; i < people; ++i)
        if (below(10) < change) history.available.back()[i] = below(3) > 0;
    }
    const std::string expected = model(history, mode, hold, deadline);
    ASSERT_EQ(waited(history, mode, hold, deadline), expected) << "seed " << seed;
    ++kinds[expected.substr(0, 3)];
  }
  EXPECT_GT(kinds["met"], 4000);
  EXPECT_GT(kinds["out"], 4000);
}

}  // namespace
}  // namespace porchlight::watch
