// user/settings/workHoursAndLocations: the work plan, and the current location that it gives (spec presence §9, "Work
// plans in Graph"). Only the user and applications may read a plan; others see of it what a presence shows.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "graph/call/links.h"
#include "graph/call/list_response.h"
#include "graph/call/operation.h"
#include "graph/call/submit_command.h"
#include "graph/presence/tenant_zone.h"
#include "graph/wire/characters.h"
#include "graph/wire/work_plan_body.h"
#include "graph/wire/work_plan_json.h"

namespace porchlight::graph {
namespace {

using presence::LocationType;
using presence::WorkPeriod;
using presence::WorkPlan;

// "users('…')/settings/workHoursAndLocations", and a collection of it.
std::string plan_context(const Guid& user, std::string_view collection) {
  return fmt::format("users('{}')/settings/workHoursAndLocations{}", to_string(user), collection);
}

std::string part_body(const HandlerContext& context, const Call& call, const Guid& user, const PlanPart& part,
                      PlanSelection select) {
  return json_object([&](JsonObject& out) {
    write_context(context, call, out,
                  plan_context(user, part.recurrence ? "/recurrences/$entity" : "/occurrences/$entity"));
    write_part(out, part, select);
  });
}

// A page of a list. The token of the next one holds the number of items before it.
Result<Handled> answer_list(HandlerContext& context, const Call& call, std::string_view what,
                            const std::vector<PlanPart>& parts, const PlanQuery& query) {
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  std::size_t begin = 0;
  if (*after)
    for (const std::size_t place : {0U, 1U, 2U, 3U}) begin = begin << 8 | (*after)->bytes[place];
  begin = std::min(begin, parts.size());
  const std::size_t end = std::min(parts.size(), begin + query.top);
  const std::size_t links = begin_list(context, call, what);
  std::string& body = call.response.body;
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) body += ',';
    JsonObject item(body);
    write_part(item, parts[i], query.select);
  }
  Guid last;
  for (const std::size_t place : {0U, 1U, 2U, 3U})
    last.bytes[place] = static_cast<std::uint8_t>(end >> (24 - 8 * place));
  end_page(context, call, links, end < parts.size() ? std::optional(last) : std::nullopt);
  return Handled::kNow;
}

// The user's plan, and the location set for now, if there is one.
struct KnownPlan {
  Shared<WorkPlan> plan = WorkPlan{};
  std::optional<presence::Location> current;
};

KnownPlan read_plan(const HandlerContext& context, const Call& call, const state::UserKey& key) {
  KnownPlan known;
  context.services.view.read(key, [&](const presence::Record& record) {
    if (!record.extras) return;
    if (record.extras->plan) known.plan = record.extras->plan;
    const auto& scheduled =
        record.extras->locations[static_cast<std::size_t>(presence::LocationLayer::kScheduled)];
    if (scheduled && scheduled->until > call.info.now) known.current = *scheduled;
  });
  return known;
}

Error plan_part_not_found() {
  return command_rejected(presence::Rejection::kWorkPlanNotFound, {}, {}, false);
}

// The setting.

constexpr std::string_view kSharedName = "maxSharedWorkLocationDetails";

Result<NoArguments> parse_get_setting(HandlerContext&, const Call& call) {
  auto parsed = for_each_option(
      call.request.query, [](std::string_view option, const std::string& value) -> Result<void> {
        if (option != "select") return std::unexpected(unsupported_option(option));
        if (!equals_ignore_case(value, kSharedName))
          return std::unexpected(invalid_query(
              "$select", fmt::format("Could not find a property named '{}'.", truncated(value))));
        return {};
      });
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return NoArguments{};
}

std::string setting_body(const HandlerContext& context, const Call& call, const Guid& user,
                         presence::SharedLocation shared) {
  return json_object([&](JsonObject& out) {
    write_context(context, call, out, plan_context(user, "/$entity"));
    out.text(kSharedName, shared_location_name(shared));
  });
}

