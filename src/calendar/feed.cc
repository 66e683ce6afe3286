// Reads the components of each VCALENDAR in three steps: time zones, so that local times can be converted; overrides
// (events with a RECURRENCE-ID), so that the occurrences that they replace can be left out; then every other event and
// free/busy component, whose occurrences become spans. Spans are clipped to the window as they are added, and merged at
// the end. Each line is examined a fixed number of times, and what recurrences cost is bounded by kWorkMax.
#include "calendar/feed.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/split.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "calendar/busy_kind.h"
#include "calendar/feed_zones.h"
#include "calendar/recurrence.h"
#include "calendar/span_collector.h"
#include "calendar/values.h"

namespace porchlight::calendar {
namespace {

using presence::Calendar;
using presence::Span;
using std::chrono::days;
using std::chrono::floor;

// Occurrences are searched in local time, within the window and this margin on both sides, because offsets from UTC
// differ. They are then converted and compared with the window exactly.
constexpr days kMargin{2};

// The work of converting an occurrence to UTC, in steps of WorkBudget.
constexpr std::int64_t kSpanWork = 8;

constexpr std::string_view kNoTime = "is not a date or a time";

Time to_utc(LocalTime local) { return Time(local.time_since_epoch()); }

// A value of a line, and the zone that it is in.
struct ZonedValue {
  DateTimeValue value;
  const FeedZone* zone;

  Time time() const { return zone->to_time(value.local); }
};

// The properties that all occurrences of an event share.
struct EventTiming {
  bool date;  // whole days
  const FeedZone* zone;
  NominalDuration length;
};

// One occurrence of an event.
struct Occurrence {
  LocalTime local;  // the start as the feed writes it
  Span span;
};

// Occurrences that are left out: by the time of their start, or all of a day.
struct Exclusions {
  std::vector<Time> times;
  std::vector<std::chrono::local_days> days;

  void add(const ZonedValue& one) {
    if (one.value.date)
      days.push_back(floor<std::chrono::days>(one.value.local));
    else
      times.push_back(one.time());
  }
  // To be called after the last change and before contains().
  void sort() {
    std::ranges::sort(times);
    std::ranges::sort(days);
  }
  bool contains(const Occurrence& one) const {
    return std::ranges::binary_search(times, one.span.from) ||
           std::ranges::binary_search(days, floor<std::chrono::days>(one.local));
  }
};

// What all VCALENDARs of a feed share.
struct FeedContext {
  const FeedOptions& options;
  const FeedZone local{options.zone};
  const FeedZone utc{timezone::Zone()};
  WorkBudget& work;
  SkipReport& skipped;
  SpanCollector& spans;

  BusyRules rules() const { return {options.owner, options.settings.tentative_is_busy}; }
};

// Parses the values of one line. Its parameters are read once, and its zone is looked up once.
class LineValues {
 public:
  LineValues(const ContentLine& line, const LineParameters& parameters, const FeedContext& context,
             FeedZones& zones)
      : line_(line), tz_id_(parameters.tz_id), context_(context), zones_(zones) {
    context.work.examine(line.value.size());
  }

  Read<ZonedValue> parse(std::string_view text) {
    const auto value = parse_date_time_value(trim_blanks(text));
    if (!value) return std::unexpected(line_.fault(kNoTime));
    if (value->utc) return ZonedValue{*value, &context_.utc};
    if (value->date || tz_id_.empty()) return ZonedValue{*value, &context_.local};
    if (!zone_) zone_ = zones_.find(tz_id_);
    if (!*zone_) return std::unexpected(line_.fault(zone_->error().what, zone_->error().detail));
    return ZonedValue{*value, **zone_};
  }

 private:
  const ContentLine& line_;
  const std::string_view tz_id_;
  const FeedContext& context_;
  FeedZones& zones_;
  std::optional<FeedZones::Found> zone_;
};

// Reads one VCALENDAR.
class CalendarReader {
 public:
  CalendarReader(const Component& calendar, FeedContext& context)
      : calendar_(calendar),
        context_(context),
        zones_(calendar, context.local.to_local(context.options.window.until) + kMargin, context.work) {}

