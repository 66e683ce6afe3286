// How fresh what is seen of somebody is: since when, and for how long.
#pragma once

#include <optional>

#include "presence/rules.h"

namespace porchlight::presence {

struct Freshness {
  bool known = false;                // something was set of this person, ever
  std::optional<Time> valid_until;   // nothing: it does not change by itself
  std::optional<Time> newest_input;  // when the newest input that lives was set; nothing: none does
};

// What the person themselves (`owner`) sees, or others: when a message was published and when it ends is the
// owner's alone to know (spec presence §7), so to others neither counts.
Freshness freshness(const Record& record, Time now, bool owner, const Policy& policy = kDocumentedPolicy);

}  // namespace porchlight::presence
