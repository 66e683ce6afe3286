#include "graph/presence_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/json.h"
#include "base/time_text.h"
#include "graph/location.h"

namespace porchlight::graph {
namespace {

constexpr std::uint64_t kTenDigits = 10'000'000'000;
constexpr std::uint64_t kLetters = 26;

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

void append_location(std::string& out, const presence::CurrentLocation& current) {
  const presence::Location* location = current.location;
  out += R"({"workLocationType":")";
  out += location_type_name(location ? location->type : presence::LocationType::kUnspecified);
  out += R"(","source":")";
  out += location_source_name(current);
  out += R"(","placeId":)";
  if (location && !location->place.empty())
    append_json_string(out, location->place);
  else
    out += "null";
  out += '}';
}

void append_property(std::string& out, Properties property, const Presence& presence, const Shape& shape) {
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
        append_message(out, *presence.seen.message, shape.owner);
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
      append_location(out, presence.seen.location);
      return;
  }
}

constexpr std::size_t kSequenceChars = 11;

// Writes the number in the form that Graph has: a letter and ten digits.
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

// What a presence of nothing but a pair and a version says between its id and its version. It is copied
// whole, for a copy of a length known beforehand is no call.
struct Middle {
  static constexpr std::size_t kBytesMax = 192;
  std::array<char, kBytesMax> text{};
  std::size_t bytes = 0;  // of which count
};

// By the pair's rank.
std::vector<Middle> plain_middles() {
  std::vector<Middle> middles;
  for (const presence::State state : presence::documented_states()) {
    const std::string text =
        fmt::format(R"(","availability":"{}","activity":"{}","statusMessage":null,)"
                    R"("outOfOfficeSettings":{{"message":null,"isOutOfOffice":false}},"sequenceNumber":")",
                    state.availability(), state.activity());
    text.copy(middles.emplace_back().text.data(), Middle::kBytesMax);
    middles.back().bytes = text.size();
  }
  return middles;
}

constexpr std::string_view kPlainBegin = R"("id":")";
constexpr std::string_view kPlainEnd =
    R"(","workLocation":{"workLocationType":"unspecified","source":"none","placeId":null})";

// Nearly all presences: constants, and two things written between them.
void append_plain(std::string& out, const Presence& presence) {
  static const std::vector<Middle> kMiddles = plain_middles();
  const Middle& middle = kMiddles[presence.seen.state.rank()];
  const std::size_t from = out.size();
  const std::size_t bytes_max =
      kPlainBegin.size() + kGuidChars + Middle::kBytesMax + kSequenceChars + kPlainEnd.size();
  out.resize_and_overwrite(from + bytes_max, [&](char* begin, std::size_t) {
    char* to = begin + from;
    std::memcpy(to, kPlainBegin.data(), kPlainBegin.size());
    to += kPlainBegin.size();
    write_guid(presence.id, to);
    to += kGuidChars;
    std::memcpy(to, middle.text.data(), Middle::kBytesMax);
    to = write_sequence_number(to + middle.bytes, presence.sequence);
    std::memcpy(to, kPlainEnd.data(), kPlainEnd.size());
    return to + kPlainEnd.size() - begin;
  });
}

}  // namespace

Presence presence_of(const Guid& id, const presence::Record& record, Time now,
                     const presence::Policy& policy) {
  return {id, presence::visible(record, now, policy), presence::sequence(record, now, policy)};
}

Presence bare_presence(const Guid& id, presence::State state, std::uint64_t sequence) {
  return {id, {state, false, nullptr, nullptr, {}}, sequence};
}

void append_sequence_number(std::string& out, std::uint64_t sequence) {
  char text[kSequenceChars];
  write_sequence_number(text, sequence);
  out.append(text, kSequenceChars);
}

void append_presence_members(std::string& out, const Presence& presence, const Shape& shape) {
  const presence::Visible& seen = presence.seen;
  const bool plain = shape.select == kPropertiesAll && !seen.message && !seen.out_of_office &&
                     seen.location.location == nullptr;
  if (plain) [[likely]]
    return append_plain(out, presence);
  bool first = true;
  for (Properties property = 1; property <= kPropertyLocation;
       property = static_cast<Properties>(property << 1)) {
    if ((shape.select & property) == 0) continue;
    if (!first) out += ',';
    append_property(out, property, presence, shape);
    first = false;
  }
}

}  // namespace porchlight::graph
