// The checksum is tested before format and flags: a damaged batch must not be reported as one of a newer version.
#include "log/batch_codec.h"

#include <xxhash.h>

#include <boost/crc.hpp>

#include "base/bytes.h"
#include "base/check.h"
#include "log/event_codec.h"

namespace porchlight::log {

namespace {

constexpr std::size_t kCrcAt = kBatchHeaderBytes - 4;

// CRC-32C of the header up to its checksum, then of the events.
std::uint32_t checksum(std::string_view head, std::string_view events) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(head.data(), head.size());
  crc.process_bytes(events.data(), events.size());
  return crc.checksum();
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) { return checksum(bytes, {}); }

std::string encode_events(const Batch& batch) {
  std::string events;
  for (const Event& event : batch.events) append_event(events, event);
  return events;
}

std::uint64_t next_chain(std::uint64_t chain_before, std::string_view events) {
  return XXH64(events.data(), events.size(), chain_before);
}

BatchHeader header_of(const Batch& batch) { return {batch.epoch, batch.at, batch.events.size()}; }

std::string encode_batch(const BatchHeader& header, std::string_view events, std::uint64_t n,
                         std::uint64_t chain) {
  std::string message;
  CHECK(header.count <= kBatchEventsMax);
  message.reserve(kBatchHeaderBytes + events.size());
  ByteWriter out(message);
  out.raw(kBatchMagic);
  out.fixed(kBatchFormat);
  out.fixed(std::uint8_t{0});
  out.fixed(static_cast<std::uint16_t>(header.count));
  out.fixed(header.epoch);
  out.fixed(n);
  out.fixed(chain);
  out.fixed(static_cast<std::int64_t>(header.at.time_since_epoch().count()));
  out.fixed(checksum(message, events));
  out.raw(events);
  return message;
}

std::expected<DecodedBatch, CodecError> decode_batch(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderBytes || !bytes.starts_with(kBatchMagic)) {
    return std::unexpected(CodecError::kDamaged);
  }
  const std::string_view events = bytes.substr(kBatchHeaderBytes);
  ByteReader in(bytes.substr(kBatchMagic.size(), kBatchHeaderBytes - kBatchMagic.size()));
  const auto format = in.fixed<std::uint8_t>();
  const auto flags = in.fixed<std::uint8_t>();
  const auto count = in.fixed<std::uint16_t>();
  DecodedBatch decoded;
  decoded.batch.epoch = in.fixed<std::uint32_t>();
  decoded.n = in.fixed<std::uint64_t>();
  decoded.chain = in.fixed<std::uint64_t>();
  decoded.batch.at = Time(Duration(in.fixed<std::int64_t>()));
  const auto crc = in.fixed<std::uint32_t>();
  if (crc != checksum(bytes.substr(0, kCrcAt), events)) return std::unexpected(CodecError::kDamaged);
  if (format != kBatchFormat || flags != 0) return std::unexpected(CodecError::kNewer);

  ByteReader rest(events);
  // Memory is not reserved by `count`, which is untrusted.
  for (std::uint16_t i = 0; i < count; ++i) {
    auto event = read_event(rest);
    if (!event) return std::unexpected(event.error());
    decoded.batch.events.push_back(std::move(*event));
  }
  if (!rest.at_end()) return std::unexpected(CodecError::kDamaged);
  return decoded;
}

std::string_view events_of(std::string_view message) { return message.substr(kBatchHeaderBytes); }

}  // namespace porchlight::log
