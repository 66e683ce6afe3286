// Reads the components of each VCALENDAR in three steps: time zones, so that local times can be converted; overrides
// (events with a RECURRENCE-ID), so that the occurrences that they replace can be left out; then every event and
// free/busy component, whose occurrences become spans. Spans are clipped to the window as they are added, and merged at
// the end. The cost is bounded by kWorkMax and kOccurrencesMax, whatever the feed says.
#include "calendar/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/split.h"
#include "base/text.h"
#include "calendar/feed_zone.h"
#include "calendar/lines.h"
#include "calendar/recurrence.h"
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

// The work of converting an occurrence to UTC, in units of WorkBudget.
constexpr std::int64_t kSpanWork = 8;

// How an event affects presence.
enum class BusyKind : std::uint8_t { kNothing, kBusy, kOutOfOffice };

// X-MICROSOFT-CDO-BUSYSTATUS of Outlook has precedence over TRANSP and STATUS, which Outlook writes too but which
// cannot express out of office.
BusyKind busy_kind_of(const Component& event) {
  const auto says = [&event](PropertyName name, std::string_view value) {
    const ContentLine* line = event.find(name);
    return line != nullptr && equals_ignore_case(line->value, value);
  };
  if (says(PropertyName::kStatus, "CANCELLED")) return BusyKind::kNothing;
  if (says(PropertyName::kBusyStatus, "BUSY")) return BusyKind::kBusy;
  if (says(PropertyName::kBusyStatus, "OOF")) return BusyKind::kOutOfOffice;
  for (const std::string_view other : {"FREE", "TENTATIVE", "WORKINGELSEWHERE"})
    if (says(PropertyName::kBusyStatus, other)) return BusyKind::kNothing;
  const bool free = says(PropertyName::kTransp, "TRANSPARENT") || says(PropertyName::kStatus, "TENTATIVE");
  return free ? BusyKind::kNothing : BusyKind::kBusy;
}

BusyKind free_busy_kind_of(const ContentLine& line) {
  const std::string_view type = line.parameter("FBTYPE");
  if (equals_ignore_case(type, "FREE") || equals_ignore_case(type, "BUSY-TENTATIVE"))
    return BusyKind::kNothing;
  return equals_ignore_case(type, "BUSY-UNAVAILABLE") ? BusyKind::kOutOfOffice : BusyKind::kBusy;
}

// The properties that all occurrences of an event share.
struct EventTiming {
  bool date;  // whole days
  const FeedZone* feed_zone;
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

// Sorts spans and joins those that overlap or touch.
void merge(std::vector<Span>& spans) {
  std::ranges::sort(spans, {}, &Span::from);
  std::size_t kept = 0;
  for (const Span& span : spans) {
    if (kept > 0 && span.from <= spans[kept - 1].until)
      spans[kept - 1].until = std::max(spans[kept - 1].until, span.until);
    else
      spans[kept++] = span;
  }
  spans.erase(spans.begin() + static_cast<std::ptrdiff_t>(kept), spans.end());
}

// Calls `visit` for each value of a comma-separated list until it returns false. Returns whether it never did.
template <typename Visit>
bool for_each_value(std::string_view list, Visit visit) {
  for (const std::string_view value : split(list, ','))
    if (!visit(value)) return false;
  return true;
}

// The zone whose name ends a TZID such as `/example.org/2030/Europe/Berlin` (RFC 5545 §3.8.3.1).
std::optional<timezone::Zone> find_inner_zone(std::string_view name) {
  while (name.starts_with('/')) {
    name.remove_prefix(1);
    if (const auto zone = timezone::Zone::find(name)) return zone;
    name.remove_prefix(std::min(name.find('/'), name.size()));
  }
  return std::nullopt;
}

// Reads one feed. Member functions return false, null or nullopt if the feed is refused; error_ is the reason.
class FeedReader {
 public:
  FeedReader(const timezone::Zone& zone, Span window)
      : zone_(zone), local_(zone), utc_(timezone::Zone()), window_(window) {
    CHECK(window.from <= window.until);
  }

  std::expected<Calendar, std::string> read(const std::vector<Component>& calendars) {
    for (const Component& calendar : calendars)
      if (!read_calendar(calendar)) return std::unexpected(std::move(error_));
    merge(result_.busy);
    merge(result_.out_of_office);
    return std::move(result_);
  }

