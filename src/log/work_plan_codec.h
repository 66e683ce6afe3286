// Encoding of a work plan, the same in events and records (docs/log_format.md). Local times are ms since 1970 on the
// clocks of the zone.
//
//     work plan  = u8 shared | varint count, recurrence* | varint count, occurrence*
//     recurrence = 16 B id | u8 days | i64 first | i64 last | range | where
//     occurrence = 16 B id | 16 B recurrence | i64 day | range | where | text subject | u8 all_day
//     range      = sent time start | sent time end | text zone, both by the clocks of the zone
//     where      = u8 type | text place | 16 B by
#pragma once

#include "base/bytes.h"
#include "presence/work_plan.h"

namespace porchlight::log {

inline constexpr std::uint8_t kLocationTypes = 4;  // of a location

void append_work_plan(ByteWriter& out, const presence::WorkPlan& plan);
// Fails the reader if the bytes are malformed; the result is then not to be used. A zone that this machine does not
// know keeps its name, and has the offsets of UTC.
presence::WorkPlan read_work_plan(ByteReader& in);

// The same of its parts.
void append_recurrence(ByteWriter& out, const presence::WorkRecurrence& recurrence);
presence::WorkRecurrence read_recurrence(ByteReader& in);
void append_occurrence(ByteWriter& out, const presence::WorkOccurrence& occurrence);
presence::WorkOccurrence read_occurrence(ByteReader& in);

}  // namespace porchlight::log
