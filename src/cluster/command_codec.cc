#include "cluster/command_codec.h"

#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/overloaded.h"
#include "log/record_codec.h"
#include "log/work_plan_codec.h"

namespace porchlight::cluster {
namespace {

using namespace presence;

constexpr std::uint8_t kCommandFormat = 1;

// Kinds of commands. A number is never given to another kind: nodes of two versions work side by side.
enum class CommandKind : std::uint8_t {
  kSetSession = 1,
  kClearSession = 2,
  kSetPreferred = 3,
  kClearPreferred = 4,
  kSetMessage = 5,
  kClearMessage = 6,
  kSetLocation = 7,
  kClearLocations = 8,
  kSetSharedLocation = 9,
  kPutWorkRecurrence = 10,
  kRemoveWorkRecurrence = 11,
  kPutWorkOccurrence = 12,
  kRemoveWorkOccurrence = 13,
  kSetCurrentLocation = 14,
  kSetOutOfOffice = 15,
  kClearOutOfOffice = 16,
  kSetCalendar = 17,
  kSetVisibility = 18,
};

enum class OutcomeKind : std::uint8_t { kPosition, kRejection, kWriteError };

// The numbers of values of the enumerations.
constexpr std::uint8_t kOutcomeKinds = 3;
constexpr std::uint8_t kRejections = static_cast<std::uint8_t>(Rejection::kWorkPlanNotFound) + 1;
constexpr std::uint8_t kWriteErrors = static_cast<std::uint8_t>(state::WriteError::kOverloaded) + 1;
constexpr std::uint8_t kSharedLocations = static_cast<std::uint8_t>(SharedLocation::kSpecific) + 1;

template <typename T>
void append_u8(ByteWriter& out, T value) {
  out.fixed(static_cast<std::uint8_t>(value));
}

template <typename Enum>
Enum read_enum(ByteReader& in, std::uint8_t count) {
  return static_cast<Enum>(log::read_choice(in, count));
}

void append_life(ByteWriter& out, const std::optional<Duration>& life) {
  append_u8(out, life.has_value());
  if (life) out.fixed(static_cast<std::int64_t>(life->count()));
}

std::optional<Duration> read_life(ByteReader& in) {
  if (!log::read_bool(in)) return std::nullopt;
  return Duration(in.fixed<std::int64_t>());
}

// Each appends the fields of its kind, and returns the kind.
struct CommandWriter {
  ByteWriter& out;

