// Whether an input is live, that is, whether it still counts. Private to the module.
#pragma once

#include <algorithm>

#include "presence/record.h"

namespace porchlight::presence {

// Compares only with the end. A life is [set_at, expires_at) (R1, R9), but an input set after `now` is live too, as if
// it were set at `now`: if the wall clock jumps back, users must not all expire at once (security, Durability).
inline bool is_live_at(Time expires_at, Time now) { return expires_at == kNever || now < expires_at; }

inline bool is_live(const Session& session, Time now) {
  return session.never_expires() || now < session.expires_at();
}
inline bool is_live(const Preference& preference, Time now) { return is_live_at(preference.expires_at, now); }
inline bool is_live(const StatusMessage& message, Time now) { return is_live_at(message.expires_at, now); }
inline bool is_live(const Location& location, Time now) { return is_live_at(location.until, now); }

// The extras of a record without extras.
inline const Extras kNoExtras{};
// The extras of the record, or kNoExtras.
inline const Extras& extras_of(const Record& record) { return record.extras ? *record.extras : kNoExtras; }

// The position of the session with this key in the sorted list, or the position at which to insert it.
template <typename Sessions>
auto session_position(Sessions& sessions, const SessionKey& key) {
  return std::lower_bound(
      sessions.begin(), sessions.end(), key,
      [](const Session& session, const SessionKey& wanted) { return session.key < wanted; });
}

}  // namespace porchlight::presence
