#include "presence/account.h"

#include <algorithm>

#include "presence/life.h"

namespace porchlight::presence {
namespace {

// What became of the live session or meeting that is not the winner's, or is.
Standing standing_of(const Explanation& why, bool is_winner) {
  if (is_winner) return Standing::kWins;
  return why.rule == Rule::kPreferred ? Standing::kBehindPreference : Standing::kOutranked;
}

Standing standing_of_preference(const Explanation& why) {
  switch (why.rule) {
    case Rule::kPreferred:
      return Standing::kWins;
    case Rule::kNoLiveSession:
      return Standing::kWithoutSession;
    default:
      return Standing::kBehindPriority;
  }
}

Standing standing_of_meeting(const Explanation& why) {
  if (why.rule == Rule::kNoLiveSession) return Standing::kWithoutSession;
  return standing_of(why, why.rule == Rule::kMeeting);
}

struct Lister {
  const Record& record;
  const Time now;
  const Policy& policy;
  const Explanation& why;
  std::vector<Input> inputs;

  void list_sessions() {
    for (const Session& session : record.sessions) {
      if (!is_live(session, now)) continue;
      inputs.push_back({.kind = InputKind::kSession,
                        .standing = standing_of(why, why.session == &session),
                        .state = faded(session, now, policy),
                        .since = session.set_at,
                        .until = session.expires_at(),
                        .by = session.key.app,
                        .session = &session});
    }
  }

  void list_extras(const Extras& extras) {
    if (extras.preferred && is_live(*extras.preferred, now)) {
      const Preference& preferred = *extras.preferred;
      add(InputKind::kPreference, standing_of_preference(why), preferred.state,
          {preferred.set_at, preferred.expires_at}, preferred.by);
    }
    if (extras.calendar) {
      if (const Span* meeting = span_at(extras.calendar->busy, now))
        add(InputKind::kMeeting, standing_of_meeting(why), kInAMeeting, *meeting, {});
    }
    const Standing out = why.state != why.base ? Standing::kChangesActivity : Standing::kLeavesActivity;
    if (extras.calendar) {
      if (const Span* away = span_at(extras.calendar->out_of_office, now))
        add(InputKind::kOutOfOffice, out, while_out_of_office(why.base), *away, {});
    }
    const OutOfOffice* reply = extras.out_of_office.get();
    if (reply && reply->from <= now && lasts(reply->until, now))
      add(InputKind::kOutOfOffice, out, while_out_of_office(why.base), {reply->from, reply->until},
          reply->by);
  }

  void add(InputKind kind, Standing standing, State state, const Span& span, const Guid& by) {
    inputs.push_back({.kind = kind,
                      .standing = standing,
                      .state = state,
                      .since = span.from,
                      .until = span.until,
                      .by = by});
  }
};

}  // namespace

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

Account account(const Record& record, Time now, const Policy& policy) {
  const Explanation why = explain(record, now, policy);
  Lister lister{record, now, policy, why, {}};
  lister.list_sessions();
  if (record.extras) lister.list_extras(*record.extras);
  const auto changes_at = next_state_change(record, now, policy);
  return {.why = why,
          .inputs = std::move(lister.inputs),
          .changes_at = changes_at,
          .then = explain(record, changes_at.value_or(now), policy)};
}

}  // namespace porchlight::presence