  // Fails if a limit is exceeded.
  Read<void> read() {
    for (const bool overrides : {true, false}) {
      for (const Component& part : calendar_.inside) {
        const bool is_override = part.find(PropertyName::kRecurrenceId) != nullptr;
        if (part.kind != ComponentKind::kEvent || is_override != overrides) continue;
        if (auto kept = keep_or_skip(read_event(part)); !kept) return kept;
      }
      for (auto& [uid, exclusions] : overridden_) exclusions.sort();
    }
    for (const Component& part : calendar_.inside)
      if (part.kind == ComponentKind::kFreeBusy)
        if (auto read = read_free_busy(part); !read) return read;
    return {};
  }

 private:
  // Keeps the spans of what was read, or drops and reports it. Fails if a limit is exceeded.
  Read<void> keep_or_skip(Read<void> read) {
    if (read) {
      context_.spans.keep();
      return {};
    }
    if (read.error().is_limit || context_.work.is_used_up()) return read;
    context_.spans.drop();
    context_.skipped.add(read.error());
    return {};
  }

  // Adds the spans of one event. Of an override it also records which occurrence is replaced.
  Read<void> read_event(const Component& event) {
    const BusyKind kind = busy_kind_of(event, context_.rules(), context_.work);
    const ContentLine* id = event.find(PropertyName::kRecurrenceId);
    std::optional<ZonedValue> replaced;
    if (id != nullptr) {
      const auto read = read_replaced(*id);
      if (!read) return std::unexpected(read.error());
      replaced = *read;
    }
    if (kind != BusyKind::kNothing)
      if (auto added = add_event(event, kind); !added) return added;
    const ContentLine* uid = event.find(PropertyName::kUid);
    if (replaced && uid != nullptr) overridden_[uid->value].add(*replaced);
    return {};
  }

  // Reads a RECURRENCE-ID.
  Read<ZonedValue> read_replaced(const ContentLine& line) {
    const auto parameters = line.read_parameters(context_.work);
    if (!parameters) return std::unexpected(parameters.error());
    if (!parameters->range.empty()) return std::unexpected(line.fault("has a RANGE, which is not read"));
    return LineValues(line, *parameters, context_, zones_).parse(line.value);
  }

  // Reads a line that has one time.
  Read<ZonedValue> read_time(const ContentLine& line) {
    const auto parameters = line.read_parameters(context_.work);
    if (!parameters) return std::unexpected(parameters.error());
    return LineValues(line, *parameters, context_, zones_).parse(line.value);
  }

  Read<void> add_event(const Component& event, BusyKind kind) {
    const ContentLine* line = event.find(PropertyName::kDtStart);
    if (line == nullptr) return std::unexpected(Fault{event.number, "this event", "has no DTSTART"});
    const auto start = read_time(*line);
    if (!start) return std::unexpected(start.error());
    const auto length = read_length(event, *start);
    if (!length) return std::unexpected(length.error());
    const EventTiming timing{start->value.date, start->zone, *length};
    if (event.find(PropertyName::kRecurrenceId) != nullptr)
      return context_.spans.add(*line, span_at(timing, start->value.local), kind);
    return add_occurrences(event, *line, start->value.local, timing, kind);
  }

  // Adds all occurrences of an event: by its rules and extra dates, without those that are excluded or overridden.
  Read<void> add_occurrences(const Component& event, const ContentLine& start_line, LocalTime start,
                             const EventTiming& timing, BusyKind kind) {
    std::vector<Occurrence> all;
    Exclusions own;
    bool recurs = false;
    for (const ContentLine& line : event.lines) {
      Read<void> read;
      if (line.name == PropertyName::kRRule) {
        recurs = true;
        read = recur(line, start, timing, [&](const Occurrence& one) { all.push_back(one); });
      } else if (line.name == PropertyName::kExRule) {
        read = recur(line, start, timing, [&](const Occurrence& one) { own.times.push_back(one.span.from); });
      } else if (line.name == PropertyName::kRDate) {
        read = read_extras(line, timing, all);
      } else if (line.name == PropertyName::kExDate) {
        read = read_exclusions(line, own);
      }
      if (!read) return read;
    }
    if (!recurs) all.push_back({start, span_at(timing, start)});
    own.sort();
    const ContentLine* uid = event.find(PropertyName::kUid);
    const auto overridden = uid ? overridden_.find(uid->value) : overridden_.end();
    for (const Occurrence& one : all) {
      if (own.contains(one) || (overridden != overridden_.end() && overridden->second.contains(one)))
        continue;
      if (auto added = context_.spans.add(start_line, one.span, kind); !added) return added;
    }
    return {};
  }

