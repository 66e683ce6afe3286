// How current a visible presence is: when it was last set, and until when it is valid.
#pragma once

#include <optional>

#include "presence/rules.h"

namespace porchlight::presence {

// The freshness of one user's presence.
struct Freshness {
  bool known = false;                // whether an input was ever set for this user
  std::optional<Time> valid_until;   // the next change by itself; nullopt if there is no such change
  std::optional<Time> newest_input;  // when the newest live input was set; nullopt if no input is live
};

// `owner`: whether the user asks for their own presence. Only the owner may see when a status message was published
// and when it ends (spec presence §7), so messages do not count for other users.
Freshness freshness(const Record& record, Time now, bool owner, const Policy& policy = kDocumentedPolicy);

}  // namespace porchlight::presence
