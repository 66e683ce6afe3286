// All read functions accept any bytes: they fail the reader and return a value that is not to be used. Sums of times
// wrap, so that hostile values do not overflow.
#include "log/record_codec.h"

#include <algorithm>
#include <limits>

#include "log/event_codec.h"
#include "log/work_plan_codec.h"

namespace porchlight::log {
namespace {

using namespace presence;

// Bits of `parts`.
constexpr std::uint8_t kHasPreference = 1, kHasMessage = 2, kHasOutOfOffice = 4, kHasLocation = 8,
                       kHasCalendar = 64, kHasVisibility = 128;

// In place of a location's type: a work plan follows. A record without a plan has the same bytes as before there were
// plans.
constexpr std::uint8_t kHasPlan = kLocationTypes;
constexpr auto kScheduled = static_cast<std::size_t>(LocationLayer::kScheduled);

std::uint8_t location_bit(std::size_t layer) { return static_cast<std::uint8_t>(kHasLocation << layer); }

std::uint8_t parts_of(const Extras& extras) {
  std::uint8_t parts = 0;
  if (extras.preferred) parts |= kHasPreference;
  if (extras.message) parts |= kHasMessage;
  if (extras.out_of_office) parts |= kHasOutOfOffice;
  for (std::size_t layer = 0; layer < kLocationLayers; ++layer)
    if (extras.locations[layer]) parts |= location_bit(layer);
  if (extras.plan) parts |= location_bit(kScheduled);
  if (extras.calendar) parts |= kHasCalendar;
  if (extras.visibility) parts |= kHasVisibility;
  return parts;
}

void append_session(ByteWriter& out, const Session& session) {
  out.guid(session.key.app);
  out.guid(session.key.session);
  append_state(out, session.state);
  append_time(out, session.set_at);
  const bool is_endless = session.never_expires();
  const Duration life = is_endless ? Duration{} : session.expires_at() - session.set_at;
  out.varint(is_endless ? 0 : static_cast<std::uint64_t>(life.count()) + 1);
  out.fixed(static_cast<std::uint8_t>(session.priority));
}

// time + ms, computed without sign so that it wraps.
Time wrapping_sum(Time time, std::uint64_t ms) {
  return Time(
      Duration(static_cast<std::int64_t>(static_cast<std::uint64_t>(time.time_since_epoch().count()) + ms)));
}

// A life beyond 2^33 is rejected: append_session() writes at most 2^32 - 2 ms.
Session read_session(ByteReader& in) {
  const Guid app = in.guid();
  const Guid id = in.guid();
  const State state = read_state(in);
  const Time set_at = read_time(in);
  const std::uint64_t life = in.varint();
  const bool priority = read_bool(in);
  if (life > std::uint64_t{1} << 33) in.fail();
  const Time until = life == 0 ? kNever : wrapping_sum(set_at, life - 1);
  return Session({app, id}, state, set_at, std::max(set_at, until), priority);
}

void append_preference(ByteWriter& out, const Preference& preference) {
  append_state(out, preference.state);
  append_time(out, preference.set_at);
  append_time(out, preference.expires_at);
  out.guid(preference.by);
}

Preference read_preference(ByteReader& in) {
  const State state = read_state(in);
  const Time set_at = read_time(in);
  const Time expires_at = read_time(in);
  return {.set_at = set_at, .expires_at = expires_at, .state = state, .by = in.guid()};
}

void append_spans(ByteWriter& out, const std::vector<Span>& spans) {
  out.varint(spans.size());
  Time before{};
  for (const Span& span : spans) {
    out.varint(static_cast<std::uint64_t>((span.from - before).count()));
    out.varint(static_cast<std::uint64_t>((span.until - span.from).count()));
    before = span.until;
  }
}

std::vector<Span> read_spans(ByteReader& in) {
  std::vector<Span> spans;
  const std::uint64_t count = in.varint();
  if (count > kCalendarSpansMax) in.fail();
  Time before{};
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const Time from = wrapping_sum(before, in.varint());
    const Time until = wrapping_sum(from, in.varint());
    if (from < before || until <= from || (i > 0 && from == before)) in.fail();
    spans.push_back({from, until});
    before = until;
  }
  return spans;
}

// The rest of a location, after its type.
Location read_location_of(ByteReader& in, LocationType type) {
  Location location;
  location.type = type;
  location.place = in.text(kEventTextBytesMax);
  location.until = read_time(in);
  location.by = in.guid();
  return location;
}

void append_scheduled(ByteWriter& out, const Extras& extras) {
  const Box<Location>& location = extras.locations[kScheduled];
  if (extras.plan) {
    out.fixed(kHasPlan);
    out.fixed(static_cast<std::uint8_t>(static_cast<bool>(location)));
  }
  if (location) append_location(out, *location);
  if (extras.plan) append_work_plan(out, *extras.plan);
}

void read_scheduled(ByteReader& in, Extras& extras) {
  const std::uint8_t type = read_choice(in, kHasPlan + 1);
  if (type != kHasPlan) {
    extras.locations[kScheduled] = read_location_of(in, static_cast<LocationType>(type));
    return;
  }
  if (read_bool(in)) extras.locations[kScheduled] = read_location(in);
  extras.plan = read_work_plan(in);
  if (*extras.plan == WorkPlan{}) in.fail();
}

// The first number of a calendar with skipped items. It is no count of spans, so that calendars without skipped items
// have the form that they had before such items were kept.
constexpr std::uint64_t kSkippedMark = kCalendarSpansMax + 1;

void append_skipped(ByteWriter& out, const SkippedItems& skipped) {
  out.varint(kSkippedMark);
  out.varint(skipped.count);
  out.fixed(static_cast<std::uint8_t>(skipped.first.size()));
  for (const SkippedItem& item : skipped.first) {
    out.varint(item.line);
    out.text(item.reason);
  }
}

std::uint32_t read_count(ByteReader& in) {
  const std::uint64_t count = in.varint();
  if (count > std::numeric_limits<std::uint32_t>::max()) in.fail();
  return static_cast<std::uint32_t>(count);
}

// Sets `skipped` if the calendar begins with such a list.
void read_skipped(ByteReader& in, SkippedItems& skipped) {
  ByteReader ahead = in;
  if (ahead.varint() != kSkippedMark) return;
  in = ahead;
  skipped.count = read_count(in);
  const auto items = in.fixed<std::uint8_t>();
  if (items == 0 || items > kSkippedShownMax || items > skipped.count) in.fail();
  for (std::uint8_t i = 0; i < items && in.ok(); ++i) {
    const std::uint32_t line = read_count(in);
    skipped.first.push_back({line, std::string(in.text(kSkippedReasonBytesMax))});
  }
}

Extras read_extras(ByteReader& in, std::uint8_t parts) {
  Extras extras;
  if (parts & kHasPreference) extras.preferred = read_preference(in);
  if (parts & kHasMessage) extras.message = read_message(in);
  if (parts & kHasOutOfOffice) extras.out_of_office = read_out_of_office(in);
  for (std::size_t layer = 0; layer < kScheduled; ++layer)
    if (parts & location_bit(layer)) extras.locations[layer] = read_location(in);
  if (parts & location_bit(kScheduled)) read_scheduled(in, extras);
  if (parts & kHasCalendar) extras.calendar = read_calendar(in);
  if (parts & kHasVisibility) {
    extras.visibility = read_visibility(in);
    extras.visibility_sequence = in.varint();
  }
  return extras;
}

}  // namespace

