// PUT, GET and DELETE …/calendar: ours; Graph knows calendars by itself (docs/calendars.md).
#include "calendar/feed.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "graph/act.h"
#include "graph/query.h"
#include "graph/subject.h"
#include "zones/zone.h"

namespace porchlight::graph {
namespace {

void append_spans(std::string& out, const std::vector<presence::Span>& spans) {
  out += '[';
  for (const presence::Span& span : spans) {
    out += out.back() == '[' ? R"({"start":")" : R"(,{"start":")";
    append_date_time(out, span.from);
    out += R"(","end":")";
    append_date_time(out, span.until);
    out += "\"}";
  }
  out += ']';
}

std::string summary(const presence::Calendar& calendar, Time horizon) {
  std::string out = fmt::format(R"({{"busy":{},"outOfOffice":{},"horizon":")", calendar.busy.size(),
                                calendar.out_of_office.size());
  append_date_time(out, horizon);
  return out += "\"}";
}

// A feed on its way from a request to a calendar.
struct Push {
  state::UserKey key;
  Guid event_id;
  std::string feed;
  zones::Zone zone;
  Ticket ticket;
  Later later;
};

void answer_error(const Replies& replies, Push& push, Error error) {
  push.later.answer(
      [&replies, ticket = std::move(push.ticket), error = std::move(error)](http::Response& response) {
        response.authenticated = true;
        replies.fail(response, ticket, error, nullptr);
      });
}

void take_feed(state::Writer& writer, const Replies& replies, Push push) {
  const Time now = push.ticket.now;
  auto calendar = calendar::read_feed(push.feed, push.zone, {now, now + calendar::kHorizon});
  if (!calendar) {
    return answer_error(
        replies, push,
        invalid_argument("calendar", fmt::format("The calendar cannot be read: {}.", calendar.error())));
  }
  push.feed.clear();
  const std::string body = summary(*calendar, now + calendar::kHorizon);
  const auto key = push.key;
  const Guid event_id = push.event_id;
  writer.submit(
      key, event_id, presence::SetCalendar{std::move(*calendar)}, now,
      [&replies, push = std::move(push), body](const state::Outcome& outcome) mutable {
        // A calendar is never rejected by the rules.
        if (!outcome) {
          const auto refusal = std::get<state::Refusal>(outcome.error());
          return answer_error(replies, push, refused(refusal, to_string(push.key.user)));
        }
        push.later.answer([&replies, ticket = std::move(push.ticket), body](http::Response& response) {
          response.authenticated = true;
          replies.json(response, ticket);
          response.body = body;
        });
      });
}

// The person a route names, where the caller may do this to them and they are there.
Result<state::UserKey> owner(const Tools& tools, const Call& call) {
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user) return std::unexpected(nobody(call));
  return state::UserKey{call.caller->tenant, *user};
}

}  // namespace

// To read a feed may take some 50 ms, which is too long for a loop: the worker does it. So it comes last,
// after the permission.
Result<Handled> set_calendar(Tools& tools, const Call& call) {
  const auto key = owner(tools, call);
  if (!key) return std::unexpected(key.error());
  if (!tools.shared.view.read(*key, [](const presence::Record&) {})) return std::unexpected(nobody(call));
  const auto tenant = tools.shared.view.find_tenant(key->tenant);
  const auto zone = zones::Zone::find(tenant ? tenant->settings.zone : "UTC").value_or(zones::Zone());
  Push push{*key, tools.random.guid(), std::string(call.request.body), zone, call.ticket, call.later};
  const bool taken = tools.shared.worker.run(
      [&writer = tools.shared.writer, &replies = tools.replies, push = std::move(push)]() mutable {
        take_feed(writer, replies, std::move(push));
      });
  if (!taken) return std::unexpected(unavailable());
  return Handled::kLater;
}

Result<Handled> get_calendar(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(none.error());
  const auto key = owner(tools, call);
  if (!key) return std::unexpected(key.error());
  porchlight::Shared<presence::Calendar> calendar;
  const bool known = tools.shared.view.read(*key, [&calendar](const presence::Record& record) {
    if (record.extras) calendar = record.extras->calendar;
  });
  if (!known) return std::unexpected(nobody(call));
  static const presence::Calendar kNone;
  const presence::Calendar& spans = calendar ? *calendar : kNone;
  tools.replies.json(call.response, call.ticket);
  std::string& out = call.response.body;
  out += R"({"busy":)";
  append_spans(out, spans.busy);
  out += R"(,"outOfOffice":)";
  append_spans(out, spans.out_of_office);
  out += '}';
  return Handled::kNow;
}

Result<Handled> clear_calendar(Tools& tools, const Call& call) {
  return act(tools, call, [] { return presence::SetCalendar{}; });
}

}  // namespace porchlight::graph