 private:
  bool refuse(const ContentLine& line, std::string_view what) {
    error_ = fmt::format("line {}: {} {}", line.number, to_text(line.name), what);
    return false;
  }

  // The three steps for one VCALENDAR.
  bool read_calendar(const Component& calendar) {
    feed_zones_.clear();
    timezones_.clear();
    overridden_.clear();
    for (const Component& part : calendar.inside) {
      const ContentLine* name = part.is("VTIMEZONE") ? part.find(PropertyName::kTzId) : nullptr;
      if (name != nullptr) timezones_.emplace(name->value, &part);
    }
    for (const Component& part : calendar.inside)
      if (part.is("VEVENT") && !read_override(part)) return false;
    for (auto& [uid, exclusions] : overridden_) exclusions.sort();
    for (const Component& part : calendar.inside) {
      if (part.is("VEVENT") && !read_event(part)) return false;
      if (part.is("VFREEBUSY") && !read_free_busy(part)) return false;
    }
    return true;
  }

  // Records which occurrence of which event an override replaces.
  bool read_override(const Component& event) {
    const ContentLine* id = event.find(PropertyName::kRecurrenceId);
    const ContentLine* uid = event.find(PropertyName::kUid);
    if (id == nullptr || uid == nullptr) return true;
    if (!id->parameter("RANGE").empty()) return refuse(*id, "has a RANGE, which is not read");
    return exclude(*id, id->value, overridden_[uid->value]);
  }

  // Adds one value of RECURRENCE-ID or EXDATE.
  bool exclude(const ContentLine& line, std::string_view value, Exclusions& exclusions) {
    const auto moment = parse_date_time_value(value);
    if (!moment) return refuse(line, "is not a date or a time");
    if (moment->date) {
      exclusions.days.push_back(floor<days>(moment->local));
      return true;
    }
    const FeedZone* feed_zone = feed_zone_of(line, *moment);
    if (feed_zone == nullptr) return false;
    exclusions.times.push_back(feed_zone->to_time(moment->local));
    return true;
  }

  // Adds the spans of one event. Invisible events and events without DTSTART are skipped.
  bool read_event(const Component& event) {
    const BusyKind kind = busy_kind_of(event);
    const ContentLine* line = event.find(PropertyName::kDtStart);
    if (kind == BusyKind::kNothing || line == nullptr) return true;
    const auto start = parse_date_time_value(line->value);
    if (!start) return refuse(*line, "is not a date or a time");
    EventTiming timing{start->date, feed_zone_of(*line, *start), {}};
    if (timing.feed_zone == nullptr || !read_length(event, *start, timing)) return false;
    if (event.find(PropertyName::kRecurrenceId) != nullptr)
      return add(*line, span_at(timing, start->local), kind);
    return add_occurrences(event, start->local, timing, kind);
  }

  // Adds all occurrences of an event: by its rules and extra dates, without those that are excluded or overridden.
  bool add_occurrences(const Component& event, LocalTime start, const EventTiming& timing, BusyKind kind) {
    std::vector<Occurrence> all;
    Exclusions own;
    bool recurs = false;
    for (const ContentLine& line : event.lines) {
      bool good = true;
      if (line.name == PropertyName::kRRule) {
        recurs = true;
        good = recur(line, start, timing, [&](const Occurrence& one) { all.push_back(one); });
      } else if (line.name == PropertyName::kExRule) {
        good = recur(line, start, timing, [&](const Occurrence& one) { own.times.push_back(one.span.from); });
      } else if (line.name == PropertyName::kRDate) {
        good = for_each_value(line.value, [&](auto value) { return read_extra(line, value, timing, all); });
      } else if (line.name == PropertyName::kExDate) {
        good = for_each_value(line.value, [&](auto value) { return exclude(line, value, own); });
      }
      if (!good) return false;
    }
    if (!recurs) all.push_back({start, span_at(timing, start)});
    own.sort();
    const ContentLine* uid = event.find(PropertyName::kUid);
    const auto overridden = uid ? overridden_.find(uid->value) : overridden_.end();
    return std::ranges::all_of(all, [&](const Occurrence& one) {
      const bool excluded =
          own.contains(one) || (overridden != overridden_.end() && overridden->second.contains(one));
      return excluded || add(*event.find(PropertyName::kDtStart), one.span, kind);
    });
  }

