// Decides commands (spec presence §5.6-5.11). The checks of a command run in the order in which failures are reported.
#include <algorithm>

#include "base/check.h"
#include "presence/liveness.h"
#include "presence/rules.h"

namespace porchlight::presence {
namespace {

using EventBody = decltype(Event::what);
// The event, nullopt if the command changes nothing, or the reason why it is refused.
using Decision = std::expected<std::optional<EventBody>, Rejection>;

bool is_one_of(std::span<const State> states, State state) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

// Whether one more session is allowed (§5.6). Expired sessions and the session that would be replaced do not count.
bool has_room(const Record& record, const SessionKey& key, Time now) {
  std::size_t of_app = 0, of_all = 0;
  for (const Session& session : record.sessions) {
    if (session.key == key || !is_live(session, now)) continue;
    ++of_all;
    if (session.key.app == key.app) ++of_app;
  }
  return of_app < kSessionsPerAppMax && of_all < kSessionsPerPersonMax;
}

// §2.4: Busy and DoNotDisturb have a shorter default.
Duration default_life(State preferred) {
  const bool is_short = preferred.availability() == "Busy" || preferred.availability() == "DoNotDisturb";
  return is_short ? kPreferredLifeShort : kPreferredLifeLong;
}

// The plan of the record; the empty one if it has none.
const WorkPlan& plan_of(const Record& record) {
  static const WorkPlan kNone;
  return extras_of(record).plan ? *extras_of(record).plan : kNone;
}

// No event if the plan stays the same. Drops occurrences that ended long ago, so that a plan does not fill up.
Decision replace_plan(const Record& record, WorkPlan plan, Time now) {
  std::erase_if(plan.occurrences, [now](const WorkOccurrence& one) {
    const Time until = one.range.until();
    return until < now && now - until > kWorkOccurrenceKept;
  });
  if (plan.recurrences.size() > kWorkRecurrencesMax || plan.occurrences.size() > kWorkOccurrencesMax)
    return std::unexpected(Rejection::kWorkPlanFull);
  if (plan == plan_of(record)) return std::nullopt;
  return WorkPlanSet{std::move(plan)};
}

void drop_replacements(WorkPlan& plan, const Guid& recurrence) {
  std::erase_if(plan.occurrences, [&](const WorkOccurrence& one) {
    return one.replaces && one.replaces->recurrence == recurrence;
  });
}

Decision put_recurrence(const Record& record, const PutWorkRecurrence& put, Time now) {
  WorkPlan plan = plan_of(record);
  if (put.exists) {
    if (std::erase_if(plan.recurrences, [&](const auto& one) { return one.id == put.recurrence.id; }) == 0)
      return std::unexpected(Rejection::kWorkPlanNotFound);
    drop_replacements(plan, put.recurrence.id);
  }
  if (std::ranges::any_of(plan.recurrences, [&](const auto& one) { return overlap(one, put.recurrence); }))
    return std::unexpected(Rejection::kWorkPlanOverlap);
  plan.recurrences.push_back(put.recurrence);
  return replace_plan(record, std::move(plan), now);
}

Decision put_occurrence(const Record& record, const PutWorkOccurrence& put, Time now) {
  WorkPlan plan = plan_of(record);
  const auto& replaces = put.occurrence.replaces;
  if (replaces) {
    const auto of = std::ranges::find(plan.recurrences, replaces->recurrence, &WorkRecurrence::id);
    if (of == plan.recurrences.end() || !occurs_on(*of, replaces->day))
      return std::unexpected(Rejection::kWorkPlanNotFound);
  }
  const auto removed = std::erase_if(plan.occurrences, [&](const WorkOccurrence& one) {
    return one.id == put.occurrence.id && one.replaces == replaces;
  });
  if (put.exists && !replaces && removed == 0) return std::unexpected(Rejection::kWorkPlanNotFound);
  plan.occurrences.push_back(put.occurrence);
  return replace_plan(record, std::move(plan), now);
}

// The end of a location that is set for the current period or day; `set.location.until` is the end of the day.
Time end_of_current(const WorkPlan& plan, const SetCurrentLocation& set, Time now) {
  const Time midnight = set.location.until;
  if (!set.whole_day) {
    const auto period = period_at(plan, now);
    return period ? period->until : midnight;
  }
  Time end = now;
  for (const WorkPeriod& period : periods_between(plan, now, midnight)) end = std::max(end, period.until);
  return end > now ? end : midnight;
}

// One overload per command.
struct Decider {
  const Record& record;
  Time now;
  const Policy& policy;

