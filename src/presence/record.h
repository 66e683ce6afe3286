// What is remembered of one person (spec presence §6.1): the input of every rule, the fold of the person's
// events.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>

#include "base/box.h"
#include "base/guid.h"
#include "base/time.h"
#include "presence/state.h"

namespace porchlight::presence {

// The end of what does not end by itself.
inline constexpr Time kNever = Time::max();

// Who holds a session: the application of the token and its sessionId (§5.6). A sessionId that is not a GUID
// is remembered as the GUID made from its text.
struct SessionKey {
  Guid app;
  Guid session;
  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

// Lives in [set_at, expires_at). One that never expires is held by a signed-in client, and does not fade.
struct Session {
  SessionKey key;
  Time set_at;
  Time expires_at;
  State state;
  friend bool operator==(const Session&, const Session&) = default;
};

// The state a person chose; shows only while a session lives (rules R2, R3).
struct Preference {
  Time set_at;
  Time expires_at;
  State state;
  friend bool operator==(const Preference&, const Preference&) = default;
};

struct Record {
  boost::container::small_vector<Session, 1> sessions;  // sorted by key; may hold expired ones
  Box<Preference> preferred;                            // may be expired
  // The sequence number as of `stamp_at`; visible changes since then are counted, not stored (sequence()).
  std::uint64_t stamp = 0;
  Time stamp_at{};
  friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace porchlight::presence
