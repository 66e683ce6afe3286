// Whether an input still counts. Private to the room.
#pragma once

#include <algorithm>

#include "presence/record.h"

namespace porchlight::presence {

// Only the end is asked. A life is [set_at, expires_at) (R1, R9), but what was set after `now` counts too, as
// if set just now: a wall clock that jumps back must not expire everybody at once (security, Durability).
inline bool is_live_at(Time expires_at, Time now) { return expires_at == kNever || now < expires_at; }

inline bool is_live(const Session& session, Time now) {
  return session.never_expires() || now < session.expires_at();
}
inline bool is_live(const Preference& preference, Time now) { return is_live_at(preference.expires_at, now); }
inline bool is_live(const StatusMessage& message, Time now) { return is_live_at(message.expires_at, now); }
inline bool is_live(const Location& location, Time now) { return is_live_at(location.until, now); }

// What the rules find where a record has no extras.
inline const Extras kNoExtras{};
inline const Extras& extras_of(const Record& record) { return record.extras ? *record.extras : kNoExtras; }

// Where the session with this key is among the record's, or would be.
template <typename Sessions>
auto session_position(Sessions& sessions, const SessionKey& key) {
  return std::lower_bound(
      sessions.begin(), sessions.end(), key,
      [](const Session& session, const SessionKey& wanted) { return session.key < wanted; });
}

}  // namespace porchlight::presence