Result<Handled> run_get_setting(HandlerContext& context, const Call& call, const state::UserKey& key) {
  const KnownPlan known = read_plan(context, call, key);
  context.response_writer.json(call.response, call.info);
  call.response.body = setting_body(context, call, key.user, known.plan->shared);
  return Handled::kNow;
}

Result<std::string> parse_update_setting(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  return body->required_text(kSharedName, "MaxSharedWorkLocationDetails");
}

Result<Handled> run_update_setting(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const std::string& text) {
  const auto shared = to_shared_location(text);
  if (!shared) return std::unexpected(shared.error());
  return submit_command(context, call, key, presence::SetSharedLocation{*shared}, {},
                        {200, setting_body(context, call, key.user, *shared)});
}

// Recurrences.

template <PlanSelection properties, bool is_list>
Result<PlanQuery> parse_read(HandlerContext&, const Call& call) {
  return parse_plan_query(call.request.query, properties, is_list);
}

template <bool is_recurrence>
Result<PlanPartBody> parse_part(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  return parse_plan_part(*body, is_recurrence);
}

Result<Handled> run_list_recurrences(HandlerContext& context, const Call& call, const state::UserKey& key,
                                     const PlanQuery& query) {
  const KnownPlan known = read_plan(context, call, key);
  std::vector<PlanPart> parts;
  for (const presence::WorkRecurrence& recurrence : known.plan->recurrences)
    parts.push_back(part_of(recurrence));
  return answer_list(context, call, plan_context(key.user, "/recurrences"), parts, query);
}

// The id of the route's {item}, if it is one of a recurrence or time off, not of a day.
std::optional<Guid> item_id(const Call& call) {
  const auto id = parse_plan_part_id(call.match.item);
  return id && !id->day ? std::optional(id->id) : std::nullopt;
}

Result<Handled> answer_part(HandlerContext& context, const Call& call, const state::UserKey& key,
                            const PlanPart& part, PlanSelection select) {
  context.response_writer.json(call.response, call.info);
  call.response.body = part_body(context, call, key.user, part, select);
  return Handled::kNow;
}

Result<Handled> run_get_recurrence(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const PlanQuery& query) {
  const KnownPlan known = read_plan(context, call, key);
  const auto id = item_id(call);
  const auto& all = known.plan->recurrences;
  const auto found = id ? std::ranges::find(all, *id, &presence::WorkRecurrence::id) : all.end();
  if (found == all.end()) return std::unexpected(plan_part_not_found());
  return answer_part(context, call, key, part_of(*found), query.select);
}

// Creates it, or replaces the one of the route: an update needs the whole object, as at Graph.
template <bool exists>
Result<Handled> run_put_recurrence(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const PlanPartBody& body) {
  const auto id = exists ? item_id(call) : std::optional(context.random.guid());
  if (!id) return std::unexpected(plan_part_not_found());
  const auto recurrence = to_recurrence(body, *id, call.caller->app);
  if (!recurrence) return std::unexpected(recurrence.error());
  return submit_command(
      context, call, key, presence::PutWorkRecurrence{*recurrence, exists}, {},
      {exists ? 200 : 201, part_body(context, call, key.user, part_of(*recurrence), kOfRecurrence)});
}

Result<Handled> run_delete_recurrence(HandlerContext& context, const Call& call, const state::UserKey& key) {
  const auto id = item_id(call);
  if (!id) return std::unexpected(plan_part_not_found());
  return submit_command(context, call, key, presence::RemoveWorkRecurrence{*id}, {}, {204, {}});
}

// Occurrences.

Result<Handled> run_list_occurrences(HandlerContext& context, const Call& call, const state::UserKey& key,
                                     const PlanQuery& query) {
  const KnownPlan known = read_plan(context, call, key);
  std::vector<PlanPart> parts;
  for (const presence::WorkOccurrence& occurrence : known.plan->occurrences)
    parts.push_back(part_of(occurrence));
  return answer_list(context, call, plan_context(key.user, "/occurrences"), parts, query);
}

