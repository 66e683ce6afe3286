// An entry is
//
//     i64 at | u8 way | 16 B tenant | 16 B user | 16 B app | text name | text address | u32 uid | text action
//   | 16 B tenant | u8 has_target | [16 B target] | text target_name | varint count | text* | u8 outcome
#include "audit/entry.h"

#include <algorithm>

#include "base/bytes.h"

namespace porchlight::audit {
namespace {

void append_text(ByteWriter& out, std::string_view text) { out.text(text.substr(0, kEntryTextBytesMax)); }

std::string read_text(ByteReader& in) { return std::string(in.text(kEntryTextBytesMax)); }

// A value of an enumeration that has `count`.
std::uint8_t read_number(ByteReader& in, std::uint8_t count) {
  const auto number = in.fixed<std::uint8_t>();
  if (number >= count) in.fail();
  return number;
}

void append_actor(ByteWriter& out, const Actor& actor) {
  out.fixed(static_cast<std::uint8_t>(actor.way));
  out.guid(actor.tenant);
  out.guid(actor.user);
  out.guid(actor.app);
  append_text(out, actor.name);
  append_text(out, actor.address);
  out.fixed(actor.uid);
}

Actor read_actor(ByteReader& in) {
  Actor actor;
  actor.way = static_cast<Way>(read_number(in, kWays));
  actor.tenant = in.guid();
  actor.user = in.guid();
  actor.app = in.guid();
  actor.name = read_text(in);
  actor.address = read_text(in);
  actor.uid = in.fixed<std::uint32_t>();
  return actor;
}

}  // namespace

std::string encode_entry(const AuditEntry& entry) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::int64_t>(entry.at.time_since_epoch().count()));
  append_actor(out, entry.actor);
  append_text(out, entry.action);
  out.guid(entry.tenant);
  out.fixed(static_cast<std::uint8_t>(entry.target.has_value()));
  if (entry.target) out.guid(*entry.target);
  append_text(out, entry.target_name);
  const std::size_t count = std::min(entry.members.size(), kEntryMembersMax);
  out.varint(count);
  for (std::size_t i = 0; i < count; ++i) append_text(out, entry.members[i]);
  out.fixed(static_cast<std::uint8_t>(entry.outcome));
  return bytes;
}

std::optional<AuditEntry> decode_entry(std::string_view bytes) {
  ByteReader in(bytes);
  AuditEntry entry;
  entry.at = Time(Duration(in.fixed<std::int64_t>()));
  entry.actor = read_actor(in);
  entry.action = read_text(in);
  entry.tenant = in.guid();
  if (read_number(in, 2) == 1) entry.target = in.guid();
  entry.target_name = read_text(in);
  const std::uint64_t count = in.varint();
  if (count > kEntryMembersMax) in.fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) entry.members.push_back(read_text(in));
  entry.outcome = static_cast<ChangeOutcome>(read_number(in, kChangeOutcomes));
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return entry;
}

std::string_view name_of(Way way) {
  constexpr std::string_view kNames[kWays] = {"commandLine", "api", "scim"};
  return kNames[static_cast<std::size_t>(way)];
}

std::string_view name_of(ChangeOutcome outcome) {
  constexpr std::string_view kNames[kChangeOutcomes] = {"started", "done", "failed", "denied"};
  return kNames[static_cast<std::size_t>(outcome)];
}

}  // namespace porchlight::audit
