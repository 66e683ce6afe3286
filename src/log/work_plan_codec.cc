#include "log/work_plan_codec.h"

#include <algorithm>
#include <limits>

#include "log/event_codec.h"
#include "timezone/zone.h"

namespace porchlight::log {
namespace {

using namespace presence;

// Times that a plan may have: the years 1 to 9999, so that sums do not overflow.
constexpr std::int64_t kLocalMsMin = -62'135'596'800'000, kLocalMsMax = 253'402'300'799'999;

LocalTime read_local(ByteReader& in) {
  const auto ms = in.fixed<std::int64_t>();
  if (ms < kLocalMsMin || ms > kLocalMsMax) in.fail();
  return LocalTime(Duration(std::clamp(ms, kLocalMsMin, kLocalMsMax)));
}

void append_local(ByteWriter& out, LocalTime time) {
  out.fixed(static_cast<std::int64_t>(time.time_since_epoch().count()));
}

std::chrono::local_days read_day(ByteReader& in) {
  const LocalTime time = read_local(in);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  if (time != day) in.fail();
  return day;
}

// The bytes of a sent time, by the clocks of the zone.
void append_sent_local(ByteWriter& out, LocalTime time, std::uint16_t ticks) {
  append_sent_time(out, {Time(time.time_since_epoch()), ticks});
}

SentLocalTime read_sent_local(ByteReader& in) {
  const SentTime sent = read_sent_time(in);
  const auto ms = static_cast<std::int64_t>(sent.time.time_since_epoch().count());
  if (ms < kLocalMsMin || ms > kLocalMsMax) in.fail();
  return {LocalTime(Duration(std::clamp(ms, kLocalMsMin, kLocalMsMax))), sent.ticks};
}

void append_range(ByteWriter& out, const LocalRange& range) {
  append_sent_local(out, range.start, range.start_ticks);
  append_sent_local(out, range.end, range.end_ticks);
  out.text(range.zone);
}

LocalRange read_range(ByteReader& in) {
  LocalRange range;
  const SentLocalTime start = read_sent_local(in), end = read_sent_local(in);
  range.start = start.time;
  range.end = end.time;
  range.start_ticks = start.ticks;
  range.end_ticks = end.ticks;
  range.zone = in.text(kEventTextBytesMax);
  if (range.end <= range.start) in.fail();
  range.offsets = timezone::Zone::find(range.zone).value_or(timezone::Zone()).offsets();
  return range;
}

void append_where(ByteWriter& out, const Location& where) {
  out.fixed(static_cast<std::uint8_t>(where.type));
  out.text(where.place);
  out.guid(where.by);
}

Location read_where(ByteReader& in) {
  Location where;
  where.type = static_cast<LocationType>(read_choice(in, kLocationTypes));
  where.place = in.text(kEventTextBytesMax);
  where.by = in.guid();
  return where;
}

// `last` of a recurrence without an end.
constexpr std::int64_t kNoLast = std::numeric_limits<std::int64_t>::max();

}  // namespace

void append_recurrence(ByteWriter& out, const WorkRecurrence& recurrence) {
  out.guid(recurrence.id);
  out.fixed(recurrence.days);
  append_local(out, recurrence.first);
  if (recurrence.last)
    append_local(out, *recurrence.last);
  else
    out.fixed(kNoLast);
  append_range(out, recurrence.range);
  append_where(out, recurrence.where);
}

WorkRecurrence read_recurrence(ByteReader& in) {
  WorkRecurrence recurrence;
  recurrence.id = in.guid();
  recurrence.days = in.fixed<std::uint8_t>();
  if (recurrence.days == 0 || recurrence.days >= 1 << 7) in.fail();
  recurrence.first = read_day(in);
  ByteReader ahead = in;
  if (ahead.fixed<std::int64_t>() == kNoLast)
    in = ahead;
  else
    recurrence.last = read_day(in);
  recurrence.range = read_range(in);
  if (recurrence.range.end - recurrence.range.start > kWorkSegmentMax) in.fail();
  recurrence.where = read_where(in);
  return recurrence;
}

void append_occurrence(ByteWriter& out, const WorkOccurrence& occurrence) {
  out.guid(occurrence.id);
  const RecurrenceDay none{};
  const RecurrenceDay& replaces = occurrence.replaces ? *occurrence.replaces : none;
  out.guid(replaces.recurrence);
  append_local(out, replaces.day);
  append_range(out, occurrence.range);
  append_where(out, occurrence.where);
  out.text(occurrence.subject);
  out.fixed(static_cast<std::uint8_t>(occurrence.all_day));
}

WorkOccurrence read_occurrence(ByteReader& in) {
  WorkOccurrence occurrence;
  occurrence.id = in.guid();
  RecurrenceDay replaces;
  replaces.recurrence = in.guid();
  replaces.day = read_day(in);
  if (!replaces.recurrence.is_nil())
    occurrence.replaces = replaces;
  else if (replaces.day != std::chrono::local_days())
    in.fail();
  occurrence.range = read_range(in);
  occurrence.where = read_where(in);
  occurrence.subject = in.text(kEventTextBytesMax);
  occurrence.all_day = read_bool(in);
  return occurrence;
}

void append_work_plan(ByteWriter& out, const WorkPlan& plan) {
  out.fixed(static_cast<std::uint8_t>(plan.shared));
  out.varint(plan.recurrences.size());
  for (const WorkRecurrence& recurrence : plan.recurrences) append_recurrence(out, recurrence);
  out.varint(plan.occurrences.size());
  for (const WorkOccurrence& occurrence : plan.occurrences) append_occurrence(out, occurrence);
}

WorkPlan read_work_plan(ByteReader& in) {
  WorkPlan plan;
  plan.shared = static_cast<SharedLocation>(read_choice(in, 3));
  const std::uint64_t recurrences = in.varint();
  if (recurrences > kWorkRecurrencesMax) in.fail();
  for (std::uint64_t i = 0; i < recurrences && in.ok(); ++i) plan.recurrences.push_back(read_recurrence(in));
  const std::uint64_t occurrences = in.varint();
  if (occurrences > kWorkOccurrencesMax) in.fail();
  for (std::uint64_t i = 0; i < occurrences && in.ok(); ++i) plan.occurrences.push_back(read_occurrence(in));
  return plan;
}

}  // namespace porchlight::log
