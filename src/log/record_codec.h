// Encoding of a user's presence record and of its parts, the same in events, snapshots and the history
// database (docs/log_format.md). Little endian; times are in ms since 1970; text = varint length | bytes.
//
//     record        = varint sequence | i64 sequence_at | u8 parts | varint sessions | session*
//                   | [preference] | [message] | [out of office]
//                   | [location manual] | [location automatic] | [scheduled]
//                   | [calendar] | [visibility | varint visibility_sequence]
//     parts         : bit n is set if the n-th bracket is present, counted from 0
//     session       = 16 B app | 16 B session | u8 state | i64 set_at | varint life | u8 priority
//     life          : ms + 1; 0 if the session does not expire
//     preference    = u8 state | i64 set_at | i64 expires_at | 16 B by
//     message       = text | i64 published_at | i64 expires_at | text expiry | text zone | 16 B by
//     out of office = i64 from | i64 until | text message | 16 B by
//     scheduled     = location | u8 4, u8 has_location, [location], work plan (work_plan_codec.h)
//     location      = u8 type | text place | i64 until | 16 B by
//     calendar      = [varint 10,001 | skipped] | spans busy | spans out_of_office
//     10,001        : no count of spans; it says that what was skipped of the feed follows
//     skipped       = varint count | u8 items | (varint line | text reason)*
//     spans         = varint count | (varint gap | varint length)*
//     gap           : ms from the end of the span before; for the first span from the start of 1970
//     visibility    = u8 visible_to | u8 others_see | guids members | guids groups
//     guids         = varint count | 16 B each
//
// Each read_… fails the reader if the bytes are malformed; the result is then not to be used.
#pragma once

#include "base/bytes.h"
#include "presence/record.h"

namespace porchlight::log {

void append_record(ByteWriter& out, const presence::Record& record);
presence::Record read_record(ByteReader& in);

void append_message(ByteWriter& out, const presence::StatusMessage& message);
presence::StatusMessage read_message(ByteReader& in);

void append_out_of_office(ByteWriter& out, const presence::OutOfOffice& what);
presence::OutOfOffice read_out_of_office(ByteReader& in);

void append_location(ByteWriter& out, const presence::Location& location);
presence::Location read_location(ByteReader& in);

void append_calendar(ByteWriter& out, const presence::Calendar& calendar);
presence::Calendar read_calendar(ByteReader& in);

void append_visibility(ByteWriter& out, const presence::Visibility& visibility);
presence::Visibility read_visibility(ByteReader& in);

}  // namespace porchlight::log
