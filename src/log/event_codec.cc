// Bodies, by kind. The parts in capitals are in record_codec.h and directory_codec.h.
//
//     session_set        presence | key | u8 state | i64 expires_at | u8 priority
//     session_cleared    presence | key
//     preferred_set      presence | u8 state | i64 expires_at | 16 B by
//     message_set        presence | MESSAGE
//     out_of_office_set  presence | OUT OF OFFICE
//     location_set       presence | u8 layer | LOCATION
//     locations_cleared  presence | u8 layers                    bit n for layer n
//     calendar_set       presence | CALENDAR
//     audience_set       presence | AUDIENCE
//     *_cleared          presence
//     user_put           i64 at | text upn | text name           text     = varint length | bytes
//     tenant_put         i64 at | TENANT                         presence = i64 at | varint stamp
//     app_put            i64 at | APP                            key      = 16 B app | 16 B session
//     group_put          i64 at | GROUP
//     *_removed          i64 at
#include "log/event_codec.h"

#include <cassert>
#include <optional>
#include <utility>

#include "base/overloaded.h"
#include "log/directory_codec.h"
#include "log/record_codec.h"

namespace porchlight::log {

namespace {

using Body = decltype(Event::body);

constexpr std::uint8_t number(Kind kind) { return static_cast<std::uint8_t>(kind); }

void append_key(ByteWriter& out, const presence::SessionKey& key) {
  out.guid(key.app);
  out.guid(key.session);
}

presence::SessionKey read_key(ByteReader& in) {
  const Guid app = in.guid();
  return {app, in.guid()};
}

std::uint8_t layers_of(const presence::LocationsCleared& cleared) {
  return static_cast<std::uint8_t>(cleared.manual | cleared.automatic << 1 | cleared.scheduled << 2);
}

// Each appends what is of its kind alone, and returns the kind.
struct BodyWriter {
  ByteWriter& out;

  Kind operator()(const presence::SessionSet& set) const {
    append_key(out, set.key);
    append_state(out, set.state);
    append_time(out, set.expires_at);
    out.fixed(static_cast<std::uint8_t>(set.priority));
    return Kind::kSessionSet;
  }
  Kind operator()(const presence::SessionCleared& cleared) const {
    append_key(out, cleared.key);
    return Kind::kSessionCleared;
  }
  Kind operator()(const presence::PreferredSet& set) const {
    append_state(out, set.state);
    append_time(out, set.expires_at);
    out.guid(set.by);
    return Kind::kPreferredSet;
  }
  Kind operator()(const presence::PreferredCleared&) const { return Kind::kPreferredCleared; }
  Kind operator()(const presence::MessageSet& set) const {
    append_message(out, set.message);
    return Kind::kMessageSet;
  }
  Kind operator()(const presence::MessageCleared&) const { return Kind::kMessageCleared; }
  Kind operator()(const presence::LocationSet& set) const {
    out.fixed(static_cast<std::uint8_t>(set.layer));
    append_location(out, set.location);
    return Kind::kLocationSet;
  }
  Kind operator()(const presence::LocationsCleared& cleared) const {
    out.fixed(layers_of(cleared));
    return Kind::kLocationsCleared;
  }
  Kind operator()(const presence::OutOfOfficeSet& set) const {
    append_out_of_office(out, set.what);
    return Kind::kOutOfOfficeSet;
  }
  Kind operator()(const presence::OutOfOfficeCleared&) const { return Kind::kOutOfOfficeCleared; }
  Kind operator()(const presence::CalendarSet& set) const {
    append_calendar(out, *set.calendar);
    return Kind::kCalendarSet;
  }
  Kind operator()(const presence::CalendarCleared&) const { return Kind::kCalendarCleared; }
  Kind operator()(const presence::AudienceSet& set) const {
    append_audience(out, *set.audience);
    return Kind::kAudienceSet;
  }
  Kind operator()(const presence::AudienceCleared&) const { return Kind::kAudienceCleared; }

