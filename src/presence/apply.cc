// What happened, remembered: the fold of a person's events.
#include <algorithm>

#include "presence/life.h"
#include "presence/rules.h"

namespace porchlight::presence {
namespace {

// Each makes one kind of event part of the record, the same however often.
struct Applier {
  Record& record;
  Time at;
  std::uint64_t stamp;

  void operator()(const SessionSet& set) const {
    const Session session(set.key, set.state, at, set.expires_at, set.priority);
    const auto place = place_of(record.sessions, set.key);
    if (place != record.sessions.end() && place->key == set.key)
      *place = session;
    else
      record.sessions.insert(place, session);
  }

  void operator()(const SessionCleared& cleared) const {
    const auto place = place_of(record.sessions, cleared.key);
    if (place != record.sessions.end() && place->key == cleared.key) record.sessions.erase(place);
  }

  void operator()(const PreferredSet& set) const {
    record.more().preferred =
        Preference{.set_at = at, .expires_at = set.expires_at, .state = set.state, .by = set.by};
  }
  void operator()(const PreferredCleared&) const { record.more().preferred.reset(); }

  void operator()(const MessageSet& set) const { record.more().message = set.message; }
  void operator()(const MessageCleared&) const { record.more().message.reset(); }

  void operator()(const LocationSet& set) const { location(set.layer) = set.location; }
  void operator()(const LocationsCleared& cleared) const {
    if (cleared.manual) location(LocationLayer::kManual).reset();
    if (cleared.automatic) location(LocationLayer::kAutomatic).reset();
    if (cleared.scheduled) location(LocationLayer::kScheduled).reset();
  }

  void operator()(const OutOfOfficeSet& set) const { record.more().out_of_office = set.what; }
  void operator()(const OutOfOfficeCleared&) const { record.more().out_of_office.reset(); }

  void operator()(const CalendarSet& set) const { record.more().calendar = set.calendar; }
  void operator()(const CalendarCleared&) const { record.more().calendar.reset(); }

  void operator()(const AudienceSet& set) const {
    record.more().audience = set.audience;
    record.more().audience_stamp = stamp;
  }
  void operator()(const AudienceCleared&) const {
    record.more().audience.reset();
    record.more().audience_stamp = 0;
  }

  Box<Location>& location(LocationLayer layer) const {
    return record.more().locations[static_cast<std::size_t>(layer)];
  }
};

bool has_ended(const Calendar& calendar, Time now) {
  const auto ended = [now](const std::vector<Span>& spans) {
    return spans.empty() || spans.back().until <= now;
  };
  return ended(calendar.busy) && ended(calendar.out_of_office);
}

void forget_expired(Extras& extras, Time now) {
  if (extras.preferred && !is_live(*extras.preferred, now)) extras.preferred.reset();
  if (extras.message && !is_live(*extras.message, now)) extras.message.reset();
  if (extras.out_of_office && !lasts(extras.out_of_office->until, now)) extras.out_of_office.reset();
  for (auto& location : extras.locations)
    if (location && !is_live(*location, now)) location.reset();
  if (extras.calendar && has_ended(*extras.calendar, now)) extras.calendar.reset();
}

// Removes expired input, which never matters again (spec presence §6.9, invariant 2), so that a record stays
// as small as its live content.
void forget_expired(Record& record, Time now) {
  const auto gone = std::remove_if(record.sessions.begin(), record.sessions.end(),
                                   [now](const Session& session) { return !is_live(session, now); });
  record.sessions.erase(gone, record.sessions.end());
  if (!record.extras) return;
  forget_expired(*record.extras, now);
  if (*record.extras == Extras{}) record.extras.reset();
}

}  // namespace

void apply(Record& record, const Event& event) {
  std::visit(Applier{record, event.at, event.stamp}, event.what);
  forget_expired(record, event.at);
  record.stamp = event.stamp;
  record.stamp_at = event.at;
}

}  // namespace porchlight::presence
