// A long outage of the log: a node that is alone, with a full disk for up to 20 minutes, and clients that renew their
// sessions or do not (docs/decisions/0020-hold.md). The histories of history.h last seconds; this one lasts an hour.
#pragma once

#include "simulate/history.h"

namespace porchlight::simulate {

// The same seed gives the same history. Of the plants, only kEndlessHold and kNoHold have an effect.
HistoryResult run_outage(const HistoryOptions& options);

}  // namespace porchlight::simulate