  // Calls `visit` for the occurrences of a rule within the window.
  template <typename Visit>
  Read<void> recur(const ContentLine& line, LocalTime start, const EventTiming& timing, Visit visit) {
    context_.work.examine(line.value.size());
    const auto rule = parse_recurrence_rule(line.value);
    if (!rule) return std::unexpected(line.fault("is not a recurrence that can be read"));
    std::optional<LocalTime> last;
    if (rule->until)
      last = rule->until->utc ? timing.zone->to_local(to_utc(rule->until->local)) : rule->until->local;
    if (rule->until && rule->until->date) *last += days(1) - Duration(1);
    const Span window = context_.options.window;
    const LocalTime from =
        timing.zone->to_local(window.from) - timing.length.days - timing.length.exact - kMargin;
    const LocalTime until = timing.zone->to_local(window.until) + kMargin;
    std::vector<LocalTime> times;
    if (!expand(rule->parts, start, last, from, until, context_.work, times) ||
        !context_.work.spend(kSpanWork * static_cast<std::int64_t>(times.size())))
      return std::unexpected(line.fault("makes the recurrences too much work"));
    for (const LocalTime local : times) {
      const Occurrence one{local, span_at(timing, local)};
      if (context_.spans.in_window(one.span)) visit(one);
    }
    return {};
  }

  // Adds the values of an EXDATE.
  Read<void> read_exclusions(const ContentLine& line, Exclusions& exclusions) {
    const auto parameters = line.read_parameters(context_.work);
    if (!parameters) return std::unexpected(parameters.error());
    LineValues values(line, *parameters, context_, zones_);
    for (const std::string_view text : split(line.value, ',')) {
      const auto value = values.parse(text);
      if (!value) return std::unexpected(value.error());
      exclusions.add(*value);
    }
    return {};
  }

  // Adds the values of an RDATE: other starts of the event, or periods of their own length.
  Read<void> read_extras(const ContentLine& line, const EventTiming& timing, std::vector<Occurrence>& all) {
    const auto parameters = line.read_parameters(context_.work);
    if (!parameters) return std::unexpected(parameters.error());
    LineValues values(line, *parameters, context_, zones_);
    for (const std::string_view text : split(line.value, ',')) {
      if (text.find('/') != std::string_view::npos) {
        const auto period = read_period(line, values, text);
        if (!period) return std::unexpected(period.error());
        all.push_back(*period);
        continue;
      }
      const auto value = values.parse(text);
      if (!value) return std::unexpected(value.error());
      const LocalTime local = value->value.local;
      all.push_back({local, span_at({value->value.date, value->zone, timing.length}, local)});
    }
    return {};
  }

  // Adds the periods of a VFREEBUSY. A period that cannot be read is skipped alone, because one component often holds
  // the whole calendar.
  Read<void> read_free_busy(const Component& part) {
    for (const ContentLine& line : part.lines) {
      if (line.name != PropertyName::kFreeBusy) continue;
      const auto parameters = line.read_parameters(context_.work);
      if (!parameters) {
        context_.skipped.add(parameters.error());
        continue;
      }
      const BusyKind kind = busy_kind_of_type(parameters->fb_type, context_.rules());
      LineValues values(line, *parameters, context_, zones_);
      for (const std::string_view text : split(line.value, ',')) {
        const auto period = read_period(line, values, text);
        auto read = period ? context_.spans.add(line, period->span, kind) : std::unexpected(period.error());
        if (auto kept = keep_or_skip(std::move(read)); !kept) return kept;
      }
    }
    return {};
  }

