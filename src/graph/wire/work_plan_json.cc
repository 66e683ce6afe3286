#include "graph/wire/work_plan_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/location.h"
#include "graph/wire/work_plan_body.h"

namespace porchlight::graph {
namespace {

using presence::LocationType;

// The properties of both parts of a plan, in the order of the bits of a PlanSelection.
constexpr std::array<std::string_view, 8> kProperties = {
    "id", "recurrenceId", "workLocationType", "placeId", "start", "end", "timeOffDetails", "recurrence"};

Result<void> add_plan_selected(std::string_view names, PlanSelection allowed, PlanSelection& selection) {
  for (const std::string_view part : split(names, ',')) {
    const auto found = std::ranges::find_if(
        kProperties, [&](std::string_view known) { return equals_ignore_case(known, trimmed(part)); });
    const auto bit = found == kProperties.end() ? 0 : 1 << (found - kProperties.begin());
    if ((allowed & bit) == 0)
      return std::unexpected(invalid_query(
          "$select", fmt::format("Could not find a property named '{}'.", truncated(trimmed(part)))));
    selection = static_cast<PlanSelection>(selection | bit);
  }
  return {};
}

void write_time(JsonObject& out, std::string_view name, const SentLocalTime& time, std::string_view zone) {
  std::string text;
  append_local_date_time(text, time);
  out.object(name, [&](JsonObject& inner) { inner.text("dateTime", text).text("timeZone", zone); });
}

void write_text_or_null(JsonObject& out, std::string_view name, std::string_view text) {
  if (text.empty())
    out.null(name);
  else
    out.text(name, text);
}

std::string date_text(std::chrono::local_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

// The pattern with all members that Graph returns (spec presence §9).
void write_pattern(JsonObject& out, const presence::WorkRecurrence& recurrence) {
  static constexpr std::array<std::string_view, 7> kDays = {"sunday",   "monday", "tuesday", "wednesday",
                                                            "thursday", "friday", "saturday"};
  std::vector<std::string_view> weekdays;
  for (std::size_t day = 0; day < kDays.size(); ++day)
    if ((recurrence.days >> day) & 1) weekdays.push_back(kDays[day]);
  out.object("recurrence", [&](JsonObject& inner) {
    inner.object("pattern", [&](JsonObject& pattern) {
      pattern.text("type", "weekly").number("interval", 1).text("firstDayOfWeek", "sunday");
      pattern.texts("daysOfWeek", weekdays).number("month", 0).number("dayOfMonth", 0).text("index", "first");
    });
    inner.object("range", [&](JsonObject& range) {
      range.text("type", recurrence.last ? "endDate" : "noEnd")
          .text("startDate", date_text(recurrence.first));
      write_text_or_null(range, "endDate", recurrence.last ? date_text(*recurrence.last) : "");
      range.text("recurrenceTimeZone", recurrence.range.zone).number("numberOfOccurrences", 0);
    });
  });
}

void write_details(JsonObject& out, const presence::WorkOccurrence* time_off) {
  if (!time_off) {
    out.null("timeOffDetails");
    return;
  }
  out.object("timeOffDetails", [&](JsonObject& details) {
    write_text_or_null(details, "subject", time_off->subject);
    details.boolean("isAllDay", time_off->all_day);
  });
}

}  // namespace

Result<PlanQuery> parse_plan_query(std::string_view text, PlanSelection allowed, bool is_list) {
  PlanQuery query;
  auto parsed = for_each_option(text, [&](std::string_view option, std::string value) -> Result<void> {
    if (option == "select") return add_plan_selected(value, allowed, query.select);
    if (option == "top" && is_list) {
      const auto top = parse_top(value);
      if (!top) return std::unexpected(top.error());
      query.top = *top;
      return {};
    }
    if (option != "skiptoken" || !is_list) return std::unexpected(unsupported_option(option));
    query.skip_token = std::move(value);
    return {};
  });
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (query.select == 0) query.select = allowed;
  return query;
}

PlanPart part_of(const presence::WorkRecurrence& recurrence) {
  const presence::LocalRange& range = recurrence.range;
  return {.id = plan_part_id(recurrence.id),
          .recurrence_id = {},
          .type = recurrence.where.type,
          .place = recurrence.where.place,
          .start = {range.start, range.start_ticks},
          .end = {range.end, range.end_ticks},
          .zone = range.zone,
          .recurrence = &recurrence};
}

PlanPart part_of(const presence::WorkOccurrence& occurrence) {
  const presence::LocalRange& range = occurrence.range;
  const auto& day = occurrence.replaces;
  return {.id = day ? plan_part_id(*day) : plan_part_id(occurrence.id),
          .recurrence_id = day ? plan_part_id(day->recurrence) : std::string(),
          .type = occurrence.where.type,
          .place = occurrence.where.place,
          .start = {range.start, range.start_ticks},
          .end = {range.end, range.end_ticks},
          .zone = range.zone,
          .time_off = occurrence.where.type == LocationType::kTimeOff ? &occurrence : nullptr};
}

PlanPart part_of(const presence::WorkPeriod& period) {
  if (period.occurrence) return part_of(*period.occurrence);
  const presence::LocalRange& range = period.recurrence->range;
  return {.id = plan_part_id(presence::RecurrenceDay{period.recurrence->id, period.day}),
          .recurrence_id = plan_part_id(period.recurrence->id),
          .type = period.where->type,
          .place = period.where->place,
          .start = {range.offsets->to_local(period.from), range.start_ticks},
          .end = {range.offsets->to_local(period.until), range.end_ticks},
          .zone = range.zone};
}

void write_part(JsonObject& out, const PlanPart& part, PlanSelection select) {
  const auto has = [&](std::size_t property) { return ((select >> property) & 1) != 0; };
  if (has(0)) out.text("id", part.id);
  if (has(1)) write_text_or_null(out, "recurrenceId", part.recurrence_id);
  if (has(2)) out.text("workLocationType", location_type_name(part.type));
  if (has(3)) write_text_or_null(out, "placeId", part.place);
  if (has(4)) write_time(out, "start", part.start, part.zone);
  if (has(5)) write_time(out, "end", part.end, part.zone);
  if (has(6)) write_details(out, part.time_off);
  if (has(7)) write_pattern(out, *part.recurrence);
}

}  // namespace porchlight::graph