  CommandKind operator()(const SetSession& set) const {
    log::append_session_key(out, set.key);
    log::append_state(out, set.state);
    append_life(out, set.life);
    append_u8(out, set.client);
    append_u8(out, set.priority);
    return CommandKind::kSetSession;
  }
  CommandKind operator()(const ClearSession& clear) const {
    log::append_session_key(out, clear.key);
    return CommandKind::kClearSession;
  }
  CommandKind operator()(const SetPreferred& set) const {
    log::append_state(out, set.state);
    append_life(out, set.life);
    out.guid(set.by);
    return CommandKind::kSetPreferred;
  }
  CommandKind operator()(const ClearPreferred&) const { return CommandKind::kClearPreferred; }
  CommandKind operator()(const SetMessage& set) const {
    out.text(set.text);
    log::append_time(out, set.expires_at);
    out.text(set.expiry_text);
    out.text(set.expiry_zone);
    out.guid(set.by);
    return CommandKind::kSetMessage;
  }
  CommandKind operator()(const ClearMessage&) const { return CommandKind::kClearMessage; }
  CommandKind operator()(const SetLocation& set) const {
    append_u8(out, set.layer);
    log::append_location(out, set.location);
    return CommandKind::kSetLocation;
  }
  CommandKind operator()(const ClearLocations& clear) const {
    append_u8(out, clear.manual | clear.automatic << 1 | clear.scheduled << 2);
    return CommandKind::kClearLocations;
  }
  CommandKind operator()(const SetSharedLocation& set) const {
    append_u8(out, set.shared);
    return CommandKind::kSetSharedLocation;
  }
  CommandKind operator()(const PutWorkRecurrence& put) const {
    log::append_recurrence(out, put.recurrence);
    append_u8(out, put.exists);
    return CommandKind::kPutWorkRecurrence;
  }
  CommandKind operator()(const RemoveWorkRecurrence& remove) const {
    out.guid(remove.id);
    return CommandKind::kRemoveWorkRecurrence;
  }
  CommandKind operator()(const PutWorkOccurrence& put) const {
    log::append_occurrence(out, put.occurrence);
    append_u8(out, put.exists);
    return CommandKind::kPutWorkOccurrence;
  }
  CommandKind operator()(const RemoveWorkOccurrence& remove) const {
    out.guid(remove.id);
    return CommandKind::kRemoveWorkOccurrence;
  }
  CommandKind operator()(const SetCurrentLocation& set) const {
    log::append_location(out, set.location);
    append_u8(out, set.whole_day);
    return CommandKind::kSetCurrentLocation;
  }
  CommandKind operator()(const SetOutOfOffice& set) const {
    log::append_out_of_office(out, set.what);
    return CommandKind::kSetOutOfOffice;
  }
  CommandKind operator()(const ClearOutOfOffice&) const { return CommandKind::kClearOutOfOffice; }
  CommandKind operator()(const SetCalendar& set) const {
    append_u8(out, static_cast<bool>(set.calendar));
    if (set.calendar) log::append_calendar(out, *set.calendar);
    return CommandKind::kSetCalendar;
  }
  CommandKind operator()(const SetVisibility& set) const {
    log::append_visibility(out, set.visibility);
    return CommandKind::kSetVisibility;
  }
};

SetSession read_set_session(ByteReader& in) {
  const SessionKey key = log::read_session_key(in);
  const State state = log::read_state(in);
  const std::optional<Duration> life = read_life(in);
  const bool client = log::read_bool(in);
  return {.key = key, .state = state, .life = life, .client = client, .priority = log::read_bool(in)};
}

SetPreferred read_set_preferred(ByteReader& in) {
  const State state = log::read_state(in);
  const std::optional<Duration> life = read_life(in);
  return {.state = state, .life = life, .by = in.guid()};
}

SetMessage read_set_message(ByteReader& in) {
  SetMessage set;
  set.text = in.text(log::kEventTextBytesMax);
  set.expires_at = log::read_time(in);
  set.expiry_text = in.text(log::kEventTextBytesMax);
  set.expiry_zone = in.text(log::kEventTextBytesMax);
  set.by = in.guid();
  return set;
}

SetLocation read_set_location(ByteReader& in) {
  const auto layer = read_enum<LocationLayer>(in, kLocationLayers);
  return {layer, log::read_location(in)};
}

ClearLocations read_clear_locations(ByteReader& in) {
  const std::uint8_t layers = log::read_choice(in, 1 << kLocationLayers);
  return {.manual = (layers & 1) != 0, .automatic = (layers & 2) != 0, .scheduled = (layers & 4) != 0};
}

PutWorkRecurrence read_put_recurrence(ByteReader& in) {
  WorkRecurrence recurrence = log::read_recurrence(in);
  return {std::move(recurrence), log::read_bool(in)};
}

PutWorkOccurrence read_put_occurrence(ByteReader& in) {
  WorkOccurrence occurrence = log::read_occurrence(in);
  return {std::move(occurrence), log::read_bool(in)};
}

SetCurrentLocation read_set_current_location(ByteReader& in) {
  Location location = log::read_location(in);
  return {std::move(location), log::read_bool(in)};
}

SetCalendar read_set_calendar(ByteReader& in) {
  if (!log::read_bool(in)) return {};
  return {log::read_calendar(in)};
}

// Malformed bytes and an unknown kind fail the reader.
Command read_body(CommandKind kind, ByteReader& in) {
  switch (kind) {
    case CommandKind::kSetSession:
      return read_set_session(in);
    case CommandKind::kClearSession:
      return ClearSession{log::read_session_key(in)};
    case CommandKind::kSetPreferred:
      return read_set_preferred(in);
    case CommandKind::kClearPreferred:
      return ClearPreferred{};
    case CommandKind::kSetMessage:
      return read_set_message(in);
    case CommandKind::kClearMessage:
      return ClearMessage{};
    case CommandKind::kSetLocation:
      return read_set_location(in);
    case CommandKind::kClearLocations:
      return read_clear_locations(in);
    case CommandKind::kSetSharedLocation:
      return SetSharedLocation{read_enum<SharedLocation>(in, kSharedLocations)};
    case CommandKind::kPutWorkRecurrence:
      return read_put_recurrence(in);
    case CommandKind::kRemoveWorkRecurrence:
      return RemoveWorkRecurrence{in.guid()};
    case CommandKind::kPutWorkOccurrence:
      return read_put_occurrence(in);
    case CommandKind::kRemoveWorkOccurrence:
      return RemoveWorkOccurrence{in.guid()};
    case CommandKind::kSetCurrentLocation:
      return read_set_current_location(in);
    case CommandKind::kSetOutOfOffice:
      return SetOutOfOffice{log::read_out_of_office(in)};
    case CommandKind::kClearOutOfOffice:
      return ClearOutOfOffice{};
    case CommandKind::kSetCalendar:
      return read_set_calendar(in);
    case CommandKind::kSetVisibility:
      return SetVisibility{log::read_visibility(in)};
  }
  in.fail();
  return ClearMessage{};
}

// Whether everything was read, and nothing was malformed.
bool is_whole(const ByteReader& in) { return in.ok() && in.at_end(); }

}  // namespace

std::string encode_command(const SentCommand& sent) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(kCommandFormat);
  const std::size_t kind_at = bytes.size();
  out.fixed(std::uint8_t{0});  // the kind, once it is known
  out.guid(sent.key.tenant);
  out.guid(sent.key.user);
  out.guid(sent.event_id);
  log::append_time(out, sent.received_at);
  bytes[kind_at] = static_cast<char>(std::visit(CommandWriter{out}, sent.command));
  return bytes;
}

