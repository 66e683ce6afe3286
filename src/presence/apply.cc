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

  void operator()(const SessionSet& set) const {
    const Session session(set.key, set.state, at, set.expires_at);
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
    record.preferred = Preference{.set_at = at, .expires_at = set.expires_at, .state = set.state};
  }

  void operator()(const PreferredCleared&) const { record.preferred.reset(); }
};

// Expired input never matters again (invariant 2), so a record stays as small as what lives in it.
void forget_expired(Record& record, Time now) {
  const auto gone = std::remove_if(record.sessions.begin(), record.sessions.end(),
                                   [now](const Session& session) { return !is_live(session, now); });
  record.sessions.erase(gone, record.sessions.end());
  if (record.preferred && !is_live(*record.preferred, now)) record.preferred.reset();
}

}  // namespace

void apply(Record& record, const Event& event) {
  std::visit(Applier{record, event.at}, event.what);
  forget_expired(record, event.at);
  record.stamp = event.stamp;
  record.stamp_at = event.at;
}

}  // namespace porchlight::presence
