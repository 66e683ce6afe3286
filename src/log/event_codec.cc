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
//     audience_set       presence | VISIBILITY
//     work_plan_set      presence | WORK PLAN
//     *_cleared          presence
//     user_put           i64 at | text upn | text name           text     = varint length | bytes
//     tenant_put         i64 at | TENANT                         presence = i64 at | varint sequence
//     app_put            i64 at | APP                            key      = 16 B app | 16 B session
//     group_put          i64 at | GROUP
//     administrator_set  i64 at | u8 on
//     *_removed          i64 at
#include "log/event_codec.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "log/directory_codec.h"
#include "log/record_codec.h"
#include "log/work_plan_codec.h"

namespace porchlight::log {

namespace {

using Body = decltype(Event::body);

// A tick in the bytes of a sent time, and the most ticks: those of a millisecond without one.
constexpr std::int64_t kTickUnit = std::int64_t{1} << 49;
constexpr std::int64_t kTicksMax = 9'999;

constexpr std::uint8_t number(EventKind kind) { return static_cast<std::uint8_t>(kind); }

std::uint8_t layers_of(const presence::LocationsCleared& cleared) {
  return static_cast<std::uint8_t>(cleared.manual | cleared.automatic << 1 | cleared.scheduled << 2);
}

// Each appends the fields of its kind, without those that all kinds share, and returns the kind.
struct BodyWriter {
  ByteWriter& out;

  EventKind operator()(const presence::SessionSet& set) const {
    append_session_key(out, set.key);
    append_state(out, set.state);
    append_time(out, set.expires_at);
    out.fixed(static_cast<std::uint8_t>(set.priority));
    return EventKind::kSessionSet;
  }
  EventKind operator()(const presence::SessionCleared& cleared) const {
    append_session_key(out, cleared.key);
    return EventKind::kSessionCleared;
  }
  EventKind operator()(const presence::PreferredSet& set) const {
    append_state(out, set.state);
    append_time(out, set.expires_at);
    out.guid(set.by);
    return EventKind::kPreferredSet;
  }
  EventKind operator()(const presence::PreferredCleared&) const { return EventKind::kPreferredCleared; }
  EventKind operator()(const presence::MessageSet& set) const {
    append_message(out, set.message);
    return EventKind::kMessageSet;
  }
  EventKind operator()(const presence::MessageCleared&) const { return EventKind::kMessageCleared; }
  EventKind operator()(const presence::LocationSet& set) const {
    out.fixed(static_cast<std::uint8_t>(set.layer));
    append_location(out, set.location);
    return EventKind::kLocationSet;
  }
  EventKind operator()(const presence::LocationsCleared& cleared) const {
    out.fixed(layers_of(cleared));
    return EventKind::kLocationsCleared;
  }
  EventKind operator()(const presence::WorkPlanSet& set) const {
    append_work_plan(out, *set.plan);
    return EventKind::kWorkPlanSet;
  }
  EventKind operator()(const presence::OutOfOfficeSet& set) const {
    append_out_of_office(out, set.what);
    return EventKind::kOutOfOfficeSet;
  }
  EventKind operator()(const presence::OutOfOfficeCleared&) const { return EventKind::kOutOfOfficeCleared; }
  EventKind operator()(const presence::CalendarSet& set) const {
    append_calendar(out, *set.calendar);
    return EventKind::kCalendarSet;
  }
  EventKind operator()(const presence::CalendarCleared&) const { return EventKind::kCalendarCleared; }
  EventKind operator()(const presence::VisibilitySet& set) const {
    append_visibility(out, *set.visibility);
    return EventKind::kVisibilitySet;
  }
  EventKind operator()(const presence::VisibilityCleared&) const { return EventKind::kVisibilityCleared; }

