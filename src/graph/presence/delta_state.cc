//     state      = u8 format | u8 flags | u64 viewer | [known] | [next] | [16 B after] | zeros
//     known      = i64 time | 64 positions as varints
//     next       = i64 time | 64 positions as varints, each the difference to the known one, or to 0
//     flags      : 1 has known, 2 resend_all, 4 is within a round: has next and after
#include "graph/presence/delta_state.h"

#include "base/bytes.h"
#include "log/event_codec.h"

namespace porchlight::graph {
namespace {

using history::KnownChanges;

// The states of the release before had no format, and 49 or 65 bytes, which is no multiple of kDeltaStateUnit.
constexpr std::uint8_t kFormat = 1;
constexpr std::uint8_t kHasKnown = 1, kResendAll = 2, kIsWithin = 4;

// Differences wrap around, so that any positions can be encoded.
void append_known(ByteWriter& out, const KnownChanges& known, const history::Positions& base) {
  log::append_time(out, known.at);
  for (std::size_t shard = 0; shard < base.size(); ++shard) out.varint(known.positions[shard] - base[shard]);
}

KnownChanges read_known(ByteReader& in, const history::Positions& base) {
  KnownChanges known;
  known.at = log::read_time(in);
  for (std::size_t shard = 0; shard < base.size(); ++shard)
    known.positions[shard] = base[shard] + in.varint();
  return known;
}

}  // namespace

std::string encode_delta_state(const DeltaState& state) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(kFormat);
  out.fixed(static_cast<std::uint8_t>((state.known ? kHasKnown : 0) | (state.resend_all ? kResendAll : 0) |
                                      (state.after ? kIsWithin : 0)));
  out.fixed(state.viewer);
  if (state.known) append_known(out, *state.known, {});
  if (state.after) {
    append_known(out, state.next, state.known ? state.known->positions : history::Positions{});
    out.guid(*state.after);
  }
  bytes.resize((bytes.size() + kDeltaStateUnit - 1) / kDeltaStateUnit * kDeltaStateUnit);
  return bytes;
}

std::optional<DeltaState> decode_delta_state(std::string_view bytes) {
  ByteReader in(bytes);
  if (bytes.size() % kDeltaStateUnit != 0 || in.fixed<std::uint8_t>() != kFormat) return std::nullopt;
  const auto flags = in.fixed<std::uint8_t>();
  DeltaState state;
  state.viewer = in.fixed<std::uint64_t>();
  state.resend_all = (flags & kResendAll) != 0;
  if (flags & kHasKnown) state.known = read_known(in, {});
  if (flags & kIsWithin) {
    state.next = read_known(in, state.known ? state.known->positions : history::Positions{});
    state.after = in.guid();
  }
  if (!in.ok()) return std::nullopt;
  return state;
}

}  // namespace porchlight::graph
