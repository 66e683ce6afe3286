// What is remembered of a person, and its parts, as bytes: in events, snapshots and the history alike.
//
//     record      = varint stamp | i64 stamp_at | u8 parts | varint sessions | session*
//                   | [preference] | [message] | [out of office] | [location]*3 | [calendar] | [audience |
//                   varint stamp]
//     session     = 16 B app | 16 B session | u8 state | i64 set_at | varint life | u8 priority     life: ms
//     + 1, 0 for ever preference  = u8 state | i64 set_at | i64 expires_at | 16 B by message     = text | i64
//     published_at | i64 expires_at | text expiry | text zone | 16 B by out of office = i64 from | i64 until
//     | text | 16 B by location    = u8 type | text place | i64 until | 16 B by calendar    = spans busy |
//     spans out of office        spans = varint count | (varint gap | varint length)* audience    = u8
//     admitted | u8 facade | guids members | guids groups parts       : bit n is set where the n-th bracket
//     is there
//
// A gap is counted in ms from the end of the span before, or for the first from the start of 1970.
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

void append_audience(ByteWriter& out, const presence::Audience& audience);
presence::Audience read_audience(ByteReader& in);

}  // namespace porchlight::log
