// The three users of the examples in Graph's reference do nothing by themselves: documents show their presence.
#include "admin/demo_script.h"

#include <iterator>
#include <string_view>

#include "admin/demo.h"
#include "base/check.h"

namespace porchlight::admin {
namespace {

using namespace std::chrono_literals;

// A user changes the state of the client, or signs out if `availability` is empty.
struct Scene {
  std::string_view alias, availability, activity;
};
constexpr Scene kScenes[] = {
    {"dev", "Available", "Available"},
    {"hiro", "Available", "Available"},
    {"ines", "Available", "Available"},
    {"grace", "DoNotDisturb", "Presenting"},
    {"jonas", "Away", "Away"},
    {"kaya", "Available", "Available"},
    {"elif", "Busy", "InACall"},
    {"dev", "Busy", "InAConferenceCall"},
    {"farid", "BeRightBack", "BeRightBack"},
    {"hiro", "Busy", "InACall"},
    {"ines", "Busy", "Busy"},
    {"grace", "Available", "Available"},
    {"farid", "Available", "Available"},
    {"elif", "Available", "Available"},
    {"jonas", "Available", "Available"},
    {"kaya", "", ""},
    {"dev", "Away", "Away"},
    {"hiro", "Busy", "InAConferenceCall"},
    {"ines", "Away", "Away"},
    {"jonas", "Busy", "Busy"},
    {"grace", "DoNotDisturb", "DoNotDisturb"},
};

DemoAct act_of(const Scene& scene) {
  const Guid user = demo_person(scene.alias);
  const presence::SessionKey key{demo_client(), user};
  if (scene.availability.empty()) return {user, presence::ClearSession{key}};
  const auto state = presence::State::find(scene.availability, scene.activity);
  CHECK(state.has_value());
  return {user, presence::SetSession{key, *state, std::nullopt, true}};
}

// Meetings of one user: the first begins `begin` after the start, and one begins each `every`.
struct Meetings {
  std::string_view alias;
  Duration begin, length, every;
};
constexpr Meetings kMeetings[] = {
    {"farid", 40s, 3min, 10min},
    {"elif", -4min, 5min, 20min},
    {"hiro", 3min, 10min, 30min},
};

// The meetings that have not ended at `now`, as far as calendars reach.
presence::Calendar calendar_of(const Meetings& meetings, Time start, Time now) {
  presence::Calendar calendar;
  const auto passed = (now - start - meetings.begin) / meetings.every;
  for (Time at = start + meetings.begin + (passed - 1) * meetings.every; at < now + kDemoPlansAhead;
       at += meetings.every)
    if (at + meetings.length > now) calendar.busy.push_back({at, at + meetings.length});
  return calendar;
}

// Of whole days, so that writing it again changes nothing on the same day.
presence::SetOutOfOffice absence_at(Time now) {
  const Time today = std::chrono::floor<std::chrono::days>(now);
  return {{.from = today - std::chrono::days(1),
           .until = today + std::chrono::days(4),
           .message = "I am at the customer's site this week. Inês answers for me."}};
}

}  // namespace

std::vector<DemoAct> demo_plans(Time start, Time now) {
  std::vector<DemoAct> acts = {{demo_person("lucia"), absence_at(now)}};
  acts.reserve(1 + std::size(kMeetings));
  for (const Meetings& meetings : kMeetings)
    acts.push_back({demo_person(meetings.alias), presence::SetCalendar{calendar_of(meetings, start, now)}});
  return acts;
}

// If the clock is set back, the script goes on from the new time.
std::vector<DemoAct> DemoScript::due(Time now) {
  if (now < start_) *this = DemoScript(now);
  const std::int64_t step = (now - start_) / kDemoStep;
  if (step_ == step) return {};
  std::vector<DemoAct> acts;
  if (!planned_at_ || now < *planned_at_ || now >= *planned_at_ + kDemoPlansEvery) {
    acts = demo_plans(start_, now);
    planned_at_ = now;
  }
  acts.push_back(act_of(kScenes[static_cast<std::size_t>(step) % std::size(kScenes)]));
  step_ = step;
  return acts;
}

}  // namespace porchlight::admin
