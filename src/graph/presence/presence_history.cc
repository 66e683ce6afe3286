// GET …/presence/history?from=…&to=…: intervals of a user's presence, and the total of each state (ours;
// docs/history.md).
#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/json_members.h"
#include "graph/presence/past.h"
#include "graph/wire/query.h"
#include "history/intervals.h"

namespace porchlight::graph {
namespace {

using history::Interval;
using history::Intervals;
using history::Timeline;

// `from` is before `to`, which is not after now.
struct HistoryRange {
  Time from;
  Time to;
};

Result<HistoryRange> parse_range(const Call& call) {
  const auto from = parse_past_time(call, "from");
  if (!from) return std::unexpected(from.error());
  const auto to = parse_past_time(call, "to");
  if (!to) return std::unexpected(to.error());
  if (!*from) return std::unexpected(invalid_query("from", "The query option 'from' is required."));
  const HistoryRange range{**from, to->value_or(call.info.now)};
  if (range.from >= range.to)
    return std::unexpected(invalid_query("to", "The time of to is not after that of from."));
  return range;
}

// The part of the range in which the user existed: it has records.
HistoryRange existing_part(const Timeline& past, const HistoryRange& range) {
  if (past.before) return range;
  const auto first =
      std::ranges::find_if(past.changes, [](const auto& change) { return change.record.has_value(); });
  return {first == past.changes.end() ? range.to : first->at, range.to};
}

// The intervals as the caller sees them. A user who is masked now has one interval, as a user who was always offline.
Intervals visible_intervals(const Services& services, const identity::Caller& caller,
                            const PastPerson& person, const Timeline& past, const HistoryRange& range) {
  if (person.masked) {
    const auto [from, to] = existing_part(past, range);
    if (from >= to) return {{}, to};
    return {{{from, to, person.masked->seen.state, false}}, to};
  }
  const auto masked = [&](const presence::Record& record) -> std::optional<presence::State> {
    const auto shown = past_mask(services, caller, person, record);
    return shown ? std::optional(shown->seen.state) : std::nullopt;
  };
  return history::intervals_of(past, range.from, services.settings.policy, masked, kIntervalsMax);
}

void add_interval(JsonArray& intervals, const Interval& interval) {
  intervals.object([&](JsonObject& out) {
    add_time(out, "start", interval.start);
    add_time(out, "end", interval.end);
    add_state(out, interval.state);
    out.boolean("outOfOffice", interval.out_of_office);
  });
}

void add_total(JsonArray& totals, const history::Total& total) {
  totals.object([&](JsonObject& out) {
    add_state(out, total.state);
    std::string duration;
    append_duration(duration, total.time);
    out.text("duration", duration);
  });
}

// One page: intervals, totals of these intervals, and the link to the next page if the range goes on.
void append_history_page(std::string& body, const Guid& id, const HistoryRange& range,
                         const Intervals& intervals, std::string_view address) {
  JsonObject out(body);
  out.text("id", to_string(id));
  add_time(out, "from", range.from);
  add_time(out, "to", intervals.until);
  out.array("intervals", intervals.list, add_interval);
  out.array("totals", history::totals_of(intervals.list), add_total);
  if (intervals.until < range.to) {
    std::string link(address);
    link += "?from=";
    append_date_time(link, intervals.until);
    link += "&to=";
    append_date_time(link, range.to);
    out.text("@odata.nextLink", link);
  }
}

Result<void> may_get_history(const HandlerContext& context, const Call& call,
                             const std::optional<Guid>& user) {
  if (auto allowed = authorize(call, user); !allowed) return allowed;
  return authorize_past(context, call);
}

Result<Handled> run_get_history(HandlerContext& context, const Call& call, const Guid& user) {
  const auto person = find_past_person(context, call, user);
  if (!person) return std::unexpected(user_not_found(call));
  // The range is checked as a value, after existence (spec presence §10, step 9).
  const auto range = parse_range(call);
  if (!range) return std::unexpected(range.error());
  std::string address;
  context.response_writer.base_url(call.request).append_to(address);
  address += call.request.path;
  context.services.history->timeline(
      person->key, range->from, range->to,
      [&response_writer = context.response_writer, &services = context.services, deferred = call.deferred,
       info = call.info, caller = *call.caller, person = *person, range = *range,
       address = std::move(address)](std::expected<Timeline, history::QueryError> result) mutable {
        answer_from_history(deferred, response_writer, std::move(info), std::move(result),
                            [&services, caller, person, range, address = std::move(address)](
                                std::string& out, const Timeline& past) -> Result<void> {
                              const auto intervals = visible_intervals(services, caller, person, past, range);
                              append_history_page(out, person.key.user, range, intervals, address);
                              return {};
                            });
      });
  return Handled::kLater;
}

}  // namespace

constinit const RouteOperation get_history =
    operation_with_rule<parse_no_options, may_get_history, run_get_history>();

}  // namespace porchlight::graph
