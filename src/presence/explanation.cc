// The outcome of each input follows from the rule that explain() names: the code below derives it and does not apply
// the rules again.
#include "presence/explanation.h"

#include <algorithm>

#include "presence/liveness.h"

namespace porchlight::presence {
namespace {

// The outcome of a live session or meeting.
InputOutcome outcome_of(const Explanation& why, bool is_winner) {
  if (is_winner) return InputOutcome::kWins;
  return why.rule == Rule::kPreferred ? InputOutcome::kOverriddenByPreference : InputOutcome::kOutranked;
}

InputOutcome outcome_of_preference(const Explanation& why) {
  switch (why.rule) {
    case Rule::kPreferred:
      return InputOutcome::kWins;
    case Rule::kNoLiveSession:
      return InputOutcome::kWithoutSession;
    default:
      return InputOutcome::kOverriddenByPriority;
  }
}

InputOutcome outcome_of_meeting(const Explanation& why) {
  if (why.rule == Rule::kNoLiveSession) return InputOutcome::kWithoutSession;
  return outcome_of(why, why.rule == Rule::kMeeting);
}

// Collects the live inputs of a record.
struct InputCollector {
  const Record& record;
  const Time now;
  const Policy& policy;
  const Explanation& why;
  std::vector<Input> inputs;

  void collect_sessions() {
    for (const Session& session : record.sessions) {
      if (!is_live(session, now)) continue;
      inputs.push_back({.kind = InputKind::kSession,
                        .outcome = outcome_of(why, why.session == &session),
                        .state = apply_idle_fade(session, now, policy),
                        .since = session.set_at,
                        .until = session.expires_at(),
                        .by = session.key.app,
                        .session = &session});
    }
  }

  void collect_extras(const Extras& extras) {
    if (extras.preferred && is_live(*extras.preferred, now)) {
      const Preference& preferred = *extras.preferred;
      add(InputKind::kPreference, outcome_of_preference(why), preferred.state,
          {preferred.set_at, preferred.expires_at}, preferred.by);
    }
    if (extras.calendar) {
      if (const Span* meeting = span_at(extras.calendar->busy, now))
        add(InputKind::kMeeting, outcome_of_meeting(why), kInAMeeting, *meeting, {});
    }
    const InputOutcome out =
        why.state != why.base ? InputOutcome::kChangesActivity : InputOutcome::kLeavesActivity;
    if (extras.calendar) {
      if (const Span* away = span_at(extras.calendar->out_of_office, now))
        add(InputKind::kOutOfOffice, out, while_out_of_office(why.base), *away, {});
    }
    const OutOfOffice* reply = extras.out_of_office.get();
    if (reply && reply->from <= now && is_live_at(reply->until, now)) {
      add(InputKind::kOutOfOffice, out, while_out_of_office(why.base), {reply->from, reply->until},
          reply->by);
      inputs.back().since_ticks = reply->from_ticks;
      inputs.back().until_ticks = reply->until_ticks;
    }
  }

  void add(InputKind kind, InputOutcome outcome, State state, const Span& span, const Guid& by) {
    inputs.push_back({.kind = kind,
                      .outcome = outcome,
                      .state = state,
                      .since = span.from,
                      .until = span.until,
                      .by = by});
  }
};

}  // namespace

// Walks from change to change of visible() until one changes the state or the flag. The walk ends, because each step
// passes the start or end of an input.
std::optional<Time> next_state_change(const Record& record, Time now, const Policy& policy) {
  const Explanation why = explain(record, now, policy);
  auto at = next_change(record, now, policy);
  while (at) {
    const Explanation then = explain(record, *at, policy);
    if (then.state != why.state || then.out_of_office != why.out_of_office) return at;
    at = next_change(record, *at, policy);
  }
  return std::nullopt;
}

DetailedExplanation explain_in_detail(const Record& record, Time now, const Policy& policy) {
  const Explanation why = explain(record, now, policy);
  InputCollector collector{record, now, policy, why, {}};
  collector.collect_sessions();
  if (record.extras) collector.collect_extras(*record.extras);
  const auto changes_at = next_state_change(record, now, policy);
  return {.why = why,
          .inputs = std::move(collector.inputs),
          .changes_at = changes_at,
          .then = explain(record, changes_at.value_or(now), policy)};
}

}  // namespace porchlight::presence
