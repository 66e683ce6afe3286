// What a caller's request would make happen, or why not (spec presence §5.6-5.9). The checks of each command
// stand in the order in which they answer.
#include <algorithm>

#include "presence/life.h"
#include "presence/rules.h"

namespace porchlight::presence {
namespace {

using What = decltype(Event::what);
// What happens, nothing where the command changes nothing, or why not.
using Decision = std::expected<std::optional<What>, Rejection>;

bool is_one_of(std::span<const State> states, State state) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

// §5.6: of one application and of all together, without what `key` holds already and what has expired.
bool has_room(const Record& record, const SessionKey& key, Time now) {
  std::size_t of_app = 0, of_all = 0;
  for (const Session& session : record.sessions) {
    if (session.key == key || !is_live(session, now)) continue;
    ++of_all;
    if (session.key.app == key.app) ++of_app;
  }
  return of_app < kSessionsPerAppMax && of_all < kSessionsPerPersonMax;
}

// §2.4: the two that cut a person off from others end sooner.
Duration default_life(State preferred) {
  const bool is_short = preferred.availability() == "Busy" || preferred.availability() == "DoNotDisturb";
  return is_short ? kPreferredLifeShort : kPreferredLifeLong;
}

struct Decider {
  const Record& record;
  Time now;

  Decision operator()(const SetSession& set) const {
    if (!set.client && !is_one_of(session_states(), set.state))
      return std::unexpected(Rejection::kPairNotAllowed);
    if (set.life && (*set.life < kSessionLifeMin || *set.life > kSessionLifeMax))
      return std::unexpected(Rejection::kDurationOutOfRange);
    if (!has_room(record, set.key, now)) return std::unexpected(Rejection::kTooManySessions);
    const bool endless = set.client && !set.life;
    const Time until = endless ? kNever : end_of(now, set.life.value_or(kSessionLifeDefault));
    return SessionSet{.key = set.key, .state = set.state, .expires_at = until};
  }

  Decision operator()(const ClearSession& clear) const {
    const auto place = place_of(record.sessions, clear.key);
    if (place == record.sessions.end() || place->key != clear.key || !is_live(*place, now))
      return std::unexpected(Rejection::kSessionNotFound);
    return SessionCleared{.key = clear.key};
  }

  Decision operator()(const SetPreferred& set) const {
    if (!is_one_of(preferred_states(), set.state)) return std::unexpected(Rejection::kPairNotAllowed);
    const Duration life = set.life.value_or(default_life(set.state));
    if (life <= Duration::zero() || life > kPreferredLifeMax)
      return std::unexpected(Rejection::kDurationOutOfRange);
    return PreferredSet{.state = set.state, .expires_at = end_of(now, life)};
  }

  // §5.9: clearing what is not there is no mistake.
  Decision operator()(const ClearPreferred&) const {
    if (!record.preferred || !is_live(*record.preferred, now)) return std::nullopt;
    return PreferredCleared{};
  }
};

// §6.6: what time has changed since the record's stamp, and one more where the call itself is seen.
std::uint64_t stamp_after(const Record& record, const Event& event) {
  Record after = record;
  apply(after, event);
  const bool seen = effective(record, event.at) != effective(after, event.at);
  return sequence(record, event.at) + (seen ? 1 : 0);
}

}  // namespace

std::expected<std::optional<Event>, Rejection> decide(const Record& record, const Command& command,
                                                      Time now) {
  const Decision decision = std::visit(Decider{record, now}, command);
  if (!decision) return std::unexpected(decision.error());
  if (!*decision) return std::nullopt;
  Event event{.at = now, .stamp = 0, .what = **decision};
  event.stamp = stamp_after(record, event);
  return event;
}

}  // namespace porchlight::presence
