// Applies events to a record. Writes, replay of the log and history all use this one function, so they cannot
// differ. An event carries complete values and replaces what it names, which makes a repetition harmless.
#include <algorithm>

#include "presence/liveness.h"
#include "presence/rules.h"

namespace porchlight::presence {
namespace {

// One overload per kind of event.
struct Applier {
  Record& record;
  Time at;
  std::uint64_t sequence;

  void operator()(const SessionSet& set) const {
    const Session session(set.key, set.state, at, set.expires_at, set.priority);
    const auto position = session_position(record.sessions, set.key);
    if (position != record.sessions.end() && position->key == set.key)
      *position = session;
    else
      record.sessions.insert(position, session);
  }

  void operator()(const SessionCleared& cleared) const {
    const auto position = session_position(record.sessions, cleared.key);
    if (position != record.sessions.end() && position->key == cleared.key) record.sessions.erase(position);
  }

  void operator()(const PreferredSet& set) const {
    record.ensure_extras().preferred =
        Preference{.set_at = at, .expires_at = set.expires_at, .state = set.state, .by = set.by};
  }
  void operator()(const PreferredCleared&) const { record.ensure_extras().preferred.reset(); }

  void operator()(const MessageSet& set) const { record.ensure_extras().message = set.message; }
  void operator()(const MessageCleared&) const { record.ensure_extras().message.reset(); }

  void operator()(const LocationSet& set) const { location(set.layer) = set.location; }
  void operator()(const LocationsCleared& cleared) const {
    if (cleared.manual) location(LocationLayer::kManual).reset();
    if (cleared.automatic) location(LocationLayer::kAutomatic).reset();
    if (cleared.scheduled) location(LocationLayer::kScheduled).reset();
  }

  void operator()(const WorkPlanSet& set) const {
    record.ensure_extras().plan = *set.plan == WorkPlan{} ? Shared<WorkPlan>() : set.plan;
  }

  void operator()(const OutOfOfficeSet& set) const { record.ensure_extras().out_of_office = set.what; }
  void operator()(const OutOfOfficeCleared&) const { record.ensure_extras().out_of_office.reset(); }

  void operator()(const CalendarSet& set) const { record.ensure_extras().calendar = set.calendar; }
  void operator()(const CalendarCleared&) const { record.ensure_extras().calendar.reset(); }

  void operator()(const VisibilitySet& set) const {
    record.ensure_extras().visibility = set.visibility;
    record.ensure_extras().visibility_sequence = sequence;
  }
  void operator()(const VisibilityCleared&) const {
    record.ensure_extras().visibility.reset();
    record.ensure_extras().visibility_sequence = 0;
  }

  Box<Location>& location(LocationLayer layer) const {
    return record.ensure_extras().locations[static_cast<std::size_t>(layer)];
  }
};

// Whether all spans are in the past. What was skipped of a feed is reported until the feed is read again.
bool has_ended(const Calendar& calendar, Time now) {
  const auto ended = [now](const std::vector<Span>& spans) {
    return spans.empty() || spans.back().until <= now;
  };
  return ended(calendar.busy) && ended(calendar.out_of_office) && calendar.skipped.count == 0;
}

void remove_expired(Extras& extras, Time now) {
  if (extras.preferred && !is_live(*extras.preferred, now)) extras.preferred.reset();
  if (extras.message && !is_live(*extras.message, now)) extras.message.reset();
  if (extras.out_of_office && !is_live_at(extras.out_of_office->until, now)) extras.out_of_office.reset();
  for (auto& location : extras.locations)
    if (location && !is_live(*location, now)) location.reset();
  if (extras.calendar && has_ended(*extras.calendar, now)) extras.calendar.reset();
}

// Removes expired inputs. They never affect a result again (spec presence §6.9, invariant 2), so this only keeps the
// record as small as its live content.
void remove_expired(Record& record, Time now) {
  const auto expired = std::remove_if(record.sessions.begin(), record.sessions.end(),
                                      [now](const Session& session) { return !is_live(session, now); });
  record.sessions.erase(expired, record.sessions.end());
  if (!record.extras) return;
  remove_expired(*record.extras, now);
  if (*record.extras == Extras{}) record.extras.reset();
}

}  // namespace

void apply(Record& record, const Event& event) {
  std::visit(Applier{record, event.at, event.sequence}, event.what);
  remove_expired(record, event.at);
  record.sequence_base = event.sequence;
  record.sequence_base_at = event.at;
}

bool has_expired_input(const Record& record, Time at) {
  if (!std::ranges::all_of(record.sessions, [at](const Session& session) { return is_live(session, at); }))
    return true;
  if (!record.extras) return false;
  const Extras& extras = *record.extras;
  const auto is_expired = [at](const auto& input) { return input && !is_live(*input, at); };
  return is_expired(extras.preferred) || is_expired(extras.message) ||
         (extras.out_of_office && !is_live_at(extras.out_of_office->until, at)) ||
         std::ranges::any_of(extras.locations, is_expired);
}

Record settled(Record record, Time at, const Policy& policy) {
  if (at < record.sequence_base_at) return record;
  record.sequence_base = sequence(record, at, policy);
  record.sequence_base_at = at;
  remove_expired(record, at);
  return record;
}

}  // namespace porchlight::presence
