// PUT, GET and DELETE …/calendar: ours, because Graph has its own calendars (docs/calendars.md).
#include "calendar/feed.h"

#include <fmt/format.h>

#include "graph/call/operation.h"
#include "graph/call/submit_command.h"
#include "graph/presence/json_members.h"
#include "graph/presence/tenant_zone.h"
#include "graph/wire/query.h"
#include "timezone/zone.h"

namespace porchlight::graph {
namespace {

void add_spans(JsonObject& object, std::string_view name, const std::vector<presence::Span>& spans) {
  object.array(name, spans, [](JsonArray& out, const presence::Span& span) {
    out.object([&](JsonObject& item) {
      add_time(item, "start", span.from);
      add_time(item, "end", span.until);
    });
  });
}

std::string summary(const presence::Calendar& calendar, Time horizon) {
  return json_object([&](JsonObject& out) {
    out.number("busy", calendar.busy.size()).number("outOfOffice", calendar.out_of_office.size());
    add_time(out, "horizon", horizon);
    add_skipped(out, calendar.skipped);
  });
}

// An uploaded feed, on its way through the worker.
struct CalendarUpload {
  state::UserKey key;
  Guid event_id;
  std::string feed;
  calendar::FeedOptions options;
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

// On the worker: parses the feed, submits the calendar, answers.
void store_feed(state::Commands& commands, const ResponseWriter& response_writer, CalendarUpload upload) {
  const Time now = upload.info.now;
  auto reading = calendar::read_feed(std::move(upload.feed), upload.options);
  if (upload.options.stop.stop_requested())
    return answer_error(response_writer, upload, service_unavailable());
  if (!reading) {
    return answer_error(
        response_writer, upload,
        invalid_argument("calendar", fmt::format("The calendar cannot be read: {}.", reading.error())));
  }
  const std::string body = summary(reading->calendar, upload.options.window.until);
  const auto key = upload.key;
  const Guid event_id = upload.event_id;
  commands.submit(
      key, event_id, presence::SetCalendar{std::move(reading->calendar)}, now,
      [&response_writer, upload = std::move(upload), body](const state::Outcome& outcome) mutable {
        // The rules never reject a calendar, so this is a failed write.
        if (!outcome) {
          const auto refusal = std::get<state::WriteError>(outcome.error());
          return answer_error(response_writer, upload, write_failed(refusal, to_string(upload.key.user)));
        }
        upload.deferred.answer(
            [&response_writer, info = std::move(upload.info), body](http::Response& response) {
              response.authenticated = true;
              response_writer.json(response, info);
              response.body = body;
            });
      });
}

// Parsing a feed may take 50 ms and more, which is too long for a loop, so the worker does it. Malformed feeds are
// therefore found after the permission check, unlike other bodies.
Result<Handled> run_set_calendar(HandlerContext& context, const Call& call, const state::UserKey& key) {
  const auto user = context.services.view.find_user(key);
  const Time now = call.info.now;
  CalendarUpload upload{key,
                        context.random.serial_guid(),
                        std::string(call.request.body),
                        {.zone = tenant_zone(context, call),
                         .window = {now, now + calendar::kHorizon},
                         .owner = calendar::addresses_of(user ? user->upn : ""),
                         .settings = context.services.settings.calendar,
                         .stop = context.services.worker.stop_token()},
                        call.info,
                        call.deferred};
  context.services.worker.run(
      queue_owner(*call.caller),
      [&commands = context.services.commands, &response_writer = context.response_writer,
       upload = std::move(upload)](TaskStatus status) mutable {
        if (status != TaskStatus::kRun) return answer_error(response_writer, upload, service_unavailable());
        store_feed(commands, response_writer, std::move(upload));
      });
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
  JsonObject out(call.response.body);
  add_spans(out, "busy", spans.busy);
  add_spans(out, "outOfOffice", spans.out_of_office);
  add_skipped(out, spans.skipped);
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
