// What is remembered of one person (spec presence §6.1): the input of every rule, the fold of the person's
// events.
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
#include "presence/state.h"
#include "presence/visibility.h"

namespace porchlight::presence {

// The end of what does not end by itself.
inline constexpr Time kNever = Time::max();

// `start` + `life`, or the last moment before kNever where the sum does not fit: the rules are total, also
// over times that no clock shows. `life` must not be negative.
constexpr Time end_of(Time start, Duration life) {
  constexpr Time kLast = kNever - Duration(1);
  return start > kLast - life ? kLast : start + life;
}

// Who holds a session: the application of the token and its sessionId (§5.6). A sessionId that is not a GUID
// is remembered as the GUID made from its text.
struct SessionKey {
  Guid app;
  Guid session;
  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

// Lives in [set_at, expires_at) (R1). One that never expires is held by a signed-in client, and does not
// fade.
class Session {
 public:
  // A life that 32 bits of milliseconds do not hold (49 days; §5.6 allows 4 hours) is cut to what they do.
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
  bool priority;  // of an application that is registered so: a preference does not count while it lives
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

  // Beside set_at rather than a second Time: it saves eight bytes a session, and there are millions.
  std::uint32_t life_ms_;
};

// The state a person chose; shows only while a session lives (rules R2, R3).
struct Preference {
  Time set_at;
  Time expires_at;
  State state;
  Guid by = {};  // the application that set it
  friend bool operator==(const Preference&, const Preference&) = default;
};

// A text for others to read (§7).
struct StatusMessage {
  std::string text;
  Time published_at;
  Time expires_at;          // kNever: stays until it is replaced
  std::string expiry_text;  // the expiry as the caller wrote it: local time and zone, given back as sent
  std::string expiry_zone;
  Guid by = {};
  friend bool operator==(const StatusMessage&, const StatusMessage&) = default;
};

// An automatic reply in [from, until) (§8).
struct OutOfOffice {
  Time from;
  Time until;
  std::string message;  // empty: none
  Guid by = {};
  friend bool operator==(const OutOfOffice&, const OutOfOffice&) = default;
};

enum class LocationType : std::uint8_t { kUnspecified, kOffice, kRemote, kTimeOff };

// The layers of the work location, the one that counts most first (§9).
enum class LocationLayer : std::uint8_t { kManual, kAutomatic, kScheduled };
inline constexpr std::size_t kLocationLayers = 3;

struct Location {
  LocationType type = LocationType::kUnspecified;
  std::string place;    // placeId; empty: none
  Time until = kNever;  // the end of the day it speaks of
  Guid by = {};
  friend bool operator==(const Location&, const Location&) = default;
};

// What most people have not at any one time: apart, so that it costs nothing to those.
struct Extras {
  std::optional<Preference> preferred;
  Box<StatusMessage> message;
  Box<OutOfOffice> out_of_office;
  std::array<Box<Location>, kLocationLayers> locations;  // by layer
  Shared<Calendar> calendar;
  Shared<Visibility> visibility;          // nothing: everybody in the tenant
  std::uint64_t visibility_sequence = 0;  // the sequence number when the audience was set
  friend bool operator==(const Extras&, const Extras&) = default;
};

struct Record {
  boost::container::small_vector<Session, 1> sessions;  // sorted by key; may hold expired ones
  Box<Extras> extras;                                   // what is in it may be expired
  // The sequence number as of `sequence_base_at`; visible changes since then are counted, not stored (sequence()).
  std::uint64_t sequence_base = 0;
  Time sequence_base_at{};

  const Preference* preferred() const { return extras && extras->preferred ? &*extras->preferred : nullptr; }
  // The extras, made where there were none.
  Extras& ensure_extras() {
    if (!extras) extras = Extras{};
    return *extras;
  }
  friend bool operator==(const Record&, const Record&) = default;
};

// A person with one session and no extras: of the 200 bytes a person may cost, the rest is keys, index and
// names (docs/decisions/0003-speed.md).
static_assert(sizeof(Session) == 48);
static_assert(sizeof(Record) == 96);

}  // namespace porchlight::presence