  // Calls `visit` for the occurrences of a rule within the window.
  template <typename Visit>
  bool recur(const ContentLine& line, LocalTime start, const EventTiming& timing, Visit visit) {
    const auto rule = parse_recurrence_rule(line.value);
    if (!rule) return refuse(line, "is not a recurrence that can be read");
    std::optional<LocalTime> last;
    if (rule->until)
      last = rule->until->utc ? timing.feed_zone->to_local(to_utc(rule->until->local)) : rule->until->local;
    if (rule->until && rule->until->date) *last += days(1) - Duration(1);
    const LocalTime from =
        timing.feed_zone->to_local(window_.from) - timing.length.days - timing.length.exact - kMargin;
    const LocalTime until = timing.feed_zone->to_local(window_.until) + kMargin;
    std::vector<LocalTime> times;
    if (!expand(rule->parts, start, last, from, until, work_, times) ||
        !work_.spend(kSpanWork * static_cast<std::int64_t>(times.size())))
      return refuse(line, "makes the recurrences too much work");
    for (const LocalTime local : times) {
      const Occurrence one{local, span_at(timing, local)};
      if (in_window(one.span)) visit(one);
    }
    return true;
  }

  // Adds one value of RDATE: another start of the event, or a period of its own length.
  bool read_extra(const ContentLine& line, std::string_view value, const EventTiming& timing,
                  std::vector<Occurrence>& all) {
    if (value.find('/') != std::string_view::npos) {
      const auto period = read_period(line, value);
      if (period) all.push_back(*period);
      return period.has_value();
    }
    const auto moment = parse_date_time_value(value);
    if (!moment) return refuse(line, "is not a date or a time");
    const EventTiming own{moment->date, feed_zone_of(line, *moment), timing.length};
    if (own.feed_zone == nullptr) return false;
    all.push_back({moment->local, span_at(own, moment->local)});
    return true;
  }

  // Adds the periods of a VFREEBUSY.
  bool read_free_busy(const Component& part) {
    for (const ContentLine& line : part.lines) {
      if (line.name != PropertyName::kFreeBusy) continue;
      const BusyKind kind = free_busy_kind_of(line);
      const auto add_one = [&](std::string_view value) {
        const auto period = read_period(line, value);
        return period && add(line, period->span, kind);
      };
      if (!for_each_value(line.value, add_one)) return false;
    }
    return true;
  }

  // Reads `start/end` or `start/duration` (RFC 5545 §3.3.9).
  std::optional<Occurrence> read_period(const ContentLine& line, std::string_view value) {
    const std::size_t slash = std::min(value.find('/'), value.size());
    const auto start = parse_date_time_value(value.substr(0, slash));
    const std::string_view rest = value.substr(std::min(slash + 1, value.size()));
    const auto end = parse_date_time_value(rest);
    const auto length = parse_nominal_duration(rest);
    if (!start || start->date || (!end && !length)) {
      refuse(line, "is not a period of time");
      return std::nullopt;
    }
    const FeedZone* feed_zone = feed_zone_of(line, *start);
    if (feed_zone == nullptr) return std::nullopt;
    if (!end) return Occurrence{start->local, span_at({false, feed_zone, *length}, start->local)};
    return Occurrence{start->local,
                      {feed_zone->to_time(start->local), (end->utc ? utc_ : *feed_zone).to_time(end->local)}};
  }

  // Sets the length from DTEND or DURATION. Without either, a date lasts a day and a time has no length (RFC 5545
  // §3.6.1).
  bool read_length(const Component& event, const DateTimeValue& start, EventTiming& timing) {
    if (timing.date) timing.length.days = days(1);
    if (const ContentLine* line = event.find(PropertyName::kDtEnd)) {
      const auto end = parse_date_time_value(line->value);
      if (!end || end->date != start.date) return refuse(*line, "is not a date or a time as DTSTART is");
      const FeedZone* feed_zone = feed_zone_of(*line, *end);
      if (feed_zone == nullptr) return false;
      if (timing.date)
        timing.length.days = std::max(floor<days>(end->local - start.local), days(1));
      else
        timing.length.exact =
            std::max(feed_zone->to_time(end->local) - timing.feed_zone->to_time(start.local), Duration(0));
    } else if (const ContentLine* duration = event.find(PropertyName::kDuration)) {
      const auto length = parse_nominal_duration(duration->value);
      if (!length) return refuse(*duration, "is not a length of time");
      timing.length = *length;
    }
    return true;
  }