// The occurrence with that id, also one that a recurrence gives.
std::optional<PlanPart> find_occurrence(const WorkPlan& plan, const PlanPartId& id) {
  for (const presence::WorkOccurrence& occurrence : plan.occurrences)
    if (occurrence.replaces == id.day && occurrence.id == id.id) return part_of(occurrence);
  if (!id.day) return std::nullopt;
  for (const presence::WorkRecurrence& recurrence : plan.recurrences)
    if (recurrence.id == id.day->recurrence && occurs_on(recurrence, id.day->day))
      return part_of(period_on(recurrence, id.day->day));
  return std::nullopt;
}

Result<Handled> run_get_occurrence(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const PlanQuery& query) {
  const KnownPlan known = read_plan(context, call, key);
  const auto id = parse_plan_part_id(call.match.item);
  const auto found = id ? find_occurrence(*known.plan, *id) : std::nullopt;
  if (!found) return std::unexpected(plan_part_not_found());
  return answer_part(context, call, key, *found, query.select);
}

// Creates a time off. Or replaces one, or the occurrence of a recurrence's day.
template <bool exists>
Result<Handled> run_put_occurrence(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const PlanPartBody& body) {
  const auto id = exists ? parse_plan_part_id(call.match.item)
                         : std::optional(PlanPartId{context.random.guid(), std::nullopt});
  if (!id) return std::unexpected(plan_part_not_found());
  const auto occurrence = to_occurrence(body, id->id, call.caller->app, id->day);
  if (!occurrence) return std::unexpected(occurrence.error());
  return submit_command(
      context, call, key, presence::PutWorkOccurrence{*occurrence, exists}, {},
      {exists ? 200 : 201, part_body(context, call, key.user, part_of(*occurrence), kOfOccurrence)});
}

Result<Handled> run_delete_occurrence(HandlerContext& context, const Call& call, const state::UserKey& key) {
  const auto id = parse_plan_part_id(call.match.item);
  if (!id) return std::unexpected(plan_part_not_found());
  if (id->day)
    return std::unexpected(
        invalid_argument("id", "Only time off can be deleted; an occurrence of a recurrence cannot."));
  return submit_command(context, call, key, presence::RemoveWorkOccurrence{id->id}, {}, {204, {}});
}

// The view, and the current location.

struct ViewRequest {
  PlanQuery query;
  ViewArguments arguments;
};

Result<ViewRequest> parse_view(HandlerContext&, const Call& call) {
  auto arguments = parse_view_arguments(call.match.arguments);
  if (!arguments) return std::unexpected(std::move(arguments.error()));
  auto query = parse_plan_query(call.request.query, kOfOccurrence, true);
  if (!query) return std::unexpected(std::move(query.error()));
  return ViewRequest{*std::move(query), *std::move(arguments)};
}

// The current location in place of what the plan says until its end; without a period then, one of its own from the
// start of the day.
void add_current(std::vector<PlanPart>& parts, const std::vector<WorkPeriod>& periods,
                 const presence::Location& current, const presence::Span& range, Time now,
                 const timezone::Zone& zone, std::string_view zone_name) {
  bool shown = false;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    if (periods[i].until <= now || periods[i].from >= current.until) continue;
    parts[i].type = current.type;
    parts[i].place = current.place;
    parts[i].time_off = nullptr;
    shown = true;
  }
  const auto day = std::chrono::floor<std::chrono::days>(zone.to_local(now));
  const Time from = zone.start_of_day(day);
  if (shown || from >= range.until || current.until <= range.from) return;
  parts.push_back({.id = plan_part_id(presence::RecurrenceDay{{}, day}),
                   .recurrence_id = {},
                   .type = current.type,
                   .place = current.place,
                   .start = {zone.to_local(from)},
                   .end = {zone.to_local(current.until)},
                   .zone = zone_name});
}

