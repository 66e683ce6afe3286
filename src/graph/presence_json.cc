#include "graph/presence_json.h"

#include <algorithm>

#include "presence/rules.h"

namespace porchlight::graph {
namespace {

constexpr std::uint64_t kTenDigits = 10'000'000'000;
constexpr std::uint64_t kLetters = 26;

// Properties for which this service has nothing to say yet, in the words Graph has for that (spec presence
// §1.4).
constexpr std::string_view kNothingElseKnown =
    R"(","statusMessage":null,"outOfOfficeSettings":{"message":null,"isOutOfOffice":false},"sequenceNumber":")";
constexpr std::string_view kNoLocation =
    R"(","workLocation":{"workLocationType":"unspecified","source":"none","placeId":null})";

}  // namespace

Presence presence_of(const Guid& id, const presence::Record& record, Time now) {
  return {.id = id, .state = presence::effective(record, now), .sequence = presence::sequence(record, now)};
}

Presence unknown_presence(const Guid& id) {
  return {.id = id, .state = presence::kPresenceUnknown, .sequence = 0};
}

void append_sequence_number(std::string& out, std::uint64_t sequence) {
  sequence = std::min(sequence, kLetters * kTenDigits - 1);
  char text[11];
  text[0] = static_cast<char>('A' + sequence / kTenDigits);
  std::uint64_t digits = sequence % kTenDigits;
  for (int i = 10; i > 0; --i, digits /= 10) text[i] = static_cast<char>('0' + digits % 10);
  out.append(text, sizeof text);
}

void append_presence_members(std::string& out, const Presence& presence) {
  out += R"("id":")";
  append_guid(out, presence.id);
  out += R"(","availability":")";
  out += presence.state.availability();
  out += R"(","activity":")";
  out += presence.state.activity();
  out += kNothingElseKnown;
  append_sequence_number(out, presence.sequence);
  out += kNoLocation;
}

}  // namespace porchlight::graph
