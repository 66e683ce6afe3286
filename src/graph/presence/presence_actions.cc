// The actions that set and clear presence: sessions, the preferred presence, the status message, the work location,
// and out of office (spec presence §5.6 to §5.11, §7 to §9).
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/call/submit_command.h"
#include "graph/presence/tenant_zone.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"
#include "graph/wire/work_plan_body.h"
#include "presence/rules.h"

namespace porchlight::graph {
namespace {

// For actions without parameters: the body is JSON, or empty.
Result<NoArguments> parse_no_parameters(HandlerContext& context, const Call& call) {
  if (const auto body = JsonBody::parse(context.reader, call.request.body); !body)
    return std::unexpected(body.error());
  return NoArguments{};
}

// Sessions (spec presence §5.6, §5.7).

Result<ActionBody> parse_set_presence(HandlerContext& context, const Call& call) {
  return parse_action_body(context.reader, call.request.body, {.session_id = true, .pair = true});
}

Result<Handled> run_set_presence(HandlerContext& context, const Call& call, const state::UserKey& key,
                                 const ActionBody& body) {
  const auto command = session_command(context.services, *call.caller, body);
  if (!command) return std::unexpected(command.error());
  return submit_command(context, call, key, *command, {body.availability, body.activity});
}

Result<ActionBody> parse_clear_presence(HandlerContext& context, const Call& call) {
  return parse_action_body(context.reader, call.request.body, {.session_id = true});
}

Result<Handled> run_clear_presence(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const ActionBody& body) {
  const auto session = session_key(*call.caller, body.session_id);
  if (!session) return std::unexpected(session.error());
  return submit_command(context, call, key, presence::ClearSession{*session});
}

// The preferred presence: the user's own choice (spec presence §5.8, §5.9).

Result<ActionBody> parse_set_preferred(HandlerContext& context, const Call& call) {
  return parse_action_body(context.reader, call.request.body, {.pair = true});
}

Result<Handled> run_set_preferred(HandlerContext& context, const Call& call, const state::UserKey& key,
                                  const ActionBody& body) {
  const auto state = presence::State::find(body.availability, body.activity);
  if (!state) {
    return std::unexpected(
        command_rejected(presence::Rejection::kPairNotAllowed, body.availability, body.activity, true));
  }
  // Any life above zero is allowed, so nothing above zero is rounded down to it.
  const auto life = round_to_ms(body.duration, Duration::zero());
  return submit_command(context, call, key,
                        presence::SetPreferred{.state = *state, .life = life, .by = call.caller->app},
                        {body.availability, body.activity, true});
}

Result<Handled> run_clear_preferred(HandlerContext& context, const Call& call, const state::UserKey& key) {
  return submit_command(context, call, key, presence::ClearPreferred{});
}

// The status message: a text for others to read (spec presence §5.10, §7).

// The text is stored as received, with surrounding white space, up to this size.
constexpr std::size_t kMessageBytesMax = 8 * 1024;

// The message as written; only types are checked.
struct MessageBody {
  std::string content;
  std::string content_type = "text";
  std::optional<DateTimeZoneBody> expiry;
};

// The members of statusMessage. The default, for null, clears the message as an empty content does.
Result<MessageBody> parse_message(const JsonBody& status) {
  MessageBody read;
  const auto message = status.object("message");
  if (!message) return std::unexpected(message.error());
  if (*message) {
    auto content = (*message)->text("content");
    if (!content) return std::unexpected(content.error());
    auto type = (*message)->text("contentType");
    if (!type) return std::unexpected(type.error());
    read.content = content->value_or("");
    read.content_type = type->value_or("text");
  }
  auto expiry = parse_date_time_zone(status, "expiryDateTime");
  if (!expiry) return std::unexpected(std::move(expiry.error()));
  read.expiry = *std::move(expiry);
  return read;
}

// The expiry is a local time with a time zone (spec presence §7). It is stored as written, besides the time.
Result<void> add_expiry(const DateTimeZoneBody& expiry, presence::SetMessage& set) {
  const auto zoned = to_zoned_time(expiry);
  if (!zoned) return std::unexpected(zoned.error());
  set.expires_at = zoned->zone.to_time(zoned->local.time);
  append_local_date_time(set.expiry_text, zoned->local);
  set.expiry_zone = expiry.zone;
  return {};
}

Result<presence::Command> to_message_command(const HandlerContext& context, const Call& call,
                                             const MessageBody& body) {
  if (!equals_ignore_case(body.content_type, "text")) {
    return std::unexpected(
        invalid_argument("contentType", "The provided [ContentType] is not supported: only 'text' is."));
  }
  const std::string_view content = trimmed(body.content);
  // White space only clears the message.
  if (content.empty()) return presence::ClearMessage{};
  const std::size_t max = context.services.settings.message_chars_max;
  if (count_characters(content) > max || body.content.size() > kMessageBytesMax) {
    return std::unexpected(invalid_argument(
        "content", fmt::format("The provided [Content] is longer than {} characters.", max)));
  }
  if (has_control_characters(content)) {
    return std::unexpected(invalid_argument("content", "The provided [Content] holds control characters."));
  }
  presence::SetMessage set{.text = body.content, .by = call.caller->app};
  if (body.expiry) {
    if (auto added = add_expiry(*body.expiry, set); !added) return std::unexpected(std::move(added.error()));
  }
  return set;
}

Result<MessageBody> parse_set_status_message(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  const auto status = body->object("statusMessage");
  if (!status) return std::unexpected(status.error());
  if (!*status && !body->is_null("statusMessage"))
    return std::unexpected(parameter_required("StatusMessage"));
  return *status ? parse_message(**status) : MessageBody{};
}

Result<Handled> run_set_status_message(HandlerContext& context, const Call& call, const state::UserKey& key,
                                       const MessageBody& body) {
  const auto command = to_message_command(context, call, body);
  if (!command) return std::unexpected(command.error());
  return submit_command(context, call, key, *command);
}

// The work location (spec presence §5.11, §9).

using presence::LocationLayer;
using presence::LocationType;

// The location as written; only types are checked.
struct LocationBody {
  std::string type;
  std::string place;
};

Result<LocationBody> parse_location(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  auto type = body->required_text("workLocationType", "WorkLocationType");
  if (!type) return std::unexpected(std::move(type.error()));
  auto place = body->text("placeId");
  if (!place) return std::unexpected(std::move(place.error()));
  return LocationBody{std::move(*type), place->value_or("")};
}

Result<presence::Command> to_location_command(const HandlerContext& context, const Call& call,
                                              const LocationBody& body, LocationLayer layer) {
  auto location = to_plan_location(
      body.type, body.place, call.caller->app,
      {LocationType::kOffice, LocationType::kRemote, LocationType::kTimeOff, LocationType::kUnspecified});
  if (!location) return std::unexpected(std::move(location.error()));
  // A location is for the current date: it expires at midnight in the tenant's time zone.
  location->until = tenant_zone(context, call).next_midnight(call.info.now);
  return presence::SetLocation{layer, *std::move(location)};
}

template <LocationLayer layer>
Result<Handled> run_set_location(HandlerContext& context, const Call& call, const state::UserKey& key,
                                 const LocationBody& body) {
  const auto command = to_location_command(context, call, body, layer);
  if (!command) return std::unexpected(command.error());
  return submit_command(context, call, key, *command);
}

template <presence::ClearLocations layers>
Result<Handled> run_clear_locations(HandlerContext& context, const Call& call, const state::UserKey& key) {
  return submit_command(context, call, key, layers);
}

// Out of office: ours, because Graph has no way to set it through presence (spec presence §8).

constexpr std::size_t kReplyCharsMax = 2000;

// Absent: from now, without end.
struct OutOfOfficeBody {
  std::string message;
  std::optional<SentTime> start;
  std::optional<SentTime> end;
};

Result<OutOfOfficeBody> parse_set_out_of_office(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  auto message = body->text("message");
  if (!message) return std::unexpected(message.error());
  const auto start = body->time("start");
  if (!start) return std::unexpected(start.error());
  const auto end = body->time("end");
  if (!end) return std::unexpected(end.error());
  return OutOfOfficeBody{std::move(*message).value_or(""), *start, *end};
}

Result<Handled> run_set_out_of_office(HandlerContext& context, const Call& call, const state::UserKey& key,
                                      const OutOfOfficeBody& body) {
  if (count_characters(body.message) > kReplyCharsMax || has_control_characters(body.message)) {
    return std::unexpected(invalid_argument(
        "message", "The provided [Message] is longer than 2000 characters or holds control characters."));
  }
  const SentTime start = body.start.value_or(SentTime{call.info.now}),
                 end = body.end.value_or(SentTime{presence::kNever});
  return submit_command(context, call, key,
                        presence::SetOutOfOffice{{.from = start.time,
                                                  .until = end.time,
                                                  .message = body.message,
                                                  .by = call.caller->app,
                                                  .from_ticks = start.ticks,
                                                  .until_ticks = end.ticks}});
}

Result<Handled> run_clear_out_of_office(HandlerContext& context, const Call& call,
                                        const state::UserKey& key) {
  return submit_command(context, call, key, presence::ClearOutOfOffice{});
}

}  // namespace

constinit const RouteOperation set_presence = operation<parse_set_presence, run_set_presence>();
constinit const RouteOperation clear_presence = operation<parse_clear_presence, run_clear_presence>();

constinit const RouteOperation set_preferred = operation<parse_set_preferred, run_set_preferred>();
constinit const RouteOperation clear_preferred = operation<parse_no_parameters, run_clear_preferred>();

constinit const RouteOperation set_status_message =
    operation<parse_set_status_message, run_set_status_message>();

constinit const RouteOperation set_manual_location =
    operation<parse_location, run_set_location<LocationLayer::kManual>>();
constinit const RouteOperation set_automatic_location =
    operation<parse_location, run_set_location<LocationLayer::kAutomatic>>();
constinit const RouteOperation set_scheduled_location =
    operation<parse_location, run_set_location<LocationLayer::kScheduled>>();
constinit const RouteOperation clear_automatic_location =
    operation<parse_no_parameters, run_clear_locations<presence::ClearLocations{.automatic = true}>>();
constinit const RouteOperation clear_location =
    operation<parse_no_parameters,
              run_clear_locations<presence::ClearLocations{.manual = true, .automatic = true}>>();
constinit const RouteOperation clear_scheduled_location =
    operation<parse_no_parameters, run_clear_locations<presence::ClearLocations{.scheduled = true}>>();

constinit const RouteOperation set_out_of_office =
    operation<parse_set_out_of_office, run_set_out_of_office>();
constinit const RouteOperation clear_out_of_office = operation<parse_nothing, run_clear_out_of_office>();

}  // namespace porchlight::graph