  Decision operator()(const SetSession& set) const {
    // A signed-in client may set every pair that can be read except PresenceUnknown (§2.1).
    const bool allowed = set.client ? set.state != kPresenceUnknown : policy.settable(set.state);
    if (!allowed) return std::unexpected(Rejection::kPairNotAllowed);
    if (set.life && (*set.life < policy.session_life_min || *set.life > policy.session_life_max))
      return std::unexpected(Rejection::kDurationOutOfRange);
    if (!has_room(record, set.key, now)) return std::unexpected(Rejection::kTooManySessions);
    const bool endless = set.client && !set.life;
    const Time until = endless ? kNever : end_of(now, set.life.value_or(kSessionLifeDefault));
    return SessionSet{.key = set.key, .state = set.state, .expires_at = until, .priority = set.priority};
  }

  Decision operator()(const ClearSession& clear) const {
    const auto position = session_position(record.sessions, clear.key);
    if (position == record.sessions.end() || position->key != clear.key || !is_live(*position, now))
      return std::unexpected(Rejection::kSessionNotFound);
    return SessionCleared{.key = clear.key};
  }

  Decision operator()(const SetPreferred& set) const {
    if (!is_one_of(preferred_states(), set.state)) return std::unexpected(Rejection::kPairNotAllowed);
    const Duration life = set.life.value_or(default_life(set.state));
    if (life <= Duration::zero() || life > kPreferredLifeMax)
      return std::unexpected(Rejection::kDurationOutOfRange);
    return PreferredSet{.state = set.state, .expires_at = end_of(now, life), .by = set.by};
  }

  // §5.9: clearing an absent preference is not an error.
  Decision operator()(const ClearPreferred&) const {
    if (!record.preferred() || !is_live(*record.preferred(), now)) return std::nullopt;
    return PreferredCleared{};
  }

  Decision operator()(const SetMessage& set) const {
    if (!is_live_at(set.expires_at, now)) return std::unexpected(Rejection::kExpiryPassed);
    return MessageSet{{.text = set.text,
                       .published_at = now,
                       .expires_at = set.expires_at,
                       .expiry_text = set.expiry_text,
                       .expiry_zone = set.expiry_zone,
                       .by = set.by}};
  }

  Decision operator()(const ClearMessage&) const {
    if (!extras_of(record).message || !is_live(*extras_of(record).message, now)) return std::nullopt;
    return MessageCleared{};
  }

  Decision operator()(const SetLocation& set) const { return LocationSet{set.layer, set.location}; }

  Decision operator()(const ClearLocations& clear) const {
    const auto has = [&](LocationLayer layer) {
      const auto& location = extras_of(record).locations[static_cast<std::size_t>(layer)];
      return location && is_live(*location, now);
    };
    const LocationsCleared cleared{.manual = clear.manual && has(LocationLayer::kManual),
                                   .automatic = clear.automatic && has(LocationLayer::kAutomatic),
                                   .scheduled = clear.scheduled && has(LocationLayer::kScheduled)};
    if (cleared == LocationsCleared{}) return std::nullopt;
    return cleared;
  }

