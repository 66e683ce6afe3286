// Nearly all bytes that the server sends are presences, so this file writes them without the JSON writer of base: a
// plain presence is a copy of a prepared text with the id and the sequence number in it, five times as fast as member
// by member (docs/decisions/0003-speed.md).
#include "graph/wire/presence_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/time_text.h"
#include "graph/wire/location.h"

namespace porchlight::graph {
namespace {

// The parts of a sequence number: A0000000000 to Z9999999999.
constexpr std::uint64_t kTenDigits = 10'000'000'000;
constexpr std::uint64_t kLetters = 26;

// Times are written for the owner only (spec presence §7). The expiry is repeated as the client sent it.
void append_message(std::string& out, const presence::StatusMessage& message, bool owner) {
  out += R"({"message":{"content":)";
  append_json_string(out, message.text);
  out += R"(,"contentType":"text"})";
  if (owner) {
    out += R"(,"publishedDateTime":")";
    append_date_time(out, message.published_at);
    out += R"(","expiryDateTime":)";
    if (message.expiry_text.empty()) {
      out += "null";
    } else {
      out += R"({"dateTime":")";
      out += message.expiry_text;
      out += R"(","timeZone":)";
      append_json_string(out, message.expiry_zone);
      out += '}';
    }
  }
  out += '}';
}

void append_out_of_office(std::string& out, const presence::Visible& seen) {
  out += R"({"message":)";
  if (seen.reply)
    append_json_string(out, *seen.reply);
  else
    out += "null";
  out += seen.out_of_office ? R"(,"isOutOfOffice":true})" : R"(,"isOutOfOffice":false})";
}

// The location as the reader sees it: the owner sees all of it, others what the owner shares (spec presence §9).
presence::CurrentLocation shown_location(const presence::Visible& seen, const RenderOptions& options) {
  const bool hidden = !options.owner && seen.shared == presence::SharedLocation::kNone;
  return hidden ? presence::CurrentLocation{} : seen.location;
}

void append_location(std::string& out, const presence::CurrentLocation& current, bool with_place) {
  const presence::Location* location = current.location;
  out += R"({"workLocationType":")";
  out += location_type_name(location ? location->type : presence::LocationType::kUnspecified);
  out += R"(","source":")";
  out += location_source_name(current);
  out += R"(","placeId":)";
  if (location && with_place && !location->place.empty())
    append_json_string(out, location->place);
  else
    out += "null";
  out += '}';
}

// Appends one member, without a comma.
void append_property(std::string& out, PropertySet property, const Presence& presence,
                     const RenderOptions& options) {
  switch (property) {
    case kPropertyId:
      out += R"("id":")";
      append_guid(out, presence.id);
      out += '"';
      return;
    case kPropertyAvailability:
      out += R"("availability":")";
      out += presence.seen.state.availability();
      out += '"';
      return;
    case kPropertyActivity:
      out += R"("activity":")";
      out += presence.seen.state.activity();
      out += '"';
      return;
    case kPropertyStatusMessage:
      out += R"("statusMessage":)";
      if (presence.seen.message)
        append_message(out, *presence.seen.message, options.owner);
      else
        out += "null";
      return;
    case kPropertyOutOfOffice:
      out += R"("outOfOfficeSettings":)";
      append_out_of_office(out, presence.seen);
      return;
    case kPropertySequence:
      out += R"("sequenceNumber":")";
      append_sequence_number(out, presence.sequence);
      out += '"';
      return;
    case kPropertyLocation:
      out += R"("workLocation":)";
      append_location(out, shown_location(presence.seen, options),
                      options.owner || presence.seen.shared == presence::SharedLocation::kSpecific);
      return;
  }
}

constexpr std::size_t kSequenceChars = 11;