  Kind operator()(const directory::TenantPut& put) const {
    append_tenant(out, put);
    return Kind::kTenantPut;
  }
  Kind operator()(const directory::TenantRemoved&) const { return Kind::kTenantRemoved; }
  Kind operator()(const directory::UserPut& put) const {
    out.text(put.upn);
    out.text(put.name);
    return Kind::kUserPut;
  }
  Kind operator()(const directory::UserRemoved&) const { return Kind::kUserRemoved; }
  Kind operator()(const directory::AppPut& put) const {
    append_app(out, put);
    return Kind::kAppPut;
  }
  Kind operator()(const directory::AppRemoved&) const { return Kind::kAppRemoved; }
  Kind operator()(const directory::GroupPut& put) const {
    append_group(out, put);
    return Kind::kGroupPut;
  }
  Kind operator()(const directory::GroupRemoved&) const { return Kind::kGroupRemoved; }
};

// Each appends the body and returns the kind.
std::uint8_t append_body(std::string& bytes, const presence::Event& event) {
  ByteWriter out(bytes);
  append_time(out, event.at);
  out.varint(event.stamp);
  return number(std::visit(BodyWriter{out}, event.what));
}

std::uint8_t append_body(std::string& bytes, const DirectoryEvent& event) {
  ByteWriter out(bytes);
  append_time(out, event.at);
  return number(std::visit(BodyWriter{out}, event.what));
}

std::uint8_t append_body(std::string& bytes, const Skipped& skipped) {
  bytes += skipped.bytes;
  return skipped.kind;
}

presence::LocationSet read_location_set(ByteReader& in) {
  const auto layer = in.fixed<std::uint8_t>();
  if (layer >= presence::kLocationLayers) in.fail();
  return {static_cast<presence::LocationLayer>(layer), read_location(in)};
}

presence::LocationsCleared read_locations_cleared(ByteReader& in) {
  const auto layers = in.fixed<std::uint8_t>();
  if (layers == 0 || layers >= 1 << presence::kLocationLayers) in.fail();
  return {.manual = (layers & 1) != 0, .automatic = (layers & 2) != 0, .scheduled = (layers & 4) != 0};
}

presence::SessionSet read_session_set(ByteReader& in) {
  const presence::SessionKey key = read_key(in);
  const presence::State state = read_state(in);
  const Time expires_at = read_time(in);
  return {.key = key, .state = state, .expires_at = expires_at, .priority = read_bool(in)};
}

presence::PreferredSet read_preferred_set(ByteReader& in) {
  const presence::State state = read_state(in);
  const Time expires_at = read_time(in);
  return {.state = state, .expires_at = expires_at, .by = in.guid()};
}

// The body of a kind; nothing where there is no such kind.
std::optional<Body> read_presence(std::uint8_t kind, ByteReader& in) {
  const Time at = read_time(in);
  const std::uint64_t stamp = in.varint();
  const auto with = [&](auto&& what) { return Body(presence::Event{at, stamp, std::move(what)}); };
  switch (Kind{kind}) {
    case Kind::kSessionSet:
      return with(read_session_set(in));
    case Kind::kSessionCleared:
      return with(presence::SessionCleared{read_key(in)});
    case Kind::kPreferredSet:
      return with(read_preferred_set(in));
    case Kind::kPreferredCleared:
      return with(presence::PreferredCleared{});
    case Kind::kMessageSet:
      return with(presence::MessageSet{read_message(in)});
    case Kind::kMessageCleared:
      return with(presence::MessageCleared{});
    case Kind::kLocationSet:
      return with(read_location_set(in));
    case Kind::kLocationsCleared:
      return with(read_locations_cleared(in));
    case Kind::kOutOfOfficeSet:
      return with(presence::OutOfOfficeSet{read_out_of_office(in)});
    case Kind::kOutOfOfficeCleared:
      return with(presence::OutOfOfficeCleared{});
    case Kind::kCalendarSet:
      return with(presence::CalendarSet{read_calendar(in)});
    case Kind::kCalendarCleared:
      return with(presence::CalendarCleared{});
    case Kind::kAudienceSet:
      return with(presence::AudienceSet{read_audience(in)});
    case Kind::kAudienceCleared:
      return with(presence::AudienceCleared{});
    default:
      return std::nullopt;
  }
}

directory::UserPut read_user(ByteReader& in) {
  std::string upn(in.text(kEventTextBytesMax));
  return {std::move(upn), std::string(in.text(kEventTextBytesMax))};
}

std::optional<Body> read_directory(std::uint8_t kind, ByteReader& in) {
  const Time at = read_time(in);
  const auto with = [&](auto&& what) {
    return Body(std::in_place_type<DirectoryEvent>, at, std::move(what));
  };
  switch (Kind{kind}) {
    case Kind::kTenantPut:
      return with(read_tenant(in));
    case Kind::kTenantRemoved:
      return with(directory::TenantRemoved{});
    case Kind::kUserPut:
      return with(read_user(in));
    case Kind::kUserRemoved:
      return with(directory::UserRemoved{});
    case Kind::kAppPut:
      return with(read_app(in));
    case Kind::kAppRemoved:
      return with(directory::AppRemoved{});
    case Kind::kGroupPut:
      return with(read_group(in));
    case Kind::kGroupRemoved:
      return with(directory::GroupRemoved{});
    default:
      return std::nullopt;
  }
}

}  // namespace

void append_event(std::string& out, const Event& event) {
  assert(event.version <= kVersionMax);
  std::string rest;
  ByteWriter fields(rest);
  fields.guid(event.tenant);
  fields.guid(event.subject);
  fields.varint(event.version);
  fields.guid(event.id);
  const std::uint8_t kind = std::visit([&](const auto& body) { return append_body(rest, body); }, event.body);
  const Skipped* const skipped = std::get_if<Skipped>(&event.body);
  ByteWriter writer(out);
  writer.fixed(kind);
  writer.fixed(skipped ? skipped->flags : std::uint8_t{0});
  writer.text(rest);
}

std::expected<Event, CodecFault> read_event(ByteReader& in) {
  const auto kind = in.fixed<std::uint8_t>();
  const auto flags = in.fixed<std::uint8_t>();
  ByteReader fields(in.text(in.rest().size()));
  Event event{.id = {}, .tenant = {}, .subject = {}, .version = 0, .body = Skipped{}};
  event.tenant = fields.guid();
  event.subject = fields.guid();
  event.version = fields.varint();
  event.id = fields.guid();
  if (!in.ok() || !fields.ok() || event.version > kVersionMax) return std::unexpected(CodecFault::kDamaged);
  ByteReader presence_fields = fields, directory_fields = fields;
  auto presence = read_presence(kind, presence_fields);
  auto directory = presence ? std::nullopt : read_directory(kind, directory_fields);
  const bool is_known = flags == 0 && (presence || directory);
  if (!is_known && (flags & kMaySkip) == 0) return std::unexpected(CodecFault::kNewer);
  if (!is_known) {
    event.body = Skipped{kind, flags, std::string(fields.rest())};
    return event;
  }
  const ByteReader& read = presence ? presence_fields : directory_fields;
  if (!read.ok() || !read.at_end()) return std::unexpected(CodecFault::kDamaged);
  event.body = std::move(presence ? *presence : *directory);
  return event;
}

void append_time(ByteWriter& out, Time time) {
  out.fixed(static_cast<std::int64_t>(time.time_since_epoch().count()));
}

Time read_time(ByteReader& in) { return Time(Duration(in.fixed<std::int64_t>())); }

void append_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.varint(texts.size());
  for (const std::string& text : texts) out.text(text);
}

std::vector<std::string> read_texts(ByteReader& in) {
  std::vector<std::string> texts;
  const std::uint64_t count = in.varint();
  if (count > kEventListMax) in.fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) texts.emplace_back(in.text(kEventTextBytesMax));
  return texts;
}

void append_guids(ByteWriter& out, const std::vector<Guid>& guids) {
  out.varint(guids.size());
  for (const Guid& guid : guids) out.guid(guid);
}

std::vector<Guid> read_guids(ByteReader& in, std::size_t max) {
  std::vector<Guid> guids;
  const std::uint64_t count = in.varint();
  if (count > max) in.fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) guids.push_back(in.guid());
  return guids;
}

bool read_bool(ByteReader& in) {
  const auto value = in.fixed<std::uint8_t>();
  if (value > 1) in.fail();
  return value == 1;
}

void append_state(ByteWriter& out, presence::State state) { out.fixed(state.code()); }

presence::State read_state(ByteReader& in) {
  const auto state = presence::State::from_code(in.fixed<std::uint8_t>());
  if (state) return *state;
  in.fail();
  return presence::documented_states().front();
}

}  // namespace porchlight::log
