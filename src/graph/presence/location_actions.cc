// The work location's actions (spec presence §5.11, §9).
#include <array>

#include "base/text.h"
#include "graph/presence/submit_command.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"
#include "graph/wire/location.h"
#include "timezone/zone.h"

namespace porchlight::graph {
namespace {

using presence::LocationLayer;

constexpr std::size_t kPlaceIdCharsMax = 256;

struct LocationBody {
  std::string type;
  std::string place;
};

Result<LocationBody> read_location(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  auto type = body->required_text("workLocationType", "WorkLocationType");
  if (!type) return std::unexpected(std::move(type.error()));
  auto place = body->text("placeId");
  if (!place) return std::unexpected(std::move(place.error()));
  return LocationBody{std::move(*type), place->value_or("")};
}

// The location speaks of the current date: it ends with the tenant's day.
Time end_of_day(const HandlerContext& context, const Call& call) {
  const auto tenant = context.services.view.find_tenant(call.caller->tenant);
  const auto zone = timezone::Zone::find(tenant ? tenant->settings.zone : "UTC");
  return zone.value_or(timezone::Zone()).next_midnight(call.info.now);
}

Result<presence::Command> to_location_command(const HandlerContext& context, const Call& call,
                                              const LocationBody& body, LocationLayer layer) {
  const auto type = find_location_type(body.type);
  if (!type) {
    return std::unexpected(
        invalid_argument("workLocationType",
                         "The provided [WorkLocationType] is not allowed. Allowed are: office, "
                         "remote, timeOff, unspecified."));
  }
  if (count_characters(body.place) > kPlaceIdCharsMax || has_control_characters(body.place)) {
    return std::unexpected(invalid_argument(
        "placeId", "The provided [PlaceId] is longer than 256 characters or holds control characters."));
  }
  return presence::SetLocation{
      layer,
      {.type = *type, .place = body.place, .until = end_of_day(context, call), .by = call.caller->app}};
}

Result<Handled> set_location(HandlerContext& context, const Call& call, LocationLayer layer) {
  const auto body = read_location(context, call);
  if (!body) return std::unexpected(body.error());
  return submit_command(context, call, [&] { return to_location_command(context, call, *body, layer); });
}

Result<Handled> clear_locations(HandlerContext& context, const Call& call,
                                const presence::ClearLocations& clear) {
  if (const auto body = JsonBody::parse(context.reader, call.request.body); !body)
    return std::unexpected(body.error());
  return submit_command(context, call, [&] { return clear; });
}

}  // namespace

Result<Handled> set_manual_location(HandlerContext& context, const Call& call) {
  return set_location(context, call, LocationLayer::kManual);
}

Result<Handled> set_automatic_location(HandlerContext& context, const Call& call) {
  return set_location(context, call, LocationLayer::kAutomatic);
}

Result<Handled> set_scheduled_location(HandlerContext& context, const Call& call) {
  return set_location(context, call, LocationLayer::kScheduled);
}

Result<Handled> clear_automatic_location(HandlerContext& context, const Call& call) {
  return clear_locations(context, call, {.automatic = true});
}

Result<Handled> clear_location(HandlerContext& context, const Call& call) {
  return clear_locations(context, call, {.manual = true, .automatic = true});
}

Result<Handled> clear_scheduled_location(HandlerContext& context, const Call& call) {
  return clear_locations(context, call, {.scheduled = true});
}

}  // namespace porchlight::graph
