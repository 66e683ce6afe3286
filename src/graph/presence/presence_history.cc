// GET …/presence/history?from=…&to=…: how somebody's time was spent (ours; docs/history.md).
#include "base/json.h"
#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/past.h"
#include "graph/wire/query.h"
#include "history/intervals.h"

namespace porchlight::graph {
namespace {

using history::Interval;
using history::Intervals;
using history::Timeline;

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

Intervals visible_intervals(const Services& services, const identity::Caller& caller,
                            const PastPerson& person, const Timeline& past, const HistoryRange& range) {
  if (person.masked) return {{{range.from, range.to, person.masked->seen.state, false}}, range.to};
  const auto masked = [&](const presence::Record& record) -> std::optional<presence::State> {
    const auto shown = past_mask(services, caller, person, record);
    return shown ? std::optional(shown->seen.state) : std::nullopt;
  };
  return history::intervals_of(past, range.from, services.settings.policy, masked, kIntervalsMax);
}

void append_time_member(std::string& out, std::string_view member, Time time) {
  out += '"';
  out += member;
  out += "\":\"";
  append_date_time(out, time);
  out += "\",";
}

void append_state_pair(std::string& out, presence::State state) {
  out += R"("availability":")";
  out += state.availability();
  out += R"(","activity":")";
  out += state.activity();
  out += '"';
}

void append_interval(std::string& out, const Interval& interval) {
  out += '{';
  append_time_member(out, "start", interval.start);
  append_time_member(out, "end", interval.end);
  append_state_pair(out, interval.state);
  out += interval.out_of_office ? R"(,"outOfOffice":true})" : R"(,"outOfOffice":false})";
}

void append_total(std::string& out, const history::Total& total) {
  out += '{';
  append_state_pair(out, total.state);
  out += R"(,"duration":")";
  append_duration(out, total.time);
  out += "\"}";
}

template <typename List, typename Append>
void append_list(std::string& out, std::string_view member, const List& list, Append append) {
  out += '"';
  out += member;
  out += "\":[";
  for (const auto& item : list) {
    if (&item != &list.front()) out += ',';
    append(out, item);
  }
  out += ']';
}

// One page: what is told of, which ends where the page does, and the way on from there.
void append_history_page(std::string& out, const Guid& id, const HistoryRange& range,
                         const Intervals& intervals, std::string_view address) {
  out += R"({"id":")";
  append_guid(out, id);
  out += "\",";
  append_time_member(out, "from", range.from);
  append_time_member(out, "to", intervals.until);
  append_list(out, "intervals", intervals.list, append_interval);
  out += ',';
  append_list(out, "totals", history::totals_of(intervals.list), append_total);
  if (intervals.until < range.to) {
    std::string link(address);
    link += "?from=";
    append_date_time(link, intervals.until);
    link += "&to=";
    append_date_time(link, range.to);
    out += R"(,"@odata.nextLink":)";
    append_json_string(out, link);
  }
  out += '}';
}

Result<void> may_get_history(const HandlerContext& context, const Call& call,
                             const std::optional<Guid>& user) {
  if (auto allowed = authorize(call, user); !allowed) return allowed;
  return authorize_past(context, call);
}

Result<Handled> run_get_history(HandlerContext& context, const Call& call, const Guid& user) {
  const auto person = find_past_person(context, call, user);
  if (!person) return std::unexpected(user_not_found(call));
  const auto range = parse_range(call);
  if (!range) return std::unexpected(range.error());
  std::string address;
  context.response_writer.append_base_url(address, call.request);
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
