// Reads the record's inputs once. Calendars, locations and automatic replies have no time at which they were set, so
// they do not count as the newest input.
#include "presence/freshness.h"

#include <algorithm>

#include "presence/explanation.h"
#include "presence/liveness.h"

namespace porchlight::presence {

Freshness freshness(const Record& record, Time now, bool owner, const Policy& policy) {
  Freshness fresh;
  fresh.known = record != Record{};
  fresh.valid_until = owner ? next_change(record, now, policy) : next_state_change(record, now, policy);
  const auto consider = [&](Time set_at) {
    fresh.newest_input = std::max(fresh.newest_input.value_or(set_at), set_at);
  };
  for (const Session& session : record.sessions)
    if (is_live(session, now)) consider(session.set_at);
  const Extras& extras = extras_of(record);
  if (extras.preferred && is_live(*extras.preferred, now)) consider(extras.preferred->set_at);
  if (owner && extras.message && is_live(*extras.message, now)) consider(extras.message->published_at);
  return fresh;
}

}  // namespace porchlight::presence
