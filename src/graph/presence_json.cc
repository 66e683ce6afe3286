#include "graph/presence_json.h"

#include <algorithm>

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

// Nearly all presences: nothing but a pair and a version. One pass over one constant.
void append_plain(std::string& out, const Presence& presence) {
  out += R"("id":")";
  append_guid(out, presence.id);
  out += R"(","availability":")";
  out += presence.seen.state.availability();
  out += R"(","activity":")";
  out += presence.seen.state.activity();
  out +=
      R"(","statusMessage":null,"outOfOfficeSettings":{"message":null,"isOutOfOffice":false},"sequenceNumber":")";
  append_sequence_number(out, presence.sequence);
  out += R"(","workLocation":{"workLocationType":"unspecified","source":"none","placeId":null})";
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
  sequence = std::min(sequence, kLetters * kTenDigits - 1);
  char text[11];
  text[0] = static_cast<char>('A' + sequence / kTenDigits);
  std::uint64_t digits = sequence % kTenDigits;
  for (int i = 10; i > 0; --i, digits /= 10) text[i] = static_cast<char>('0' + digits % 10);
  out.append(text, sizeof text);
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