  EventKind operator()(const directory::TenantPut& put) const {
    append_tenant(out, put);
    return EventKind::kTenantPut;
  }
  EventKind operator()(const directory::TenantRemoved&) const { return EventKind::kTenantRemoved; }
  EventKind operator()(const directory::UserPut& put) const {
    out.text(put.upn);
    out.text(put.name);
    return EventKind::kUserPut;
  }
  EventKind operator()(const directory::UserRemoved&) const { return EventKind::kUserRemoved; }
  EventKind operator()(const directory::AppPut& put) const {
    append_app(out, put);
    return EventKind::kAppPut;
  }
  EventKind operator()(const directory::AppRemoved&) const { return EventKind::kAppRemoved; }
  EventKind operator()(const directory::GroupPut& put) const {
    append_group(out, put);
    return EventKind::kGroupPut;
  }
  EventKind operator()(const directory::GroupRemoved&) const { return EventKind::kGroupRemoved; }
  EventKind operator()(const directory::AdministratorSet& set) const {
    out.fixed(static_cast<std::uint8_t>(set.on));
    return EventKind::kAdministratorSet;
  }
};

// Each appends the whole body and returns the number of the kind.
std::uint8_t append_body(std::string& bytes, const presence::Event& event) {
  ByteWriter out(bytes);
  append_time(out, event.at);
  out.varint(event.sequence);
  return number(std::visit(BodyWriter{out}, event.what));
}

std::uint8_t append_body(std::string& bytes, const DirectoryEvent& event) {
  ByteWriter out(bytes);
  append_time(out, event.at);
  return number(std::visit(BodyWriter{out}, event.what));
}

std::uint8_t append_body(std::string& bytes, const SkippedEvent& skipped) {
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
  const presence::SessionKey key = read_session_key(in);
  const presence::State state = read_state(in);
  const Time expires_at = read_time(in);
  return {.key = key, .state = state, .expires_at = expires_at, .priority = read_bool(in)};
}

presence::PreferredSet read_preferred_set(ByteReader& in) {
  const presence::State state = read_state(in);
  const Time expires_at = read_time(in);
  return {.state = state, .expires_at = expires_at, .by = in.guid()};
}

// The body of a presence event; nullopt for any other kind. Malformed bytes fail the reader.
std::optional<Body> read_presence(std::uint8_t kind, ByteReader& in) {
  const Time at = read_time(in);
  const std::uint64_t sequence = in.varint();
  const auto with = [&](auto what) { return Body(presence::Event{at, sequence, std::move(what)}); };
  switch (EventKind{kind}) {
    case EventKind::kSessionSet:
      return with(read_session_set(in));
    case EventKind::kSessionCleared:
      return with(presence::SessionCleared{read_session_key(in)});
    case EventKind::kPreferredSet:
      return with(read_preferred_set(in));
    case EventKind::kPreferredCleared:
      return with(presence::PreferredCleared{});
    case EventKind::kMessageSet:
      return with(presence::MessageSet{read_message(in)});
    case EventKind::kMessageCleared:
      return with(presence::MessageCleared{});
    case EventKind::kLocationSet:
      return with(read_location_set(in));
    case EventKind::kLocationsCleared:
      return with(read_locations_cleared(in));
    case EventKind::kWorkPlanSet:
      return with(presence::WorkPlanSet{read_work_plan(in)});
    case EventKind::kOutOfOfficeSet:
      return with(presence::OutOfOfficeSet{read_out_of_office(in)});
    case EventKind::kOutOfOfficeCleared:
      return with(presence::OutOfOfficeCleared{});
    case EventKind::kCalendarSet:
      return with(presence::CalendarSet{read_calendar(in)});
    case EventKind::kCalendarCleared:
      return with(presence::CalendarCleared{});
    case EventKind::kVisibilitySet:
      return with(presence::VisibilitySet{read_visibility(in)});
    case EventKind::kVisibilityCleared:
      return with(presence::VisibilityCleared{});
    default:
      return std::nullopt;
  }
}

directory::UserPut read_user(ByteReader& in) {
  std::string upn(in.text(kEventTextBytesMax));
  return {std::move(upn), std::string(in.text(kEventTextBytesMax))};
}

// The same for directory events.
std::optional<Body> read_directory(std::uint8_t kind, ByteReader& in) {
  const Time at = read_time(in);
  const auto with = [&](auto what) { return Body(std::in_place_type<DirectoryEvent>, at, std::move(what)); };
  switch (EventKind{kind}) {
    case EventKind::kTenantPut:
      return with(read_tenant(in));
    case EventKind::kTenantRemoved:
      return with(directory::TenantRemoved{});
    case EventKind::kUserPut:
      return with(read_user(in));
    case EventKind::kUserRemoved:
      return with(directory::UserRemoved{});
    case EventKind::kAppPut:
      return with(read_app(in));
    case EventKind::kAppRemoved:
      return with(directory::AppRemoved{});
    case EventKind::kGroupPut:
      return with(read_group(in));
    case EventKind::kGroupRemoved:
      return with(directory::GroupRemoved{});
    case EventKind::kAdministratorSet:
      return with(directory::AdministratorSet{read_bool(in)});
    default:
      return std::nullopt;
  }
}

}  // namespace

// The length of the body precedes it as a varint, and is inserted once it is known: so the fields are written where
// they stay.
void append_event(std::string& out, const Event& event) {
  CHECK(event.version <= kVersionMax);
  const SkippedEvent* const skipped = std::get_if<SkippedEvent>(&event.body);
  const std::size_t kind_at = out.size();
  ByteWriter fields(out);
  fields.fixed(std::uint8_t{0});
  fields.fixed(skipped ? skipped->flags : std::uint8_t{0});
  const std::size_t length_at = out.size();
  fields.guid(event.tenant);
  fields.guid(event.subject);
  fields.varint(event.version);
  fields.guid(event.id);
  out[kind_at] =
      static_cast<char>(std::visit([&](const auto& body) { return append_body(out, body); }, event.body));
  std::string length;
  ByteWriter(length).varint(out.size() - length_at);
  out.insert(length_at, length);
}

// A kind is looked up among presence events, then among directory events. An unknown kind, or any flag, makes the
// event a skipped one if it may be skipped; then its body is kept as bytes and not checked.
std::expected<Event, CodecError> read_event(ByteReader& in) {
  const auto kind = in.fixed<std::uint8_t>();
  const auto flags = in.fixed<std::uint8_t>();
  ByteReader fields(in.text(in.rest().size()));
  Event event{.id = {}, .tenant = {}, .subject = {}, .version = 0, .body = SkippedEvent{}};
  event.tenant = fields.guid();
  event.subject = fields.guid();
  event.version = fields.varint();
  event.id = fields.guid();
  if (!in.ok() || !fields.ok() || event.version > kVersionMax) return std::unexpected(CodecError::kDamaged);
  ByteReader presence_fields = fields, directory_fields = fields;
  auto presence = read_presence(kind, presence_fields);
  auto directory = presence ? std::nullopt : read_directory(kind, directory_fields);
  const bool is_known = flags == 0 && (presence || directory);
  if (!is_known && (flags & kMaySkip) == 0) return std::unexpected(CodecError::kNewer);
  if (!is_known) {
    event.body = SkippedEvent{kind, flags, std::string(fields.rest())};
    return event;
  }
  const ByteReader& read = presence ? presence_fields : directory_fields;
  if (!read.ok() || !read.at_end()) return std::unexpected(CodecError::kDamaged);
  event.body = std::move(presence ? *presence : *directory);
  return event;
}

void append_time(ByteWriter& out, Time time) {
  out.fixed(static_cast<std::int64_t>(time.time_since_epoch().count()));
}

Time read_time(ByteReader& in) { return Time(Duration(in.fixed<std::int64_t>())); }

// The years 1 to 9999 have less than 2^48 milliseconds on both sides of 1970, so a time without ticks has the bytes of
// append_time().
void append_sent_time(ByteWriter& out, const SentTime& sent) {
  out.fixed(static_cast<std::int64_t>(sent.time.time_since_epoch().count()) + sent.ticks * kTickUnit);
}

SentTime read_sent_time(ByteReader& in) {
  const auto value = in.fixed<std::int64_t>();
  if (value == presence::kNever.time_since_epoch().count()) return {presence::kNever};
  const std::int64_t ticks = value < 0 ? 0 : value / kTickUnit + (value % kTickUnit >= kTickUnit / 2 ? 1 : 0);
  if (ticks > kTicksMax) {
    in.fail();
    return {};
  }
  return {Time(Duration(value - ticks * kTickUnit)), static_cast<std::uint16_t>(ticks)};
}

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

std::uint8_t read_choice(ByteReader& in, std::uint8_t count) {
  const auto value = in.fixed<std::uint8_t>();
  if (value < count) return value;
  in.fail();
  return 0;
}

void append_state(ByteWriter& out, presence::State state) { out.fixed(state.code()); }

presence::State read_state(ByteReader& in) {
  const auto state = presence::State::from_code(in.fixed<std::uint8_t>());
  if (state) return *state;
  in.fail();
  return presence::documented_states().front();
}

void append_session_key(ByteWriter& out, const presence::SessionKey& key) {
  out.guid(key.app);
  out.guid(key.session);
}

presence::SessionKey read_session_key(ByteReader& in) {
  const Guid app = in.guid();
  return {app, in.guid()};
}

}  // namespace porchlight::log
