// A presence as Graph writes it (spec presence §1.4), in compact JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "presence/record.h"

namespace porchlight::graph {

// What is visible of one person at one moment.
struct Presence {
  Guid id;
  presence::State state;
  std::uint64_t sequence;
};

// What is seen of `record` at `now`.
Presence presence_of(const Guid& id, const presence::Record& record, Time now);

// What is seen of somebody who is not known here, or must not be (spec presence §6.8): the two look the same.
Presence unknown_presence(const Guid& id);

// `"id":…,"availability":…` and so on, without braces.
void append_presence_members(std::string& out, const Presence& presence);

// A letter and ten digits that grow as text (spec presence §6.6).
void append_sequence_number(std::string& out, std::uint64_t sequence);

}  // namespace porchlight::graph
