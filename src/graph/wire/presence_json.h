// A presence as Graph writes it (spec presence §1.4), in compact JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "presence/rules.h"

namespace porchlight::graph {

inline constexpr std::string_view kPresenceType = "microsoft.graph.presence";

// The properties of a presence, for $select: bits.
using PropertySet = std::uint8_t;
inline constexpr PropertySet kPropertyId = 1, kPropertyAvailability = 2, kPropertyActivity = 4,
                             kPropertyStatusMessage = 8, kPropertyOutOfOffice = 16, kPropertySequence = 32,
                             kPropertyLocation = 64, kPropertiesAll = 127;

// How a presence is shown to one reader.
struct RenderOptions {
  bool owner = false;  // of the presence: sees when the message was published and when it ends (§7)
  PropertySet select = kPropertiesAll;
};

// What is visible of one person at one moment, and its version.
struct Presence {
  Guid id;
  presence::Visible seen;
  std::uint64_t sequence;
};

// What is seen of `record` at `now`; points into the record.
Presence presence_of(const Guid& id, const presence::Record& record, Time now,
                     const presence::Policy& policy);

// One that says nothing but this state: PresenceUnknown of somebody who is not known here, or must not be
// (§6.8: the two look the same), or Offline.
Presence minimal_presence(const Guid& id, presence::State state, std::uint64_t sequence = 0);

// `"id":…,"availability":…` and so on, without braces.
void append_presence_members(std::string& out, const Presence& presence, const RenderOptions& options);

// A letter and ten digits that grow as text (§6.6).
void append_sequence_number(std::string& out, std::uint64_t sequence);

}  // namespace porchlight::graph
