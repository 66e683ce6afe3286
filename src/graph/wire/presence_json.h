// Writes a presence as Graph does (spec presence §1.4), in compact JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "presence/rules.h"

namespace porchlight::graph {

// The type of a presence, as @odata.type names it after '#'.
inline constexpr std::string_view kPresenceType = "microsoft.graph.presence";

// A set of properties of a presence, for $select: one bit for each, in the order in which they are written.
using PropertySet = std::uint8_t;
inline constexpr PropertySet kPropertyId = 1, kPropertyAvailability = 2, kPropertyActivity = 4,
                             kPropertyStatusMessage = 8, kPropertyOutOfOffice = 16, kPropertySequence = 32,
                             kPropertyLocation = 64, kPropertiesAll = 127;

// How a presence is written for one reader.
struct RenderOptions {
  bool owner = false;  // the reader is the user: the status message has its publication and expiry times (§7)
  PropertySet select = kPropertiesAll;
};

// The visible presence of one user at one moment. Refers to the record that it was made from.
struct Presence {
  Guid id;
  presence::Visible seen;
  std::uint64_t sequence;  // the sequence number: grows with each visible change
};

// The presence that `record` shows at `now`. Refers to the record, which must outlive it.
Presence presence_of(const Guid& id, const presence::Record& record, Time now,
                     const presence::Policy& policy);

// A presence that has a state and nothing else: Offline, or PresenceUnknown for a user who does not exist or must not
// be visible. The last two must look the same (§6.8).
Presence minimal_presence(const Guid& id, presence::State state, std::uint64_t sequence = 0);

// Appends the selected members, `"id":…,"availability":…`, without braces.
void append_presence_members(std::string& out, const Presence& presence, const RenderOptions& options);

// Appends a sequence number: a letter and ten digits, so that numbers compare as text (§6.6).
void append_sequence_number(std::string& out, std::uint64_t sequence);

}  // namespace porchlight::graph
