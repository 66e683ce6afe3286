// Bodies, by kind:
//
//     session_set        presence | key | u8 state | i64 expires_at      presence = i64 at | varint stamp
//     session_cleared    presence | key                                  key      = 16 B app | 16 B session
//     preferred_set      presence | u8 state | i64 expires_at
//     preferred_cleared  presence
//     user_put           i64 at | text upn | text name                   text     = varint length | bytes
//     tenant_put         i64 at | text name
//     app_put            i64 at | text name | u8 client | texts scopes | texts roles
//     *_removed          i64 at
#include "log/event_codec.h"

#include <cassert>
#include <utility>

#include "base/overloaded.h"

namespace porchlight::log {

namespace {

constexpr std::uint8_t number(Kind kind) { return static_cast<std::uint8_t>(kind); }

void append_key(ByteWriter& out, const presence::SessionKey& key) {
  out.guid(key.app);
  out.guid(key.session);
}

presence::SessionKey read_key(ByteReader& in) {
  const Guid app = in.guid();
  return {app, in.guid()};
}

// Appends the body and returns the kind.
std::uint8_t append_body(std::string& bytes, const presence::Event& event) {
  ByteWriter out(bytes);
  append_time(out, event.at);
  out.varint(event.stamp);
  const Kind kind = std::visit(Overloaded{
                                   [&](const presence::SessionSet& set) {
                                     append_key(out, set.key);
                                     append_state(out, set.state);
                                     append_time(out, set.expires_at);
                                     return Kind::kSessionSet;
                                   },
                                   [&](const presence::SessionCleared& cleared) {
                                     append_key(out, cleared.key);
                                     return Kind::kSessionCleared;
                                   },
                                   [&](const presence::PreferredSet& set) {
                                     append_state(out, set.state);
                                     append_time(out, set.expires_at);
                                     return Kind::kPreferredSet;
                                   },
                                   [](const presence::PreferredCleared&) { return Kind::kPreferredCleared; },
                               },
                               event.what);
  return number(kind);
}

std::uint8_t append_body(std::string& bytes, const DirectoryEvent& event) {
  ByteWriter out(bytes);
  append_time(out, event.at);
  const Kind kind = std::visit(Overloaded{
                                   [&](const directory::TenantPut& put) {
                                     out.text(put.name);
                                     return Kind::kTenantPut;
                                   },
                                   [](const directory::TenantRemoved&) { return Kind::kTenantRemoved; },
                                   [&](const directory::UserPut& put) {
                                     out.text(put.upn);
                                     out.text(put.name);
                                     return Kind::kUserPut;
                                   },
                                   [](const directory::UserRemoved&) { return Kind::kUserRemoved; },
                                   [&](const directory::AppPut& put) {
                                     out.text(put.name);
                                     out.fixed(static_cast<std::uint8_t>(put.client));
                                     append_texts(out, put.scopes);
                                     append_texts(out, put.roles);
                                     return Kind::kAppPut;
                                   },
                                   [](const directory::AppRemoved&) { return Kind::kAppRemoved; },
                               },
                               event.what);
  return number(kind);
}

std::uint8_t append_body(std::string& bytes, const Skipped& skipped) {
  bytes += skipped.bytes;
  return skipped.kind;
}

using Body = decltype(Event::body);

Body read_presence(Kind kind, ByteReader& in) {
  const Time at = read_time(in);
  const std::uint64_t stamp = in.varint();
  const auto with = [&](auto&& what) { return presence::Event{at, stamp, std::move(what)}; };
  switch (kind) {
    case Kind::kSessionSet: {
      const presence::SessionKey key = read_key(in);
      const presence::State state = read_state(in);
      return with(presence::SessionSet{key, state, read_time(in)});
    }
    case Kind::kSessionCleared:
      return with(presence::SessionCleared{read_key(in)});
    case Kind::kPreferredSet: {
      const presence::State state = read_state(in);
      return with(presence::PreferredSet{state, read_time(in)});
    }
    default:
      return with(presence::PreferredCleared{});
  }
}

Body read_directory(Kind kind, ByteReader& in) {
  const Time at = read_time(in);
  const auto text = [&] { return std::string(in.text(kEventTextBytesMax)); };
  switch (kind) {
    case Kind::kTenantPut:
      return DirectoryEvent{at, directory::TenantPut{text()}};
    case Kind::kTenantRemoved:
      return DirectoryEvent{at, directory::TenantRemoved{}};
    case Kind::kUserPut: {
      std::string upn = text();
      return DirectoryEvent{at, directory::UserPut{std::move(upn), text()}};
    }
    case Kind::kUserRemoved:
      return DirectoryEvent{at, directory::UserRemoved{}};
    case Kind::kAppPut: {
      directory::AppPut put;
      put.name = text();
      put.client = read_bool(in);
      put.scopes = read_texts(in);
      put.roles = read_texts(in);
      return DirectoryEvent{at, std::move(put)};
    }
    default:
      return DirectoryEvent{at, directory::AppRemoved{}};
  }
}

bool is_presence(std::uint8_t kind) {
  return kind >= number(Kind::kSessionSet) && kind <= number(Kind::kPreferredCleared);
}

bool is_directory(std::uint8_t kind) {
  return kind == number(Kind::kUserPut) || kind == number(Kind::kTenantPut) ||
         (kind >= number(Kind::kUserRemoved) && kind <= number(Kind::kAppRemoved));
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
  const bool is_known = flags == 0 && (is_presence(kind) || is_directory(kind));
  if (!is_known && (flags & kMaySkip) == 0) return std::unexpected(CodecFault::kNewer);
  if (!is_known) {
    event.body = Skipped{kind, flags, std::string(fields.rest())};
    return event;
  }
  event.body = is_presence(kind) ? read_presence(Kind{kind}, fields) : read_directory(Kind{kind}, fields);
  if (!fields.ok() || !fields.at_end()) return std::unexpected(CodecFault::kDamaged);
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