void append_record(ByteWriter& out, const Record& record) {
  out.varint(record.sequence_base);
  append_time(out, record.sequence_base_at);
  out.fixed(record.extras ? parts_of(*record.extras) : std::uint8_t{0});
  out.varint(record.sessions.size());
  for (const Session& session : record.sessions) append_session(out, session);
  if (!record.extras) return;
  const Extras& extras = *record.extras;
  if (extras.preferred) append_preference(out, *extras.preferred);
  if (extras.message) append_message(out, *extras.message);
  if (extras.out_of_office) append_out_of_office(out, *extras.out_of_office);
  for (std::size_t layer = 0; layer < kScheduled; ++layer)
    if (extras.locations[layer]) append_location(out, *extras.locations[layer]);
  append_scheduled(out, extras);
  if (extras.calendar) append_calendar(out, *extras.calendar);
  if (extras.visibility) {
    append_visibility(out, *extras.visibility);
    out.varint(extras.visibility_sequence);
  }
}

Record read_record(ByteReader& in) {
  Record record;
  record.sequence_base = in.varint();
  record.sequence_base_at = read_time(in);
  const auto parts = in.fixed<std::uint8_t>();
  const std::uint64_t sessions = in.varint();
  for (std::uint64_t i = 0; i < sessions && in.ok(); ++i) record.sessions.push_back(read_session(in));
  if (parts != 0) record.extras = read_extras(in, parts);
  return record;
}