  Decision operator()(const SetSharedLocation& set) const {
    WorkPlan plan = plan_of(record);
    plan.shared = set.shared;
    return replace_plan(record, std::move(plan), now);
  }
  Decision operator()(const PutWorkRecurrence& put) const { return put_recurrence(record, put, now); }
  Decision operator()(const RemoveWorkRecurrence& remove) const {
    WorkPlan plan = plan_of(record);
    if (std::erase_if(plan.recurrences, [&](const auto& one) { return one.id == remove.id; }) == 0)
      return std::unexpected(Rejection::kWorkPlanNotFound);
    drop_replacements(plan, remove.id);
    return replace_plan(record, std::move(plan), now);
  }
  Decision operator()(const PutWorkOccurrence& put) const { return put_occurrence(record, put, now); }
  Decision operator()(const RemoveWorkOccurrence& remove) const {
    WorkPlan plan = plan_of(record);
    if (std::erase_if(plan.occurrences,
                      [&](const auto& one) { return !one.replaces && one.id == remove.id; }) == 0)
      return std::unexpected(Rejection::kWorkPlanNotFound);
    return replace_plan(record, std::move(plan), now);
  }

  Decision operator()(const SetCurrentLocation& set) const {
    LocationSet event{LocationLayer::kScheduled, set.location};
    event.location.until = end_of_current(plan_of(record), set, now);
    return event;
  }

  Decision operator()(const SetOutOfOffice& set) const {
    if (set.what.until <= set.what.from || !is_live_at(set.what.until, now))
      return std::unexpected(Rejection::kWindowEmpty);
    return OutOfOfficeSet{set.what};
  }

  Decision operator()(const ClearOutOfOffice&) const {
    if (!extras_of(record).out_of_office) return std::nullopt;
    return OutOfOfficeCleared{};
  }

  // Feeds are read periodically; an unchanged calendar writes no event.
  Decision operator()(const SetCalendar& set) const {
    if (set.calendar == extras_of(record).calendar) return std::nullopt;
    if (!set.calendar) return CalendarCleared{};
    return CalendarSet{set.calendar};
  }

  Decision operator()(const SetVisibility& set) const {
    const Shared<Visibility>& present = extras_of(record).visibility;
    if (set.visibility == (present ? *present : Visibility{})) return std::nullopt;
    if (set.visibility == Visibility{}) return VisibilityCleared{};
    return VisibilitySet{set.visibility};
  }
};

// A change of the visibility counts as a visible change: for some clients it is one, and no client may see the sequence
// number decrease (§6.6).
bool changes_visibility(const Event& event) {
  return std::holds_alternative<VisibilitySet>(event.what) ||
         std::holds_alternative<VisibilityCleared>(event.what);
}

// The event with its sequence number, and what it changes. §6.6: the number includes the visible changes that time made
// since the last event, and the event itself if it changes what is visible.
DecidedChange change_by(const Record& record, Event event, const Policy& policy) {
  Record later = record;
  apply(later, event);
  const Visible seen = visible(record, event.at, policy), seen_later = visible(later, event.at, policy);
  const std::uint64_t before = sequence(record, event.at, policy);
  CHECK(before >= record.sequence_base);
  const bool is_visible = changes_visibility(event) || seen != seen_later;
  event.sequence = is_visible ? next_sequence(before, event.at) : before;
  return {std::move(event), seen.state, seen_later.state};
}

}  // namespace

// The five documented pairs and those of the configuration.
bool Policy::settable(State state) const {
  return is_one_of(session_states(), state) || ((more_session_pairs >> state.code()) & 1) != 0;
}

std::expected<std::optional<DecidedChange>, Rejection> decide_change(const Record& record,
                                                                     const Command& command, Time now,
                                                                     const Policy& policy) {
  Decision decision = std::visit(Decider{record, now, policy}, command);
  if (!decision) return std::unexpected(decision.error());
  if (!*decision) return std::nullopt;
  return change_by(record, Event{.at = now, .sequence = 0, .what = **std::move(decision)}, policy);
}

std::expected<std::optional<Event>, Rejection> decide(const Record& record, const Command& command, Time now,
                                                      const Policy& policy) {
  auto change = decide_change(record, command, now, policy);
  if (!change) return std::unexpected(change.error());
  if (!*change) return std::nullopt;
  return (*change)->event;
}

}  // namespace porchlight::presence
