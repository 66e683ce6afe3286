// Encoding of one batch of the log, the same in the embedded log and between nodes (docs/log_format.md).
// Little endian.
//
//     message = header | event*
//     header  = "PLB1" | u8 format | u8 flags | u16 count | u32 epoch | u64 n | u64 chain | i64 wall_ms
//             | u32 crc
//     event   = u8 kind | u8 flags | varint length | 16 B tenant | 16 B subject | varint version | 16 B id
//             | body
//
// `count` is the number of events and `length` the number of bytes that follow it in the event. `crc` is the CRC-32C
// of the message without the crc itself. `chain` is the XXH64 of the bytes of the events, seeded with the chain of
// the batch before (0 for the first): it depends on all batches up to this one. Bodies are in event_codec.cc.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "log/event.h"
#include "log/shard_log.h"

namespace porchlight::log {

inline constexpr std::string_view kBatchMagic = "PLB1";
inline constexpr std::uint8_t kBatchFormat = 1;
inline constexpr std::size_t kBatchHeaderBytes = 40;
inline constexpr std::size_t kBatchEventsMax = 65535;

// Why bytes are not a batch of this version.
enum class CodecError : std::uint8_t {
  kDamaged,  // wrong checksum, length or encoding
  kNewer,    // undamaged, but of a format or with a kind of event that this version does not know
};

// A batch with its number and chain.
struct DecodedBatch {
  std::uint64_t n = 0;
  std::uint64_t chain = 0;
  Batch batch;
  friend bool operator==(const DecodedBatch&, const DecodedBatch&) = default;
};

// The encoded events of a batch: at most kBatchEventsMax, with versions of at most kVersionMax.
std::string encode_events(const Batch& batch);

// The chain of the batch with these encoded events.
std::uint64_t next_chain(std::uint64_t chain_before, std::string_view events);

// The fields of a batch beside its events: what the header of its message says of it.
struct BatchHeader {
  std::uint32_t epoch;
  Time at;
  std::size_t count;  // events; at most kBatchEventsMax
};
BatchHeader header_of(const Batch& batch);

// The message of a batch without its header: zeros in its place, then the events, as in encode_events().
std::string open_message(const Batch& batch);
// Writes the header of batch number `n` into such a message; `chain` is the chain with its events.
void seal_message(std::string& message, const BatchHeader& header, std::uint64_t n, std::uint64_t chain);

// The whole message of batch number `n`: `events` are those of encode_events(), `chain` is the chain with them.
std::string encode_batch(const BatchHeader& header, std::string_view events, std::uint64_t n,
                         std::uint64_t chain);

// Accepts any bytes. A batch that decodes encodes to the same bytes again. The chain is not checked, because that
// needs the batch before.
std::expected<DecodedBatch, CodecError> decode_batch(std::string_view bytes);

// The number and time that the header of a message states; nullopt if it is not a header of this format. Checks nothing
// else, and reads no event.
std::optional<BatchStamp> stamp_of(std::string_view message);

// The encoded events in a message, whose header may be missing.
std::string_view events_of(std::string_view message);

}  // namespace porchlight::log