void append_message(ByteWriter& out, const StatusMessage& message) {
  out.text(message.text);
  append_time(out, message.published_at);
  append_time(out, message.expires_at);
  out.text(message.expiry_text);
  out.text(message.expiry_zone);
  out.guid(message.by);
}

StatusMessage read_message(ByteReader& in) {
  StatusMessage message;
  message.text = in.text(kEventTextBytesMax);
  message.published_at = read_time(in);
  message.expires_at = read_time(in);
  message.expiry_text = in.text(kEventTextBytesMax);
  message.expiry_zone = in.text(kEventTextBytesMax);
  message.by = in.guid();
  return message;
}

void append_out_of_office(ByteWriter& out, const OutOfOffice& what) {
  append_sent_time(out, {what.from, what.from_ticks});
  append_sent_time(out, {what.until, what.until_ticks});
  out.text(what.message);
  out.guid(what.by);
}

OutOfOffice read_out_of_office(ByteReader& in) {
  OutOfOffice what;
  const SentTime from = read_sent_time(in), until = read_sent_time(in);
  what.from = from.time;
  what.until = until.time;
  what.from_ticks = from.ticks;
  what.until_ticks = until.ticks;
  what.message = in.text(kEventTextBytesMax);
  what.by = in.guid();
  return what;
}

void append_location(ByteWriter& out, const Location& location) {
  out.fixed(static_cast<std::uint8_t>(location.type));
  out.text(location.place);
  append_time(out, location.until);
  out.guid(location.by);
}

Location read_location(ByteReader& in) {
  return read_location_of(in, static_cast<LocationType>(read_choice(in, kLocationTypes)));
}

void append_calendar(ByteWriter& out, const Calendar& calendar) {
  if (calendar.skipped.count > 0) append_skipped(out, calendar.skipped);
  append_spans(out, calendar.busy);
  append_spans(out, calendar.out_of_office);
}

Calendar read_calendar(ByteReader& in) {
  Calendar calendar;
  read_skipped(in, calendar.skipped);
  calendar.busy = read_spans(in);
  calendar.out_of_office = read_spans(in);
  return calendar;
}

// Added to what others see, so that a setting without a badge has the form that it had before there were badges.
constexpr std::uint8_t kBadgeBit = 2;

void append_visibility(ByteWriter& out, const Visibility& visibility) {
  out.fixed(static_cast<std::uint8_t>(visibility.visible_to));
  out.fixed(static_cast<std::uint8_t>(static_cast<unsigned>(visibility.others_see) |
                                      (visibility.badge ? kBadgeBit : 0U)));
  append_guids(out, visibility.members);
  append_guids(out, visibility.groups);
}

Visibility read_visibility(ByteReader& in) {
  Visibility visibility;
  visibility.visible_to = static_cast<VisibleTo>(read_choice(in, 3));
  const std::uint8_t rest = read_choice(in, 2 * kBadgeBit);
  visibility.others_see = static_cast<OthersSee>(rest & (kBadgeBit - 1U));
  visibility.badge = (rest & kBadgeBit) != 0;
  visibility.members = read_guids(in, kVisibilityIdsMax);
  visibility.groups = read_guids(in, kVisibilityIdsMax);
  return visibility;
}

}  // namespace porchlight::log