std::optional<SentCommand> decode_command(std::string_view bytes) {
  if (bytes.size() > kCommandBytesMax) return std::nullopt;
  ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kCommandFormat) return std::nullopt;
  const auto kind = static_cast<CommandKind>(in.fixed<std::uint8_t>());
  const Guid tenant = in.guid(), user = in.guid(), event_id = in.guid();
  const Time received_at = log::read_time(in);
  SentCommand sent{{tenant, user}, event_id, received_at, read_body(kind, in)};
  if (!is_whole(in)) return std::nullopt;
  return sent;
}

std::string encode_outcome(const state::Outcome& outcome) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(kCommandFormat);
  if (outcome) {
    append_u8(out, OutcomeKind::kPosition);
    out.varint(outcome->shard);
    out.varint(outcome->seq);
    return bytes;
  }
  std::visit(Overloaded{
                 [&](Rejection rejection) {
                   append_u8(out, OutcomeKind::kRejection);
                   append_u8(out, rejection);
                 },
                 [&](state::WriteError error) {
                   append_u8(out, OutcomeKind::kWriteError);
                   append_u8(out, error);
                 },
             },
             outcome.error());
  return bytes;
}

std::optional<state::Outcome> decode_outcome(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kCommandFormat) return std::nullopt;
  state::Outcome outcome;
  switch (read_enum<OutcomeKind>(in, kOutcomeKinds)) {
    case OutcomeKind::kPosition: {
      const std::uint64_t shard = in.varint();
      if (shard >= state::kShards) in.fail();
      outcome = log::Position{static_cast<std::uint32_t>(shard), in.varint()};
      break;
    }
    case OutcomeKind::kRejection:
      outcome = std::unexpected(read_enum<Rejection>(in, kRejections));
      break;
    case OutcomeKind::kWriteError:
      outcome = std::unexpected(read_enum<state::WriteError>(in, kWriteErrors));
      break;
  }
  if (!is_whole(in)) return std::nullopt;
  return outcome;
}

}  // namespace porchlight::cluster
