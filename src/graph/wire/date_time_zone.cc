#include "graph/wire/date_time_zone.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {

Result<std::optional<DateTimeZoneBody>> parse_date_time_zone(const JsonBody& body, std::string_view name) {
  const auto object = body.object(name);
  if (!object) return std::unexpected(object.error());
  if (!*object) return std::nullopt;
  auto date_time = (*object)->required_text("dateTime", "DateTime");
  if (!date_time) return std::unexpected(std::move(date_time.error()));
  auto zone = (*object)->text("timeZone");
  if (!zone) return std::unexpected(std::move(zone.error()));
  return DateTimeZoneBody{std::move(*date_time), zone->value_or("UTC")};
}

Result<ZonedTime> to_zoned_time(const DateTimeZoneBody& body) {
  const auto local = parse_local_date_time(body.date_time);
  if (!local) {
    return std::unexpected(
        invalid_argument("dateTime",
                         "The provided [DateTime] is not a local date and time without an offset, such as "
                         "2030-01-07T17:00:00."));
  }
  const auto zone = timezone::Zone::find(body.zone);
  if (!zone) {
    return std::unexpected(
        invalid_argument("timeZone", fmt::format("The time zone '{}' is not known.", truncated(body.zone))));
  }
  return ZonedTime{*local, *zone};
}

}  // namespace porchlight::graph
