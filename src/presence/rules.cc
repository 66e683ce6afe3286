// The rules that read a record (spec presence §6.2-6.4, §6.6).
#include "presence/rules.h"

#include <algorithm>

#include "presence/life.h"

namespace porchlight::presence {
namespace {

bool fades(const Session& session) { return session.state == kAvailable && !session.never_expires(); }

// R6 and §6.3: only Available fades, and a client that is signed in says itself when its person is idle.
State faded(const Session& session, Time now) {
  if (!fades(session)) return session.state;
  if (now >= end_of(session.set_at, kFadeToAway)) return kAway;
  if (now >= end_of(session.set_at, kFadeToInactive)) return kAvailableInactive;
  return session.state;
}

// The earliest moment after `now` at which any input changes: the only moments at which the answer can.
class NextEdge {
 public:
  explicit NextEdge(Time now) : now_(now) {}
  void offer(Time edge) {
    if (edge > now_ && edge < best_) best_ = edge;
  }
  std::optional<Time> best() const { return best_ == kNever ? std::nullopt : std::optional(best_); }

 private:
  Time now_;
  Time best_ = kNever;
};

std::optional<Time> next_edge(const Record& record, Time now) {
  NextEdge next(now);
  for (const Session& session : record.sessions) {
    next.offer(session.expires_at());
    if (!fades(session)) continue;
    next.offer(end_of(session.set_at, kFadeToInactive));
    next.offer(end_of(session.set_at, kFadeToAway));
  }
  if (record.preferred) next.offer(record.preferred->expires_at);
  return next.best();
}

}  // namespace

Explanation explain(const Record& record, Time now) {
  const Session* best = nullptr;
  State best_state = kOffline;
  for (const Session& session : record.sessions) {
    if (!is_live(session, now)) continue;
    const State state = faded(session, now);
    // Of equals the first by key explains: which one that is can't depend on the order of arrival.
    if (best && state >= best_state) continue;
    best = &session;
    best_state = state;
  }
  if (!best) return {kOffline, Rule::kNoLiveSession, nullptr};
  if (record.preferred && is_live(*record.preferred, now))
    return {record.preferred->state, Rule::kPreferred, nullptr};
  return {best_state, Rule::kBestSession, best};
}

State effective(const Record& record, Time now) { return explain(record, now).state; }

std::optional<Time> next_change(const Record& record, Time now) {
  const State seen = effective(record, now);
  auto edge = next_edge(record, now);
  while (edge && effective(record, *edge) == seen) edge = next_edge(record, *edge);
  return edge;
}

std::uint64_t sequence(const Record& record, Time now) {
  std::uint64_t stamp = record.stamp;
  State seen = effective(record, record.stamp_at);
  for (auto edge = next_edge(record, record.stamp_at); edge && *edge <= now;
       edge = next_edge(record, *edge)) {
    const State then = effective(record, *edge);
    if (then != seen) ++stamp;
    seen = then;
  }
  return stamp;
}

}  // namespace porchlight::presence
