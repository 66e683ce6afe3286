// The rules that read a record (spec presence §6.2-6.4, §6.6, §8, §9).
//
// The state can change only at an edge: the start, the end or a fading time of an input. next_change() and sequence()
// walk these edges and compare visible() before and after each. A record has a few edges, so a walk is short; the
// common case, no edge between the last event and now, costs one scan of the inputs.
#include "presence/rules.h"

#include <algorithm>

#include "presence/liveness.h"

namespace porchlight::presence {
namespace {

// R6: sessions that never expire belong to signed-in clients, which set Away themselves.
bool can_fade(const Session& session) { return session.state == kAvailable && !session.never_expires(); }

bool is_busy(const Extras& extras, Time now) { return extras.calendar && covers(extras.calendar->busy, now); }

}  // namespace

// R6 and §6.3: only Available fades.
State apply_idle_fade(const Session& session, Time now, const Policy& policy) {
  if (!can_fade(session)) return session.state;
  if (now >= end_of(session.set_at, policy.fade_to_away)) return kAway;
  if (now >= end_of(session.set_at, policy.fade_to_inactive)) return kAvailableInactive;
  return session.state;
}

namespace {

// R4: the live session whose faded state has the best rank. Of equal ranks the session with the smallest key wins, so
// that the result does not depend on the order of arrival.
struct LiveSessions {
  const Session* best = nullptr;
  State state = kOffline;
  bool any_priority = false;
};

LiveSessions live_sessions(const Record& record, Time now, const Policy& policy) {
  LiveSessions live;
  for (const Session& session : record.sessions) {
    if (!is_live(session, now)) continue;
    live.any_priority |= session.priority;
    const State state = apply_idle_fade(session, now, policy);
    if (live.best && state >= live.state) continue;
    live.best = &session;
    live.state = state;
  }
  return live;
}

// So each Available session stays Available as long as it is live.
constexpr Policy kWithoutFading{.fade_to_inactive = Duration::max(), .fade_to_away = Duration::max()};

// Whether an automatic reply is active.
bool has_reply(const Extras& extras, Time now) {
  return extras.out_of_office && extras.out_of_office->from <= now &&
         is_live_at(extras.out_of_office->until, now);
}

bool is_out_of_office(const Extras& extras, Time now) {
  return has_reply(extras, now) || (extras.calendar && covers(extras.calendar->out_of_office, now));
}

// R2 to R7 for a record with extras. explain_with() applies out of office (R14).
Explanation base_of(const LiveSessions& live, const Extras& extras, Time now) {
  if (!live.best) return {kOffline, kOffline, Rule::kNoLiveSession, nullptr, false};
  if (extras.preferred && is_live(*extras.preferred, now) && !live.any_priority) {
    const State state = extras.preferred->state;
    return {state, state, Rule::kPreferred, nullptr, false};
  }
  if (is_busy(extras, now) && kInAMeeting < live.state)
    return {kInAMeeting, kInAMeeting, Rule::kMeeting, nullptr, false};
  return {live.state, live.state, Rule::kBestSession, live.best, false};
}

Explanation explain_with(const LiveSessions& live, const Extras& extras, Time now) {
  Explanation why = base_of(live, extras, now);
  why.out_of_office = is_out_of_office(extras, now);
  if (why.out_of_office) why.state = while_out_of_office(why.base);
  return why;
}

// Finds the earliest edge after `now`.
class NextEdge {
 public:
  explicit NextEdge(Time now) : now_(now) {}
  void consider(Time edge) {
    if (edge > now_ && edge < best_) best_ = edge;
  }
  void consider(const std::optional<Time>& edge) {
    if (edge) consider(*edge);
  }
  std::optional<Time> best() const { return best_ == kNever ? std::nullopt : std::optional(best_); }

