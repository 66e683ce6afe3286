// The stored state of one user (spec presence §6.1): the input of all rules, and the result of applying the user's
// events in order. There is a Record in memory for every user, so its size matters.
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/box.h"
#include "base/guid.h"
#include "base/shared.h"
#include "base/time.h"
#include "presence/calendar.h"
#include "presence/location.h"
#include "presence/state.h"
#include "presence/visibility.h"
#include "presence/work_plan.h"

namespace porchlight::presence {

// `start` + `life`, or the last time before kNever if the sum is larger. So the rules are defined for all times and
// never overflow. `life` must not be negative.
constexpr Time end_of(Time start, Duration life) {
  constexpr Time kLast = kNever - Duration(1);
  return start > kLast - life ? kLast : start + life;
}

// The identity of a session: the application of the token and the sessionId of the request (§5.6). A sessionId that is
// not a GUID is stored as guid_from_name() of its text.
struct SessionKey {
  Guid app;
  Guid session;
  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

// The presence that one client set for a user. Live in [set_at, expires_at) (R1). A session that never expires belongs
// to a signed-in client and does not fade.
class Session {
 public:
  // The life is stored in 32 bits of milliseconds. A longer life is cut to their maximum of 49 days (§5.6 allows 4
  // hours).
  constexpr Session(const SessionKey& session_key, State what, Time from, Time until,
                    bool has_priority = false)
      : key(session_key),
        set_at(from),
        state(what),
        priority(has_priority),
        life_ms_(life_between(from, until)) {}

  SessionKey key;
  Time set_at;
  State state;
  bool priority;  // of an application registered with priority: while it is live, a preference does not count
  constexpr bool never_expires() const { return life_ms_ == kEndless; }
  constexpr Time expires_at() const { return never_expires() ? kNever : end_of(set_at, Duration(life_ms_)); }
  friend bool operator==(const Session&, const Session&) = default;

 private:
  static constexpr std::uint32_t kEndless = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t life_between(Time from, Time until) {
    if (until == kNever) return kEndless;
    if (until <= from) return 0;
    if (until >= end_of(from, Duration(kEndless - 1))) return kEndless - 1;
    return static_cast<std::uint32_t>((until - from).count());
  }

  // A life and not a second Time: this saves eight bytes per session, and there are millions of sessions.
  std::uint32_t life_ms_;
};

// The state that the user chose. Visible only while a session is live (rules R2, R3).
struct Preference {
  Time set_at;
  Time expires_at;
  State state;
  Guid by = {};  // the application that set it
  friend bool operator==(const Preference&, const Preference&) = default;
};

// A status message (§7).
struct StatusMessage {
  std::string text;
  Time published_at;
  Time expires_at;  // kNever: until it is replaced
  std::string
      expiry_text;  // the expiry as the client wrote it (local time and zone); answers repeat it unchanged
  std::string expiry_zone;
  Guid by = {};
  friend bool operator==(const StatusMessage&, const StatusMessage&) = default;
};

// An automatic reply in [from, until) (§8).
struct OutOfOffice {
  Time from;
  Time until;
  std::string message;  // may be empty
  Guid by = {};
  // What the client sent of the two times beyond the millisecond, in 100 ns; the rules ignore it, answers repeat it.
  std::uint16_t from_ticks = 0;
  std::uint16_t until_ticks = 0;
  friend bool operator==(const OutOfOffice&, const OutOfOffice&) = default;
};

// Inputs that few users have at a time. They are kept apart from the record, so that other users need no memory for
// them.
struct Extras {
  std::optional<Preference> preferred;
  Box<StatusMessage> message;
  Box<OutOfOffice> out_of_office;
  std::array<Box<Location>, kLocationLayers> locations;  // by layer
  Shared<WorkPlan> plan;  // the scheduled location where that layer has none; empty: no plan
  Shared<Calendar> calendar;
  Shared<Visibility> visibility;          // empty: the default, all users of the tenant
  std::uint64_t visibility_sequence = 0;  // the sequence number when the visibility was set
  friend bool operator==(const Extras&, const Extras&) = default;
};

// The state of one user. Sessions and extras may be expired: time alone never changes a record, and the rules skip
// expired inputs.
struct Record {
  boost::container::small_vector<Session, 1> sessions;  // sorted by key, which is unique
  Box<Extras> extras;
  // The sequence number at the time of the last event. sequence() adds the visible changes since then, which are
  // computed and not stored.
  std::uint64_t sequence_base = 0;
  Time sequence_base_at{};  // the time of the last event

  // Null if no preference is stored.
  const Preference* preferred() const { return extras && extras->preferred ? &*extras->preferred : nullptr; }
  // The extras; creates them if the record has no extras.
  Extras& ensure_extras() {
    if (!extras) extras = Extras{};
    return *extras;
  }
  friend bool operator==(const Record&, const Record&) = default;
};

// A user with one session and no extras takes these 96 bytes. The memory budget is 200 bytes per user; the rest is for
// keys, the index and names (docs/decisions/0003-speed.md).
static_assert(sizeof(Session) == 48);
static_assert(sizeof(Record) == 96);

}  // namespace porchlight::presence