// Writes the number as Graph does, two digits at a time from the end, and returns the position after it. A number
// beyond Z9999999999 is written as the largest.
char* write_sequence_number(char* to, std::uint64_t sequence) {
  sequence = std::min(sequence, kLetters * kTenDigits - 1);
  *to = static_cast<char>('A' + sequence / kTenDigits);
  std::uint64_t digits = sequence % kTenDigits;
  for (std::size_t i = kSequenceChars; i > 1; digits /= 100) {
    const auto pair = static_cast<char>(digits % 100);
    to[--i] = static_cast<char>('0' + pair % 10);
    to[--i] = static_cast<char>('0' + pair / 10);
  }
  return to + kSequenceChars;
}

// The text of a plain presence between its id and its sequence number. All kBytesMax bytes are copied, since the
// compiler expands a copy of constant length in place; only `bytes` of them are used.
struct ConstantPart {
  static constexpr std::size_t kBytesMax = 192;
  std::array<char, kBytesMax> text{};
  std::size_t bytes = 0;
};

// The constant parts of all pairs, by rank.
std::vector<ConstantPart> make_constant_parts() {
  std::vector<ConstantPart> parts;
  for (const presence::State state : presence::documented_states()) {
    const std::string text =
        fmt::format(R"(","availability":"{}","activity":"{}","statusMessage":null,)"
                    R"("outOfOfficeSettings":{{"message":null,"isOutOfOffice":false}},"sequenceNumber":")",
                    state.availability(), state.activity());
    CHECK(text.size() <= ConstantPart::kBytesMax);
    text.copy(parts.emplace_back().text.data(), ConstantPart::kBytesMax);
    parts.back().bytes = text.size();
  }
  return parts;
}

constexpr std::string_view kPlainPrefix = R"("id":")";
constexpr std::string_view kPlainSuffix =
    R"(","workLocation":{"workLocationType":"unspecified","source":"none","placeId":null})";

// A presence without message, out-of-office notice and location: most of them. The string grows once, by the most bytes
// that it can need, and is cut to the bytes that were written.
void append_plain_presence(std::string& out, const Presence& presence) {
  static const std::vector<ConstantPart> kConstantParts = make_constant_parts();
  const ConstantPart& part = kConstantParts[presence.seen.state.rank()];
  const std::size_t from = out.size();
  const std::size_t bytes_max =
      kPlainPrefix.size() + kGuidChars + ConstantPart::kBytesMax + kSequenceChars + kPlainSuffix.size();
  out.resize_and_overwrite(from + bytes_max, [&](char* begin, std::size_t) {
    char* to = begin + from;
    std::memcpy(to, kPlainPrefix.data(), kPlainPrefix.size());
    to += kPlainPrefix.size();
    write_guid(presence.id, to);
    to += kGuidChars;
    std::memcpy(to, part.text.data(), ConstantPart::kBytesMax);
    to = write_sequence_number(to + part.bytes, presence.sequence);
    std::memcpy(to, kPlainSuffix.data(), kPlainSuffix.size());
    return to + kPlainSuffix.size() - begin;
  });
}

}  // namespace

Presence presence_of(const Guid& id, const presence::Record& record, Time now,
                     const presence::Policy& policy) {
  return {id, presence::visible(record, now, policy), presence::sequence(record, now, policy)};
}

Presence minimal_presence(const Guid& id, presence::State state, std::uint64_t sequence) {
  return {id, {state, false, nullptr, nullptr, {}}, sequence};
}

void append_sequence_number(std::string& out, std::uint64_t sequence) {
  char text[kSequenceChars];
  write_sequence_number(text, sequence);
  out.append(text, kSequenceChars);
}

void append_presence_members(std::string& out, const Presence& presence, const RenderOptions& options) {
  const presence::Visible& seen = presence.seen;
  const bool plain = options.select == kPropertiesAll && !seen.message && !seen.out_of_office &&
                     shown_location(seen, options).location == nullptr;
  if (plain) [[likely]]
    return append_plain_presence(out, presence);
  bool first = true;
  for (PropertySet property = 1; property <= kPropertyLocation;
       property = static_cast<PropertySet>(property << 1)) {
    if ((options.select & property) == 0) continue;
    if (!first) out += ',';
    append_property(out, property, presence, options);
    first = false;
  }
}

}  // namespace porchlight::graph