 private:
  Time now_;
  Time best_ = kNever;
};

// The edges of the extras that the state depends on. `meetings_count`: whether a meeting may be visible before then.
void consider_state_extras(NextEdge& next, const Extras& extras, bool meetings_count, Time now) {
  if (extras.preferred) next.consider(extras.preferred->expires_at);
  if (extras.out_of_office) {
    next.consider(extras.out_of_office->from);
    next.consider(extras.out_of_office->until);
  }
  if (!extras.calendar) return;
  next.consider(next_edge(extras.calendar->out_of_office, now));
  if (meetings_count) next.consider(next_edge(extras.calendar->busy, now));
}

void consider_extras(NextEdge& next, const Extras& extras, bool has_live_session, Time now) {
  if (extras.message) next.consider(extras.message->expires_at);
  for (const auto& location : extras.locations)
    if (location) next.consider(location->until);
  if (extras.plan) next.consider(next_edge(*extras.plan, now));
  // Meetings are visible only while a session is live (R2), and no session becomes live by itself.
  consider_state_extras(next, extras, has_live_session, now);
}

std::optional<Time> next_edge(const Record& record, Time now, const Policy& policy) {
  NextEdge next(now);
  bool has_live_session = false;
  for (const Session& session : record.sessions) {
    has_live_session |= is_live(session, now);
    next.consider(session.expires_at());
    if (!can_fade(session)) continue;
    next.consider(end_of(session.set_at, policy.fade_to_inactive));
    next.consider(end_of(session.set_at, policy.fade_to_away));
  }
  if (record.extras) consider_extras(next, *record.extras, has_live_session, now);
  return next.best();
}

// Whether both are null, or both values are equal.
template <typename T>
bool same(const T* a, const T* b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

Explanation explain(const Record& record, Time now, const Policy& policy) {
  const LiveSessions live = live_sessions(record, now, policy);
  if (!record.extras) [[likely]] {
    return {live.state, live.state, live.best ? Rule::kBestSession : Rule::kNoLiveSession, live.best, false};
  }
  return explain_with(live, *record.extras, now);
}

State effective(const Record& record, Time now, const Policy& policy) {
  return explain(record, now, policy).state;
}

CurrentLocation location_at(const Record& record, Time now) {
  if (!record.extras) return {};
  for (std::size_t layer = 0; layer < kLocationLayers; ++layer) {
    const auto& location = record.extras->locations[layer];
    if (location && is_live(*location, now)) return {location.get(), static_cast<LocationLayer>(layer)};
  }
  if (!record.extras->plan) return {};
  const auto period = period_at(*record.extras->plan, now);
  if (!period || period->where->type == LocationType::kUnspecified) return {};
  return {period->where, LocationLayer::kScheduled};
}

Visible visible(const Record& record, Time now, const Policy& policy) {
  const Explanation why = explain(record, now, policy);
  Visible seen{why.state, why.out_of_office, nullptr, nullptr, location_at(record, now)};
  const Extras& extras = extras_of(record);
  if (has_reply(extras, now) && !extras.out_of_office->message.empty())
    seen.reply = &extras.out_of_office->message;
  if (extras.message && is_live(*extras.message, now)) seen.message = extras.message.get();
  if (extras.plan) seen.shared = extras.plan->shared;
  return seen;
}

bool operator==(const Visible& a, const Visible& b) {
  // Clients do not see the application that set a value, nor the end of a location.
  const auto same_message = [&] {
    if (a.message == b.message) return true;
    if (!a.message || !b.message) return false;
    return a.message->text == b.message->text && a.message->published_at == b.message->published_at &&
           a.message->expiry_text == b.message->expiry_text &&
           a.message->expiry_zone == b.message->expiry_zone;
  };
  const auto same_location = [&] {
    const Location *x = a.location.location, *y = b.location.location;
    if (!x || !y) return x == y;
    return a.location.layer == b.location.layer && x->type == y->type && x->place == y->place;
  };
  return a.state == b.state && a.out_of_office == b.out_of_office && same(a.reply, b.reply) &&
         a.shared == b.shared && same_message() && same_location();
}

std::optional<Time> next_change(const Record& record, Time now, const Policy& policy) {
  const Visible seen = visible(record, now, policy);
  auto edge = next_edge(record, now, policy);
  while (edge && visible(record, *edge, policy) == seen) edge = next_edge(record, *edge, policy);
  return edge;
}

// The sessions that are live at `now` count for good, as they were set. A calendar of years is not walked for nothing:
// meetings are looked at only while one could be visible.
std::optional<Time> next_planned_change(const Record& record, Time now) {
  if (!record.extras) return std::nullopt;
  const Extras& extras = *record.extras;
  const LiveSessions renewed = live_sessions(record, now, kWithoutFading);
  const bool outranked = !renewed.best || renewed.state <= kInAMeeting;
  const Explanation present = explain_with(renewed, extras, now);
  Explanation then = present;
  for (Time at = now;;) {
    NextEdge next(at);
    consider_state_extras(next, extras, !outranked && then.rule != Rule::kPreferred, at);
    if (!next.best()) return std::nullopt;
    at = *next.best();
    then = explain_with(renewed, extras, at);
    if (then.state != present.state || then.out_of_office != present.out_of_office) return at;
  }
}

// next_planned_change() depends on which sessions are live, and so it changes when one ends unseen.
std::optional<Time> unchanged_until(const Record& record, Time now, const Policy& policy) {
  NextEdge next(now);
  next.consider(next_change(record, now, policy));
  if (record.extras) {
    next.consider(next_planned_change(record, now));
    for (const Session& session : record.sessions) next.consider(session.expires_at());
  }
  return next.best();
}

std::uint64_t next_sequence(std::uint64_t before, Time change) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(change.time_since_epoch()).count();
  return std::max(before + 1, static_cast<std::uint64_t>(std::max(seconds, decltype(seconds){0})));
}

std::uint64_t sequence(const Record& record, Time now, const Policy& policy) {
  auto edge = next_edge(record, record.sequence_base_at, policy);
  if (!edge || *edge > now) [[likely]]
    return record.sequence_base;
  std::uint64_t number = record.sequence_base;
  Visible seen = visible(record, record.sequence_base_at, policy);
  for (; edge && *edge <= now; edge = next_edge(record, *edge, policy)) {
    const Visible then = visible(record, *edge, policy);
    if (then != seen) number = next_sequence(number, *edge);
    seen = then;
  }
  return number;
}

}  // namespace porchlight::presence
