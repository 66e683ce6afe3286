// Writes what presence/freshness.h and presence/rules.h compute as members of a presence.
#include "graph/call/freshness.h"

#include "base/time_text.h"
#include "presence/freshness.h"

namespace porchlight::graph {

void append_freshness(std::string& out, const Presence& presence, const presence::Record* record, bool owner,
                      Time now, const presence::Policy& policy) {
  presence::Freshness fresh;
  if (record)
    fresh = presence::freshness(*record, now, owner, policy);
  else
    fresh.known = presence.seen.state != presence::kPresenceUnknown;
  out += R"(,"@porchlight.asOf":")";
  append_date_time(out, now);
  out += R"(","@porchlight.validUntil":)";
  if (fresh.valid_until) {
    out += '"';
    append_date_time(out, *fresh.valid_until);
    out += '"';
  } else {
    out += "null";
  }
  out += R"(,"@porchlight.inputAge":)";
  if (fresh.newest_input) {
    out += '"';
    // If the clock has jumped back, an input from the future counts as new.
    append_duration(out, std::max(now - *fresh.newest_input, Duration(0)));
    out += '"';
  } else {
    out += "null";
  }
  out += fresh.known ? R"(,"@porchlight.known":true)" : R"(,"@porchlight.known":false)";
}

void append_planned_change(std::string& out, const presence::Record& record, Time now) {
  const auto change = presence::next_planned_change(record, now);
  if (!change) return;
  out += R"(,"@porchlight.validUntil":")";
  append_date_time(out, *change);
  out += '"';
}

void add_preference_applied(const Call& call) {
  if (call.headers.prefers_freshness) call.response.add("Preference-Applied", kFreshnessPreference);
}

}  // namespace porchlight::graph