Result<Handled> run_view(HandlerContext& context, const Call& call, const state::UserKey& key,
                         const ViewRequest& request) {
  const auto range = to_view_range(request.arguments);
  if (!range) return std::unexpected(range.error());
  const KnownPlan known = read_plan(context, call, key);
  const std::vector<WorkPeriod> periods = periods_between(*known.plan, range->from, range->until);
  std::vector<PlanPart> parts;
  parts.reserve(periods.size());
  for (const WorkPeriod& period : periods) parts.push_back(part_of(period));
  const timezone::Zone zone = tenant_zone(context, call);
  const std::string zone_name = zone.name();
  if (known.current) add_current(parts, periods, *known.current, *range, call.info.now, zone, zone_name);
  return answer_list(context, call, "Collection(microsoft.graph.workPlanOccurrence)", parts, request.query);
}

// The parameters of setCurrentLocation as written.
struct CurrentLocationBody {
  std::string scope, type, place;
};

Result<CurrentLocationBody> parse_set_current(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  auto type = body->required_text("workLocationType", "WorkLocationType");
  if (!type) return std::unexpected(std::move(type.error()));
  auto scope = body->text("updateScope");
  if (!scope) return std::unexpected(std::move(scope.error()));
  auto place = body->text("placeId");
  if (!place) return std::unexpected(std::move(place.error()));
  return CurrentLocationBody{scope->value_or("currentDay"), std::move(*type), place->value_or("")};
}

Result<Handled> run_set_current(HandlerContext& context, const Call& call, const state::UserKey& key,
                                const CurrentLocationBody& body) {
  const bool whole_day = equals_ignore_case(body.scope, "currentDay");
  if (!whole_day && !equals_ignore_case(body.scope, "currentSegment"))
    return std::unexpected(invalid_argument(
        "updateScope",
        "The provided [UpdateScope] is not allowed. Allowed are: currentSegment, currentDay."));
  auto location = to_plan_location(
      body.type, body.place, call.caller->app,
      {LocationType::kOffice, LocationType::kRemote, LocationType::kTimeOff, LocationType::kUnspecified});
  if (!location) return std::unexpected(std::move(location.error()));
  location->until = tenant_zone(context, call).next_midnight(call.info.now);
  return submit_command(context, call, key, presence::SetCurrentLocation{*std::move(location), whole_day}, {},
                        {204, {}});
}

}  // namespace

constinit const RouteOperation get_work_setting = operation<parse_get_setting, run_get_setting>();
constinit const RouteOperation update_work_setting = operation<parse_update_setting, run_update_setting>();

constinit const RouteOperation list_recurrences =
    operation<parse_read<kOfRecurrence, true>, run_list_recurrences>();
constinit const RouteOperation create_recurrence = operation<parse_part<true>, run_put_recurrence<false>>();
constinit const RouteOperation get_recurrence =
    operation<parse_read<kOfRecurrence, false>, run_get_recurrence>();
constinit const RouteOperation update_recurrence = operation<parse_part<true>, run_put_recurrence<true>>();
constinit const RouteOperation delete_recurrence = operation<parse_nothing, run_delete_recurrence>();

constinit const RouteOperation list_occurrences =
    operation<parse_read<kOfOccurrence, true>, run_list_occurrences>();
constinit const RouteOperation create_occurrence = operation<parse_part<false>, run_put_occurrence<false>>();
constinit const RouteOperation get_occurrence =
    operation<parse_read<kOfOccurrence, false>, run_get_occurrence>();
constinit const RouteOperation update_occurrence = operation<parse_part<false>, run_put_occurrence<true>>();
constinit const RouteOperation delete_occurrence = operation<parse_nothing, run_delete_occurrence>();
constinit const RouteOperation occurrences_view = operation<parse_view, run_view>();
constinit const RouteOperation set_current_location = operation<parse_set_current, run_set_current>();

}  // namespace porchlight::graph