  // The span of an occurrence that starts at a local time. Days are added in local time, the rest in exact time.
  Span span_at(const EventTiming& timing, LocalTime start) const {
    const LocalTime end = start + timing.length.days;
    if (timing.date)
      return {zone_.start_of_day(floor<days>(start)),
              zone_.start_of_day(floor<days>(end)) + timing.length.exact};
    return {timing.feed_zone->to_time(start), timing.feed_zone->to_time(end) + timing.length.exact};
  }

  // Whether the span is not empty and overlaps the window.
  bool in_window(const Span& span) const {
    return span.from < span.until && span.from < window_.until && span.until > window_.from;
  }

  // Adds the part of a span that lies within the window. Errors name `line`.
  bool add(const ContentLine& line, const Span& span, BusyKind kind) {
    if (kind == BusyKind::kNothing || !in_window(span)) return true;
    if (++occurrences_ > kOccurrencesMax)
      return refuse(line, fmt::format("makes more than {} occurrences", kOccurrencesMax));
    (kind == BusyKind::kBusy ? result_.busy : result_.out_of_office)
        .push_back({std::max(span.from, window_.from), std::min(span.until, window_.until)});
    return true;
  }

  // The zone of a line's value: UTC, the owner's zone, or that of TZID: a known name, a VTIMEZONE of the feed, or a
  // known name at the end of a path, in this order. Null if the zone is unknown.
  const FeedZone* feed_zone_of(const ContentLine& line, const DateTimeValue& moment) {
    if (moment.utc) return &utc_;
    const std::string_view name = line.parameter("TZID");
    if (moment.date || name.empty()) return &local_;
    if (const auto known = feed_zones_.find(name); known != feed_zones_.end()) return &known->second;
    std::optional<FeedZone> feed_zone;
    if (const auto zone = timezone::Zone::find(name)) {
      feed_zone.emplace(*zone);
    } else if (const auto described = timezones_.find(name); described != timezones_.end()) {
      auto read = read_timezone(*described->second, local_.to_local(window_.until) + kMargin, work_);
      if (!read)
        error_ = std::move(read.error());
      else
        feed_zone = std::move(*read);
    } else if (const auto inner = find_inner_zone(name)) {
      feed_zone.emplace(*inner);
    } else {
      refuse(line, "has a TZID that is not known and not described");
    }
    return feed_zone ? &feed_zones_.emplace(name, std::move(*feed_zone)).first->second : nullptr;
  }

  static Time to_utc(LocalTime local) { return Time(local.time_since_epoch()); }

  const timezone::Zone& zone_;
  const FeedZone local_;
  const FeedZone utc_;
  const Span window_;
  // Of the current VCALENDAR.
  std::map<std::string_view, const Component*> timezones_;  // VTIMEZONEs by TZID
  std::map<std::string_view, FeedZone> feed_zones_;         // zones in use by TZID
  std::map<std::string_view, Exclusions> overridden_;       // overridden occurrences by UID
  // Of the whole feed.
  WorkBudget work_;
  std::size_t occurrences_ = 0;
  Calendar result_;
  std::string error_;
};

}  // namespace

std::expected<Calendar, std::string> read_feed(std::string_view text, const timezone::Zone& zone,
                                               Span window) {
  if (text.size() > kFeedBytesMax)
    return std::unexpected(fmt::format("it has more than {} bytes", kFeedBytesMax));
  if (text.find('\0') != std::string_view::npos) return std::unexpected("it has a NUL byte");
  std::string joined;
  const auto calendars = parse_components(text, joined);
  if (!calendars) return std::unexpected(calendars.error());
  return FeedReader(zone, window).read(*calendars);
}

}  // namespace porchlight::calendar
