// GET …/presence/history?from=…&to=…: how somebody's time was spent (ours; docs/history.md).
#include "base/json.h"
#include "base/time_text.h"
#include "graph/past.h"
#include "graph/query.h"
#include "graph/sight.h"
#include "graph/subject.h"
#include "history/intervals.h"

namespace porchlight::graph {
namespace {

using history::Interval;
using history::Intervals;
using history::Past;

struct Window {
  Time from;
  Time to;
};

Result<Window> read_window(const Call& call) {
  const auto from = read_past_time(call, "from");
  if (!from) return std::unexpected(from.error());
  const auto to = read_past_time(call, "to");
  if (!to) return std::unexpected(to.error());
  if (!*from) return std::unexpected(query_refused("from", "The query option 'from' is required."));
  const Window window{**from, to->value_or(call.ticket.now)};
  if (window.from >= window.to)
    return std::unexpected(query_refused("to", "The time of to is not after that of from."));
  return window;
}

Intervals intervals_seen(const Shared& shared, const identity::Caller& caller, const PastSubject& person,
                         const Past& past, const Window& window) {
  if (person.facade) return {{{window.from, window.to, person.facade->seen.state, false}}, window.to};
  const auto facade = [&](const presence::Record& record) -> std::optional<presence::State> {
    const auto shown = past_facade(shared, caller, person, record);
    return shown ? std::optional(shown->seen.state) : std::nullopt;
  };
  return history::intervals_of(past, window.from, shared.settings.policy, facade, kIntervalsMax);
}

void append_when(std::string& out, std::string_view member, Time time) {
  out += '"';
  out += member;
  out += "\":\"";
  append_date_time(out, time);
  out += "\",";
}

void append_pair(std::string& out, presence::State state) {
  out += R"("availability":")";
  out += state.availability();
  out += R"(","activity":")";
  out += state.activity();
  out += '"';
}

void append_interval(std::string& out, const Interval& interval) {
  out += '{';
  append_when(out, "start", interval.start);
  append_when(out, "end", interval.end);
  append_pair(out, interval.state);
  out += interval.out_of_office ? R"(,"outOfOffice":true})" : R"(,"outOfOffice":false})";
}

void append_total(std::string& out, const history::Total& total) {
  out += '{';
  append_pair(out, total.state);
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
void append_page(std::string& out, const Guid& id, const Window& window, const Intervals& intervals,
                 std::string_view address) {
  out += R"({"id":")";
  append_guid(out, id);
  out += "\",";
  append_when(out, "from", window.from);
  append_when(out, "to", intervals.until);
  append_list(out, "intervals", intervals.list, append_interval);
  out += ',';
  append_list(out, "totals", history::totals_of(intervals.list), append_total);
  if (intervals.until < window.to) {
    std::string link(address);
    link += "?from=";
    append_date_time(link, intervals.until);
    link += "&to=";
    append_date_time(link, window.to);
    out += R"(,"@odata.nextLink":)";
    append_json_string(out, link);
  }
  out += '}';
}

}  // namespace

Result<Handled> get_history(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (auto allowed = authorize_past(tools, call); !allowed) return std::unexpected(allowed.error());
  const auto person = user ? past_subject(tools, call, *user) : std::nullopt;
  if (!person) return std::unexpected(nobody(call));
  const auto window = read_window(call);
  if (!window) return std::unexpected(window.error());
  std::string address;
  tools.replies.append_base(address, call.request);
  address += call.request.path;
  tools.shared.history->past(
      person->key, window->from, window->to,
      [&replies = tools.replies, &shared = tools.shared, later = call.later, ticket = call.ticket,
       caller = *call.caller, person = *person, window = *window,
       address = std::move(address)](std::expected<Past, history::Fault> told) mutable {
        answer_past(later, replies, std::move(ticket), std::move(told),
                    [&shared, caller, person, window, address = std::move(address)](
                        std::string& out, const Past& past) -> Result<void> {
                      const auto intervals = intervals_seen(shared, caller, person, past, window);
                      append_page(out, person.key.user, window, intervals, address);
                      return {};
                    });
      });
  return Handled::kLater;
}

}  // namespace porchlight::graph
