// Writes what presence/freshness.h and presence/rules.h compute as members of a presence.
#include "graph/call/freshness.h"

#include "base/time_text.h"
#include "presence/freshness.h"

namespace porchlight::graph {

namespace {

// Appends a comma, the name and the time.
void append_time(std::string& out, std::string_view name, Time at) {
  out.append(",\"@porchlight.").append(name).append("\":\"");
  append_date_time(out, at);
  out += '"';
}

// When a change happens that comes at `change` for the record: at the end of the hold if it is held until then.
Time shown_at(Time change, const SeenRecord& seen, Time now) {
  return seen.held && change <= now ? seen.held->until : change;
}

}  // namespace

void append_freshness(std::string& out, const Presence& presence, const SeenRecord& seen, bool owner,
                      Time now, const presence::Policy& policy) {
  presence::Freshness fresh;
  if (seen.record)
    fresh = presence::freshness(*seen.record, seen.at(now), owner, policy);
  else
    fresh.known = presence.seen.state != presence::kPresenceUnknown;
  append_time(out, "asOf", seen.at(now));
  if (fresh.valid_until)
    append_time(out, "validUntil", shown_at(*fresh.valid_until, seen, now));
  else
    out += R"(,"@porchlight.validUntil":null)";
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

void append_stream_annotations(std::string& out, const SeenRecord& seen, Time now,
                               const presence::Policy& policy) {
  if (!seen.record) return;
  if (const auto change = presence::next_planned_change(*seen.record, seen.at(now)))
    append_time(out, "validUntil", shown_at(*change, seen, now));
  if (!seen.held) return;
  const auto change = presence::next_change(*seen.record, seen.held->from, policy);
  if (change && *change <= now) append_time(out, "asOf", seen.held->from);
}

void add_preference_applied(const Call& call) {
  if (call.headers.prefers_freshness) call.response.add("Preference-Applied", kFreshnessPreference);
}

}  // namespace porchlight::graph
