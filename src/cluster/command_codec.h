// The bytes of a command and of its outcome, as nodes of a cell send them to each other. Nothing of it is stored.
// Little endian; the parts in capitals are those of events and records (log/event_codec.h, log/record_codec.h,
// log/work_plan_codec.h).
//
//     command  = u8 1 | u8 kind | 16 B tenant | 16 B user | 16 B event id | i64 received_at | body
//     outcome  = u8 1 | u8 0 | varint shard | varint seq
//              | u8 1 | u8 1 | u8 rejection
//              | u8 1 | u8 2 | u8 write error
//
// Bodies, by kind:
//
//     set_session             SESSION KEY | u8 state | life | u8 client | u8 priority
//     clear_session           SESSION KEY
//     set_preferred           u8 state | life | 16 B by
//     set_message             text | i64 expires_at | text expiry | text zone | 16 B by
//     set_location            u8 layer | LOCATION
//     clear_locations         u8 layers                          bit n for layer n
//     set_shared_location     u8 shared
//     put_work_recurrence     RECURRENCE | u8 exists
//     put_work_occurrence     OCCURRENCE | u8 exists
//     remove_work_…           16 B id
//     set_current_location    LOCATION | u8 whole_day
//     set_out_of_office       OUT OF OFFICE
//     set_calendar            u8 0 | nothing                     life = u8 0, or u8 1 | i64 ms
//                             u8 1 | CALENDAR
//     set_visibility          VISIBILITY
//     others                  nothing
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"
#include "log/event_codec.h"
#include "presence/calendar.h"
#include "presence/event.h"
#include "state/outcome.h"
#include "state/user_key.h"

namespace porchlight::cluster {

// A command on a user as one node sends it to another.
struct SentCommand {
  state::UserKey key;
  Guid event_id;
  Time received_at;  // when the sender received it, by its clock
  presence::Command command;
};

// The longest parts of a command: the spans of a calendar, what was skipped of its feed, the texts of a message, and
// the ids of a visibility. A command has one of them, and less than 256 bytes of other parts.
inline constexpr std::size_t kCalendarBytesMax = presence::kCalendarSpansMax * 2 * kVarintBytesMax;
inline constexpr std::size_t kSkippedBytesMax =
    presence::kSkippedShownMax * (presence::kSkippedReasonBytesMax + 2 * kVarintBytesMax);
inline constexpr std::size_t kTextsBytesMax = 3 * (log::kEventTextBytesMax + kVarintBytesMax);
inline constexpr std::size_t kVisibilityBytesMax = presence::kVisibilityIdsMax * sizeof(Guid);
// The longest command in bytes. Those within the limits of presence are never longer; longer ones are not decoded.
inline constexpr std::size_t kCommandBytesMax = 256 + kCalendarBytesMax + kSkippedBytesMax;
static_assert(256 + kTextsBytesMax <= kCommandBytesMax && 256 + kVisibilityBytesMax <= kCommandBytesMax);

std::string encode_command(const SentCommand& sent);
// Accepts any bytes; nullopt if they are malformed, longer than kCommandBytesMax, or of a newer format. What decodes
// encodes to the same bytes.
std::optional<SentCommand> decode_command(std::string_view bytes);

std::string encode_outcome(const state::Outcome& outcome);
// The same of an outcome.
std::optional<state::Outcome> decode_outcome(std::string_view bytes);

}  // namespace porchlight::cluster
