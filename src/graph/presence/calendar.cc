// PUT, GET and DELETE …/calendar: ours; Graph knows calendars by itself (docs/calendars.md).
#include "calendar/feed.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/call/submit_command.h"
#include "graph/wire/query.h"
#include "timezone/zone.h"

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
struct CalendarUpload {
  state::UserKey key;
  Guid event_id;
  std::string feed;
  timezone::Zone zone;
  RequestInfo info;
  DeferredResponse deferred;
};

void answer_error(const ResponseWriter& response_writer, CalendarUpload& upload, Error error) {
  upload.deferred.answer(
      [&response_writer, info = std::move(upload.info), error = std::move(error)](http::Response& response) {
        response.authenticated = true;
        response_writer.fail(response, info, error, nullptr);
      });
}

void store_feed(state::Writer& writer, const ResponseWriter& response_writer, CalendarUpload upload) {
  const Time now = upload.info.now;
  auto calendar = calendar::read_feed(upload.feed, upload.zone, {now, now + calendar::kHorizon});
  if (!calendar) {
    return answer_error(
        response_writer, upload,
        invalid_argument("calendar", fmt::format("The calendar cannot be read: {}.", calendar.error())));
  }
  upload.feed.clear();
  const std::string body = summary(*calendar, now + calendar::kHorizon);
  const auto key = upload.key;
  const Guid event_id = upload.event_id;
  writer.submit(key, event_id, presence::SetCalendar{std::move(*calendar)}, now,
                [&response_writer, upload = std::move(upload), body](const state::Outcome& outcome) mutable {
                  // A calendar is never rejected by the rules.
                  if (!outcome) {
                    const auto refusal = std::get<state::WriteError>(outcome.error());
                    return answer_error(response_writer, upload,
                                        write_failed(refusal, to_string(upload.key.user)));
                  }
                  upload.deferred.answer(
                      [&response_writer, info = std::move(upload.info), body](http::Response& response) {
                        response.authenticated = true;
                        response_writer.json(response, info);
                        response.body = body;
                      });
                });
}

// To read a feed may take some 50 ms, which is too long for a loop: the worker does it. So it comes last,
// after the permission.
Result<Handled> run_set_calendar(HandlerContext& context, const Call& call, const state::UserKey& key) {
  const auto tenant = context.services.view.find_tenant(key.tenant);
  const auto zone = timezone::Zone::find(tenant ? tenant->settings.zone : "UTC").value_or(timezone::Zone());
  CalendarUpload upload{key,       context.random.guid(), std::string(call.request.body), zone,
                        call.info, call.deferred};
  const bool queued = context.services.worker.run(
      [&writer = context.services.writer, &response_writer = context.response_writer,
       upload = std::move(upload)]() mutable { store_feed(writer, response_writer, std::move(upload)); });
  if (!queued) return std::unexpected(service_unavailable());
  return Handled::kLater;
}

Result<Handled> run_get_calendar(HandlerContext& context, const Call& call, const Guid& user) {
  const state::UserKey key{call.caller->tenant, user};
  porchlight::Shared<presence::Calendar> calendar;
  const bool known = context.services.view.read(key, [&calendar](const presence::Record& record) {
    if (record.extras) calendar = record.extras->calendar;
  });
  if (!known) return std::unexpected(user_not_found(call));
  static const presence::Calendar kNone;
  const presence::Calendar& spans = calendar ? *calendar : kNone;
  context.response_writer.json(call.response, call.info);
  std::string& out = call.response.body;
  out += R"({"busy":)";
  append_spans(out, spans.busy);
  out += R"(,"outOfOffice":)";
  append_spans(out, spans.out_of_office);
  out += '}';
  return Handled::kNow;
}

Result<Handled> run_clear_calendar(HandlerContext& context, const Call& call, const state::UserKey& key) {
  return submit_command(context, call, key, presence::SetCalendar{});
}

}  // namespace

constinit const RouteOperation set_calendar = operation<parse_nothing, run_set_calendar>();
constinit const RouteOperation get_calendar = operation<parse_no_options, run_get_calendar>();
constinit const RouteOperation clear_calendar = operation<parse_nothing, run_clear_calendar>();

}  // namespace porchlight::graph