  // Reads `start/end` or `start/duration` (RFC 5545 §3.3.9).
  Read<Occurrence> read_period(const ContentLine& line, LineValues& values, std::string_view text) {
    const auto [first, second] = split_once(text, '/');
    const auto start = values.parse(first);
    if (!start) return std::unexpected(start.error());
    const LocalTime local = start->value.local;
    if (const auto length = parse_nominal_duration(trim_blanks(second)); length && !start->value.date)
      return Occurrence{local, span_at({false, start->zone, *length}, local)};
    const auto end = values.parse(second);
    if (!end || start->value.date) return std::unexpected(line.fault("is not a period of time"));
    return Occurrence{local, {start->time(), end->time()}};
  }

  // The length of an event by DTEND or DURATION. Without either, a date lasts a day and a time has no length (RFC 5545
  // §3.6.1).
  Read<NominalDuration> read_length(const Component& event, const ZonedValue& start) {
    NominalDuration length;
    if (start.value.date) length.days = days(1);
    if (const ContentLine* line = event.find(PropertyName::kDtEnd)) {
      const auto end = read_time(*line);
      if (!end) return std::unexpected(end.error());
      if (end->value.date != start.value.date)
        return std::unexpected(line->fault("is not a date or a time as DTSTART is"));
      if (start.value.date)
        length.days = std::max(floor<days>(end->value.local - start.value.local), days(1));
      else
        length.exact = std::max(end->time() - start.time(), Duration(0));
    } else if (const ContentLine* duration = event.find(PropertyName::kDuration)) {
      const auto read = parse_nominal_duration(duration->value);
      if (!read) return std::unexpected(duration->fault("is not a length of time"));
      length = *read;
    }
    return length;
  }

  // The span of an occurrence that starts at a local time. Days are added in local time, the rest in exact time.
  Span span_at(const EventTiming& timing, LocalTime start) const {
    const LocalTime end = start + timing.length.days;
    const timezone::Zone& zone = context_.options.zone;
    if (timing.date)
      return {zone.start_of_day(floor<days>(start)),
              zone.start_of_day(floor<days>(end)) + timing.length.exact};
    return {timing.zone->to_time(start), timing.zone->to_time(end) + timing.length.exact};
  }

  const Component& calendar_;
  FeedContext& context_;
  FeedZones zones_;
  absl::flat_hash_map<std::string_view, Exclusions> overridden_;  // occurrences that are replaced, by UID
};

}  // namespace

std::expected<FeedReading, std::string> read_feed(std::string bytes, const FeedOptions& options) {
  CHECK(options.window.from <= options.window.until);
  if (bytes.size() > options.settings.bytes_max)
    return std::unexpected(fmt::format("it is larger than {} bytes, the setting calendar.feed_bytes",
                                       options.settings.bytes_max));
  const std::string text = decode_text(std::move(bytes)).text;
  std::string joined;
  WorkBudget work(options.stop);
  SkipReport skipped;
  SpanCollector spans(options.window);
  const auto calendars = parse_components(text, joined, work, skipped);
  if (!calendars) return std::unexpected(calendars.error());
  FeedContext context{.options = options, .work = work, .skipped = skipped, .spans = spans};
  for (const Component& calendar : *calendars)
    if (auto read = CalendarReader(calendar, context).read(); !read)
      return std::unexpected(to_text(read.error()));
  FeedReading reading{spans.take(), work};
  reading.calendar.skipped = skipped.take();
  return reading;
}

std::vector<std::string> addresses_of(const std::string& upn) {
  std::vector<std::string> addresses = {upn};
  const auto guest = std::search(upn.begin(), upn.end(), std::begin("#ext#"), std::end("#ext#") - 1,
                                 [](char a, char b) { return to_lower(a) == b; });
  std::string home(upn.begin(), guest);
  const std::size_t at = home.rfind('_');
  if (guest == upn.end() || at == std::string::npos) return addresses;
  home[at] = '@';
  addresses.push_back(std::move(home));
  return addresses;
}

}  // namespace porchlight::calendar
