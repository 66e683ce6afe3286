// Reads parts of a work plan. Each check has the error of the member that it is about.
#include "graph/wire/work_plan_body.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "base/split.h"
#include "base/text.h"
#include "base/time_text.h"
#include "graph/wire/characters.h"
#include "graph/wire/location.h"

namespace porchlight::graph {
namespace {

using presence::LocationType;
using std::chrono::days;
using std::chrono::local_days;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 3> kShared = {"none", "approximate", "specific"};

// The texts of `body` by name, into the strings; absent ones stay as they are.
Result<void> read_texts(const JsonBody& body,
                        std::initializer_list<std::pair<std::string_view, std::string*>> members) {
  for (const auto& [name, to] : members) {
    auto text = body.text(name);
    if (!text) return std::unexpected(std::move(text.error()));
    if (*text) *to = std::move(**text);
  }
  return {};
}

// An object that must be there.
Result<JsonBody> required_object(const JsonBody& body, std::string_view name, std::string_view display_name) {
  auto object = body.object(name);
  if (!object) return std::unexpected(std::move(object.error()));
  if (!*object) return std::unexpected(parameter_required(display_name));
  return **object;
}

Result<PatternBody> parse_pattern(const JsonBody& body) {
  const auto recurrence = required_object(body, "recurrence", "Recurrence");
  if (!recurrence) return std::unexpected(recurrence.error());
  const auto pattern = required_object(*recurrence, "pattern", "Pattern");
  if (!pattern) return std::unexpected(pattern.error());
  const auto range = required_object(*recurrence, "range", "Range");
  if (!range) return std::unexpected(range.error());
  PatternBody read;
  if (auto good = read_texts(*pattern, {{"type", &read.type}}); !good) return std::unexpected(good.error());
  if (auto good = read_texts(*range, {{"type", &read.range_type},
                                      {"startDate", &read.start_date},
                                      {"endDate", &read.end_date},
                                      {"recurrenceTimeZone", &read.zone}});
      !good)
    return std::unexpected(good.error());
  const auto interval = pattern->integer("interval");
  if (!interval) return std::unexpected(interval.error());
  read.interval = interval->value_or(1);
  const auto weekdays = pattern->texts("daysOfWeek");
  if (!weekdays) return std::unexpected(weekdays.error());
  if (*weekdays) read.days.assign((*weekdays)->begin(), (*weekdays)->end());
  return read;
}

Result<DateTimeZoneBody> required_time(const JsonBody& body, std::string_view name,
                                       std::string_view display_name) {
  auto time = parse_date_time_zone(body, name);
  if (!time) return std::unexpected(std::move(time.error()));
  if (!*time) return std::unexpected(parameter_required(display_name));
  return std::move(**time);
}

Result<presence::LocalRange> to_range(const PlanPartBody& body) {
  const auto start = to_zoned_time(body.start);
  if (!start) return std::unexpected(start.error());
  const auto end = to_zoned_time(body.end);
  if (!end) return std::unexpected(end.error());
  if (start->zone != end->zone)
    return std::unexpected(invalid_argument("end", "[Start] and [End] must have the same time zone."));
  if (end->local.time <= start->local.time)
    return std::unexpected(invalid_argument("end", "The provided [End] is not after the [Start]."));
  return presence::LocalRange{.start = start->local.time,
                              .end = end->local.time,
                              .zone = body.start.zone,
                              .offsets = start->zone.offsets(),
                              .start_ticks = start->local.ticks,
                              .end_ticks = end->local.ticks};
}

// `2030-01-07`.
std::optional<local_days> parse_date(const std::string& text) {
  if (text.size() != 10) return std::nullopt;
  const auto midnight = parse_local_date_time(text + "T00:00");
  return midnight ? std::optional(std::chrono::floor<days>(midnight->time)) : std::nullopt;
}

Result<std::uint8_t> to_days(const std::vector<std::string>& names) {
  unsigned bits = 0;
  for (const std::string& name : names) {
    const auto day = std::ranges::find_if(
        kWeekdays, [&](std::string_view known) { return equals_ignore_case(known, name); });
    if (day == kWeekdays.end())
      return std::unexpected(
          invalid_argument("daysOfWeek", fmt::format("'{}' is not a day of the week.", truncated(name))));
    bits |= 1U << (day - kWeekdays.begin());
  }
  if (bits == 0) return std::unexpected(parameter_required("DaysOfWeek"));
  return static_cast<std::uint8_t>(bits);
}

// The days of the range: first, and last of one that ends.
Result<std::pair<local_days, std::optional<local_days>>> to_dates(const PatternBody& pattern) {
  const auto first = parse_date(pattern.start_date);
  if (!first)
    return std::unexpected(
        invalid_argument("startDate", "The provided [StartDate] is not a date, such as 2030-01-07."));
  if (equals_ignore_case(pattern.range_type, "noEnd")) return std::pair(*first, std::optional<local_days>());
  if (!equals_ignore_case(pattern.range_type, "endDate"))
    return std::unexpected(
        invalid_argument("range", "The type of the [Range] is not allowed. Allowed are: noEnd, endDate."));
  auto last = parse_date(pattern.end_date);
  if (!last || *last < *first)
    return std::unexpected(invalid_argument(
        "endDate", "The provided [EndDate] is not a date, such as 2030-01-07, on or after the [StartDate]."));
  return std::pair(*first, last);
}

Result<void> check_pattern(const PatternBody& pattern, const presence::LocalRange& range) {
  if (!equals_ignore_case(pattern.type, "weekly") || pattern.interval != 1)
    return std::unexpected(
        invalid_argument("pattern", "The [Pattern] is not allowed: weekly with an interval of 1 is."));
  const auto zone = timezone::Zone::find(pattern.zone.empty() ? range.zone : pattern.zone);
  if (!zone || zone->offsets() != range.offsets)
    return std::unexpected(invalid_argument(
        "recurrenceTimeZone", "The provided [RecurrenceTimeZone] is not the time zone of the [Start]."));
  if (range.end - range.start > presence::kWorkSegmentMax)
    return std::unexpected(invalid_argument("end", "A period of a recurrence is at most 24 hours long."));
  return {};
}

// Fixed width, so that ids of days and of parts differ in length.
constexpr std::size_t kGuidBytes = 16, kDayBytes = 4;

std::string bytes_of(const Guid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

}  // namespace

Result<PlanPartBody> parse_plan_part(const JsonBody& body, bool is_recurrence) {
  PlanPartBody read;
  auto start = required_time(body, "start", "Start");
  if (!start) return std::unexpected(std::move(start.error()));
  auto end = required_time(body, "end", "End");
  if (!end) return std::unexpected(std::move(end.error()));
  read.start = *std::move(start);
  read.end = *std::move(end);
  auto type = body.required_text("workLocationType", "WorkLocationType");
  if (!type) return std::unexpected(std::move(type.error()));
  read.type = *std::move(type);
  if (auto good = read_texts(body, {{"placeId", &read.place}}); !good) return std::unexpected(good.error());
  if (is_recurrence) {
    auto pattern = parse_pattern(body);
    if (!pattern) return std::unexpected(std::move(pattern.error()));
    read.pattern = *std::move(pattern);
    return read;
  }
  const auto details = body.object("timeOffDetails");
  if (!details) return std::unexpected(details.error());
  if (!*details) return read;
  if (auto good = read_texts(**details, {{"subject", &read.subject}}); !good)
    return std::unexpected(good.error());
  const auto all_day = (*details)->flag("isAllDay");
  if (!all_day) return std::unexpected(all_day.error());
  read.all_day = all_day->value_or(false);
  return read;
}

Result<presence::Location> to_plan_location(std::string_view type, std::string_view place, const Guid& by,
                                            std::initializer_list<LocationType> allowed) {
  const auto found = find_location_type(type);
  if (!found || std::ranges::find(allowed, *found) == allowed.end()) {
    std::vector<std::string_view> names;
    for (const LocationType one : allowed) names.push_back(location_type_name(one));
    return std::unexpected(invalid_argument(
        "workLocationType", fmt::format("The provided [WorkLocationType] is not allowed. Allowed are: {}.",
                                        fmt::join(names, ", "))));
  }
  if (count_characters(place) > kPlaceIdCharsMax || has_control_characters(place)) {
    return std::unexpected(invalid_argument(
        "placeId", "The provided [PlaceId] is longer than 256 characters or holds control characters."));
  }
  return presence::Location{.type = *found, .place = std::string(place), .by = by};
}

Result<presence::WorkRecurrence> to_recurrence(const PlanPartBody& body, const Guid& id, const Guid& by) {
  auto where = to_plan_location(body.type, body.place, by,
                                {LocationType::kOffice, LocationType::kRemote, LocationType::kUnspecified});
  if (!where) return std::unexpected(std::move(where.error()));
  auto range = to_range(body);
  if (!range) return std::unexpected(std::move(range.error()));
  if (auto good = check_pattern(*body.pattern, *range); !good) return std::unexpected(good.error());
  const auto weekdays = to_days(body.pattern->days);
  if (!weekdays) return std::unexpected(weekdays.error());
  const auto dates = to_dates(*body.pattern);
  if (!dates) return std::unexpected(dates.error());
  return presence::WorkRecurrence{.id = id,
                                  .days = *weekdays,
                                  .first = dates->first,
                                  .last = dates->second,
                                  .range = *std::move(range),
                                  .where = *std::move(where)};
}

Result<presence::WorkOccurrence> to_occurrence(const PlanPartBody& body, const Guid& id, const Guid& by,
                                               std::optional<presence::RecurrenceDay> replaces) {
  auto where = replaces ? to_plan_location(body.type, body.place, by,
                                           {LocationType::kOffice, LocationType::kRemote,
                                            LocationType::kTimeOff, LocationType::kUnspecified})
                        : to_plan_location(body.type, body.place, by, {LocationType::kTimeOff});
  if (!where) return std::unexpected(std::move(where.error()));
  auto range = to_range(body);
  if (!range) return std::unexpected(std::move(range.error()));
  if (count_characters(body.subject) > kTimeOffSubjectCharsMax || has_control_characters(body.subject)) {
    return std::unexpected(invalid_argument(
        "subject", "The provided [Subject] is longer than 256 characters or holds control characters."));
  }
  return presence::WorkOccurrence{.id = id,
                                  .replaces = replaces,
                                  .range = *std::move(range),
                                  .where = *std::move(where),
                                  .subject = body.subject,
                                  .all_day = body.all_day};
}

Result<presence::SharedLocation> to_shared_location(std::string_view text) {
  const auto found =
      std::ranges::find_if(kShared, [&](std::string_view known) { return equals_ignore_case(known, text); });
  if (found != kShared.end()) return static_cast<presence::SharedLocation>(found - kShared.begin());
  return std::unexpected(invalid_argument(
      "maxSharedWorkLocationDetails",
      fmt::format("The provided [MaxSharedWorkLocationDetails] is not allowed. Allowed are: {}.",
                  fmt::join(kShared, ", "))));
}

std::string_view shared_location_name(presence::SharedLocation shared) {
  return kShared[static_cast<std::size_t>(shared)];
}

std::string plan_part_id(const Guid& id) { return encode_base64url(bytes_of(id)); }

std::string plan_part_id(const presence::RecurrenceDay& day) {
  std::string bytes = bytes_of(day.recurrence);
  const auto number = static_cast<std::uint32_t>(day.day.time_since_epoch().count());
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift);
  return encode_base64url(bytes);
}

std::optional<PlanPartId> parse_plan_part_id(std::string_view text) {
  const auto bytes = decode_base64url(text);
  if (!bytes || (bytes->size() != kGuidBytes && bytes->size() != kGuidBytes + kDayBytes)) return std::nullopt;
  Guid id;
  std::ranges::copy(bytes->substr(0, kGuidBytes), reinterpret_cast<char*>(id.bytes.data()));
  if (bytes->size() == kGuidBytes) return PlanPartId{id, std::nullopt};
  std::uint32_t number = 0;
  for (const char byte : bytes->substr(kGuidBytes)) number = number << 8 | static_cast<unsigned char>(byte);
  const local_days day{days(static_cast<std::int32_t>(number))};
  return PlanPartId{{}, presence::RecurrenceDay{id, day}};
}

Result<ViewArguments> parse_view_arguments(std::string_view text) {
  std::optional<std::string> start, end;
  for (const std::string_view part : split(text, ',')) {
    auto [name, value] = split_once(trimmed(part), '=');
    name = trimmed(name);
    value = trimmed(value);
    const bool is_start = equals_ignore_case(name, "startDateTime");
    std::optional<std::string>& to = is_start ? start : end;
    if ((!is_start && !equals_ignore_case(name, "endDateTime")) || to || value.size() < 2 ||
        value.front() != '\'' || value.back() != '\'')
      return std::unexpected(invalid_argument(
          "occurrencesView", "occurrencesView takes startDateTime='…' and endDateTime='…'."));
    to = std::string(value.substr(1, value.size() - 2));
  }
  if (!start) return std::unexpected(parameter_required("StartDateTime"));
  if (!end) return std::unexpected(parameter_required("EndDateTime"));
  return ViewArguments{std::move(*start), std::move(*end)};
}

Result<presence::Span> to_view_range(const ViewArguments& arguments) {
  const auto read = [](std::string_view text, std::string_view name) -> Result<Time> {
    if (const auto time = parse_date_time(text)) return *time;
    if (const auto local = parse_local_date_time(text)) return Time(local->time.time_since_epoch());
    return std::unexpected(invalid_argument(
        name, fmt::format("The provided [{}] is not a date and time, such as 2030-01-07T00:00:00Z.", name)));
  };
  const auto from = read(arguments.start, "startDateTime");
  if (!from) return std::unexpected(from.error());
  const auto until = read(arguments.end, "endDateTime");
  if (!until) return std::unexpected(until.error());
  if (*until <= *from)
    return std::unexpected(
        invalid_argument("endDateTime", "The provided [EndDateTime] is not after the [StartDateTime]."));
  if (*until - *from > kPlanViewMax)
    return std::unexpected(invalid_argument("endDateTime", "The range is longer than 366 days."));
  return presence::Span{*from, *until};
}

}  // namespace porchlight::graph
